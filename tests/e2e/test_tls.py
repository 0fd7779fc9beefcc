"""Both listeners with a certificate."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time

import pytest

from busbar import Busbar, eventually, link_in
from certificates import Authority

HSTS = "max-age=31536000"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class SecureBusbar(Busbar):
    """With a certificate of `authority`, that its clients trust alone."""

    def __init__(self, folder, authority, arguments=(), environment=None):
        self.authority = authority
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"
        authority.issue(self.certificate, self.key)
        super().__init__(folder, arguments, {"BUSBAR_HTTP_TLS_CERTIFICATE": str(self.certificate),
                                             "BUSBAR_HTTP_TLS_KEY": str(self.key), **(environment or {})})

    def context(self):
        return ssl.create_default_context(cafile=self.authority.file)

    def connect(self, listener="http", timeout=20):
        return http.client.HTTPSConnection(self.ready[listener], timeout=timeout, context=self.context())

    def address(self, listener="http"):
        host, _, port = self.ready[listener].rpartition(":")
        return "127.0.0.1" if host == "0.0.0.0" else host, int(port)

    def errors(self):
        return (self.folder / f"stderr-{self.starts}.txt").read_text()

    def handshake(self, context=None, listener="http"):
        """A TLS connection."""
        plain = socket.create_connection(self.address(listener), timeout=20)
        try:
            return (context or self.context()).wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise


@pytest.fixture
def new_secure(new_busbar, tmp_path, authority, request):
    def make(*arguments, environment=None):
        place = tmp_path / f"secure-{len(request.node.servers)}"
        place.mkdir()
        server = SecureBusbar(place, authority, arguments, environment)
        request.node.servers.append(server)  # ends with the test, as new_busbar's do
        return server

    return make


@pytest.fixture
def secure(new_secure):
    return new_secure().start()


def get(connection, path="/livez"):
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer


# --- what it speaks

@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("listener", ["http", "admin"])
def test_versions_1_2_and_1_3_are_spoken_and_1_1_is_not(secure, listener):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = secure.context()
        context.minimum_version = context.maximum_version = version
        with secure.handshake(context, listener) as connection:
            assert connection.version() == name

    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(secure.authority.file)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
        secure.handshake(old, listener)


def test_weak_ciphers_are_refused(secure):
    for ciphers in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"):
        context = secure.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
        with pytest.raises(ssl.SSLError, match="(?i)handshake.failure"):
            secure.handshake(context)


def test_http_1_1_is_chosen_and_another_protocol_refused(secure):
    context = secure.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with secure.handshake(context) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"

    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="(?i)application.protocol"):
        secure.handshake(context)


def test_a_client_cannot_negotiate_again(secure):
    host, port = secure.address()
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-tls1_2", "-CAfile", str(secure.authority.file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        out = client.communicate(b"R\n", timeout=20)[0].decode()

    assert "Verify return code: 0 (ok)" in out
    assert "Compression: NONE" in out
    assert "RENEGOTIATING" in out and "no renegotiation" in out, out


def test_a_session_is_resumed(secure):
    context = secure.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # here the ticket comes with the handshake
    with secure.handshake(context) as first:
        session = first.session
    plain = socket.create_connection(secure.address(), timeout=20)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as second:
        assert second.session_reused


def test_close_notify_ends_a_connection(secure):
    with secure.handshake() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := connection.read(65536):  # an end without it would raise SSLEOFError
            received += piece
    assert received.startswith(b"HTTP/1.1 200 ")

    with secure.handshake() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.read(65536).startswith(b"HTTP/1.1 200 ")
        connection.unwrap()  # ours first; the server's answer to it is waited for


# --- what is said over it

def test_only_answers_over_tls_ask_for_tls(secure, busbar):
    for path in ("/livez", "/register", "/nowhere"):
        for listener in ("http", "admin"):
            assert secure.request("GET", path, listener=listener).headers["Strict-Transport-Security"] == HSTS
            assert busbar.request("GET", path, listener=listener).headers["Strict-Transport-Security"] is None


def test_people_register_by_links_that_begin_with_https(secure):
    told = eventually(secure.output, lambda text: "  data" in text)
    assert f"https://{secure.ready['http']}/register" in told
    assert f"https://{secure.ready['admin']}/#token=" in told
    assert "http://" not in told

    assert secure.register("ada@example.org").status == 202
    link = link_in(secure.mail_to("ada@example.org")["text"])
    assert link.startswith(f"https://{secure.ready['http']}/confirm?token=")
    assert secure.post("/api/v1/confirmations", {"token": secure.token_for("ada@example.org")}).status == 204


def test_the_own_pages_are_those_with_https(secure):
    body = {"name": "Ada Lovelace", "email": "ada@example.org", "password": "correct horse battery staple"}
    of = secure.ready["http"]

    assert secure.post("/api/v1/registrations", body, {"Origin": f"http://{of}"}).status == 403
    assert secure.post("/api/v1/registrations", body, {"Origin": f"https://{of}"}).status == 202


def test_curl_speaks_with_it(secure):
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", secure.authority.file,
                           f"https://{secure.ready['http']}/livez"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "ok" in done.stdout or "alive" in done.stdout, done.stdout


# --- clients that do it wrong

def test_plain_http_is_told_to_use_https_and_others_go_on(secure):
    connection = secure.connect()
    assert get(connection).status == 200

    plain = http.client.HTTPConnection(*secure.address(), timeout=20)
    answer = get(plain)
    assert (answer.status, answer.headers["Connection"]) == (400, "close")
    assert answer.headers["Strict-Transport-Security"] is None
    plain.close()

    assert get(connection).status == 200
    connection.close()
    assert "handshake" not in secure.errors()


def test_a_slow_handshake_is_closed_in_the_time_of_a_head(new_secure):
    secure = new_secure(environment={"BUSBAR_HTTP_HEAD_TIMEOUT": "2s", "BUSBAR_LOG_LEVEL": "debug"}).start()
    began = time.monotonic()
    with socket.create_connection(secure.address(), timeout=20) as slow:
        slow.sendall(b"\x16\x03\x01\x02")
        assert secure.get("/livez").status == 200
        assert slow.recv(100) == b""
    assert 1 <= time.monotonic() - began < 15
    eventually(secure.errors, lambda text: "a TLS handshake failed" in text)


def test_connections_in_a_handshake_count(new_secure):
    secure = new_secure(environment={"BUSBAR_HTTP_MAX_CONNECTIONS": "3"}).start()
    silent = [socket.create_connection(secure.address(), timeout=20) for _ in range(3)]
    with socket.create_connection(secure.address(), timeout=20) as waiting:
        waiting.settimeout(0.5)
        with pytest.raises(TimeoutError):
            secure.context().wrap_socket(waiting, server_hostname="localhost")
    for one in silent:
        one.close()
    assert secure.get("/livez").status == 200


# --- SIGHUP

def serial_at(secure, listener="http"):
    with secure.handshake(listener=listener) as connection:
        return connection.getpeercert()["serialNumber"]


def test_sighup_swaps_the_certificate_and_kept_connections_go_on(secure):
    kept = secure.connect()
    assert get(kept).status == 200
    old = serial_at(secure)
    secure.authority.issue(secure.certificate, secure.key)
    assert serial_at(secure) == old

    os.kill(secure.pid, signal.SIGHUP)

    eventually(lambda: serial_at(secure), lambda serial: serial != old)
    assert serial_at(secure, "admin") == serial_at(secure)
    assert get(kept).status == 200
    kept.close()
    eventually(lambda: secure.command("health", "--data", str(secure.data))[0], lambda code: code == 0)


@pytest.mark.parametrize("spoil, reason", [
    (lambda secure: secure.key.write_text("nonsense"), "cannot be used"),
    (lambda secure: secure.key.chmod(0o644), "chmod 600"),
    (lambda secure: secure.certificate.unlink(), "cannot be read"),
    (lambda secure: secure.authority.issue(secure.certificate, secure.folder / "other.pem"), "is not the key of"),
])
def test_sighup_with_bad_files_keeps_the_old_ones_and_says_why(secure, spoil, reason):
    old = serial_at(secure)
    spoil(secure)

    os.kill(secure.pid, signal.SIGHUP)

    eventually(secure.errors, lambda text: "was not read again" in text and reason in text)
    assert serial_at(secure) == old
    if secure.certificate.exists():
        assert secure.command("health", "--data", str(secure.data))[0] == 0


def test_sighup_without_tls_changes_nothing(busbar):
    os.kill(busbar.pid, signal.SIGHUP)

    assert busbar.get("/livez").status == 200
    assert busbar.process.poll() is None
    assert busbar.stop() == 0


# --- what is refused at the start

def test_the_admin_listener_is_open_to_others_over_tls_alone(new_busbar, new_secure):
    plain = new_busbar("--admin", "0.0.0.0:0")
    assert plain.run_to_its_end() == 78
    assert "admin.listen" in plain.output() and "http.tls_certificate" in plain.output()

    secure = new_secure("--admin", "0.0.0.0:0").start()
    with secure.handshake(listener="admin") as connection:
        connection.sendall(f"GET /readyz HTTP/1.1\r\nHost: {secure.address('admin')[0]}\r\n\r\n".encode())
        assert connection.read(65536).startswith(b"HTTP/1.1 200 ")
    with secure.handshake(listener="admin") as connection:
        connection.sendall(f"GET /api/v1/emails HTTP/1.1\r\nHost: {secure.address('admin')[0]}\r\n\r\n".encode())
        assert connection.read(65536).startswith(b"HTTP/1.1 401 ")
    assert secure.command("health", "--data", str(secure.data))[0] == 0


@pytest.mark.parametrize("spoil, words", [
    (lambda secure: secure.environment.pop("BUSBAR_HTTP_TLS_KEY"), ("http.tls_key is missing",)),
    (lambda secure: secure.environment.pop("BUSBAR_HTTP_TLS_CERTIFICATE"), ("http.tls_certificate is missing",)),
    (lambda secure: secure.key.unlink(), ("http.tls_key", "key.pem")),
    (lambda secure: secure.key.chmod(0o604), ("http.tls_key", "chmod 600")),
    (lambda secure: secure.key.write_text("nonsense"), ("http.tls_key", "expected a PEM file")),
    (lambda secure: secure.certificate.write_text("nonsense"), ("http.tls_certificate", "expected a PEM file")),
    (lambda secure: secure.authority.issue(secure.certificate, secure.folder / "other.pem"),
     ("http.tls_key", "is not the key of")),
])
def test_files_that_cannot_be_used_are_named(new_secure, spoil, words):
    secure = new_secure()
    spoil(secure)

    assert secure.run_to_its_end() == 78
    for word in words:
        assert word in secure.output()
    code, _, told = secure.command("config", "--check", "--data", str(secure.data))
    assert code == 78 and words[0] in told


# --- the commands that ask the server

def test_the_commands_know_the_server_by_its_key(secure):
    data = ("--data", str(secure.data))
    for name in ("BUSBAR_HTTP_TLS_CERTIFICATE", "BUSBAR_HTTP_TLS_KEY"):
        del secure.environment[name]  # they need nothing but the data
    assert secure.command("health", *data)[0] == 0
    assert secure.command("deadletter", "list", *data)[0] == 0

    # Another server in its place, with a certificate of the same authority.
    place = json.loads((secure.data / "serving.json").read_text())
    place["public_key_pin"] = "sha256//" + "A" * 43 + "="
    (secure.data / "serving.json").write_text(json.dumps(place))
    code, _, told = secure.command("health", *data)
    assert code == 1 and "pinned" in told
    code, _, told = secure.command("deadletter", "list", *data)
    assert code == 69 and "pinned" in told


def test_health_waits_for_a_server_that_starts(new_secure):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        secure = new_secure(environment={"BUSBAR_ADMIN_LISTEN": address})
        code, _, told = secure.command("health", "--data", str(secure.data))
        assert code == 1 and f"https://{address}/readyz" in told

        secure.spawn()  # on a free port
        assert secure.command("health", "--wait", "--data", str(secure.data))[0] == 0
