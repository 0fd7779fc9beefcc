"""What Debian's RabbitMQ reads when it starts, written into one folder, and the variables that point there."""

import os
import pathlib
import re
import secrets

SCRIPTS = pathlib.Path("/usr/lib/rabbitmq/bin")  # those in PATH insist on the user rabbitmq
LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"


def write_files(folder, port, tls_port, tls):
    lines = [f"listeners.tcp.1 = 127.0.0.1:{port}",
             "log.console = false",
             "log.file.level = info",
             "disk_free_limit.absolute = 50MB"]
    if tls:
        certificate, key, authority = tls
        lines += [f"listeners.ssl.1 = 127.0.0.1:{tls_port}",
                  f"ssl_options.certfile = {certificate}",
                  f"ssl_options.keyfile = {key}",
                  f"ssl_options.cacertfile = {authority}",
                  "ssl_options.verify = verify_peer",
                  "ssl_options.fail_if_no_peer_cert = false"]
    (folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
    (folder / "plugins").write_text("[].\n")
    (folder / "empty").touch()
    cookie = folder / ".erlang.cookie"
    cookie.write_text(secrets.token_hex(20))
    cookie.chmod(0o400)
    make_small_installation(folder / "installation")


def make_small_installation(folder):
    """Links to what the broker needs of the package, without the plugins.

    Erlang looks for each of its thousand modules in every folder there is; with a third of them it starts in half the time.
    """
    package = (SCRIPTS / "rabbitmq-server").resolve().parents[1]
    applications = {path.stem: path for path in package.glob("plugins/*/ebin/*.app")}
    needed, unseen = set(), ["rabbit"]
    while unseen:
        name = unseen.pop()
        if name in applications and name not in needed:
            needed.add(name)
            depends = re.search(r"\{applications,\s*\[([^]]*)\]", applications[name].read_text())
            unseen += re.findall(r"\w+", depends.group(1))
    (folder / "plugins").mkdir(parents=True)
    for part in ("sbin", "escript"):
        (folder / part).symlink_to(package / part)
    for name in needed:
        application = applications[name].parents[1]
        (folder / "plugins" / application.name).symlink_to(application)


def variables(folder, data, node, epmd_port, distribution_port):
    """The environment for the node and for rabbitmqctl; nothing of RabbitMQ or Erlang is taken over from ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    return {
        **kept,
        "HOME": str(folder),  # where Erlang looks for its cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd_port),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "absent.config"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "empty"),  # instead of the one in /etc
        "RABBITMQ_CTL_DIST_PORT_MAX": "0",  # any free one
        "RABBITMQ_CTL_DIST_PORT_MIN": "0",
        "RABBITMQ_CTL_ERL_ARGS": LOOPBACK,
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(data),
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_SCRIPTS_DIR": str(folder / "installation/sbin"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LOOPBACK,
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node, so its pid is the node's
    }
