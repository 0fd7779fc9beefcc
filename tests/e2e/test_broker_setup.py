"""M: how the broker is set up, who else is there, and what can be read from the wire."""

import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
import time

import pytest

from busbar import eventually
from load import Load, each_has_one_mail, register_all
from rabbitmq import rabbitmq as broker
from split import MODULES, Split
from trouble import GROUPS, REST, cpu_share, gated, is_whole, lacking, lacks, queue_of, rows, says

FULL = bool(os.environ.get("E2E_FULL"))
BACK = 10  # seconds until it works again


@pytest.fixture
def bus_url(rabbitmq, virtual_host):
    return rabbitmq.url_of(virtual_host)


# --- M9, M11: what an operator has to set right

def test_M9_a_queue_with_other_arguments_is_named_and_kept_until_somebody_deletes_it(new_busbar, rabbitmq, virtual_host,
                                                                                     bus_url):
    with rabbitmq.channel(virtual_host) as channel:
        channel.queue_declare("busbar.email", durable=True, arguments={"x-single-active-consumer": True})
        channel.confirm_delivery()
        channel.basic_publish("", "busbar.email", b"somebody's")
        split = Split(new_busbar, bus_url, GROUPS)
        for process in split.processes.values():
            process.start()

        for process in split.processes.values():
            assert "queue 'busbar.email'" in lacks(process, "inequivalent arg 'x-queue-type'")
            says(process, "inequivalent arg 'x-queue-type'", limit=1)
        assert queue_of(rabbitmq, virtual_host) == {
            "name": "busbar.email", "type": "classic", "durable": True, "ready": 1, "consumers": 0}
        addresses = register_all(split.gateway, "meanwhile", 2)

        channel.queue_delete("busbar.email")

    each_has_one_mail(split.gateway, addresses)
    for process in split.processes.values():
        is_whole(process)


ALL_BUT_EMAIL_QUEUE = r"^(?!busbar\.email$).*"


@pytest.mark.parametrize("missing, named", [
    ({"configure": "^busbar$"}, "`configure` on `busbar.events`"),
    ({"configure": ALL_BUT_EMAIL_QUEUE}, "`configure` on `busbar.email`"),
    ({"write": ALL_BUT_EMAIL_QUEUE}, "`write` on `busbar.email`"),
    ({"write": r"^(?!busbar\.events$).*"}, "`write` on `busbar.events`"),
    ({"read": r"^(?!busbar\.events$).*"}, "`read` on `busbar.events`"),
    ({"read": ALL_BUT_EMAIL_QUEUE}, "`read` on `busbar.email`"),
], ids=lambda value: re.sub(r"[^\w.]+", "-", value).strip("-") if isinstance(value, str) else "")
def test_M11_a_right_that_is_missing_is_named_and_used_once_it_is_given(new_busbar, rabbitmq, virtual_host, missing, named):
    user = f"ada-{virtual_host}"
    rabbitmq.add_user(user, "secret", virtual_host=virtual_host, **missing)
    busbar = new_busbar(environment={"BUSBAR_BUS_URL": rabbitmq.url_of(virtual_host, user, "secret")}).start()
    register_all(busbar, "before", 1)

    reason = lacks(busbar, f"needs the right {named}")

    assert user in reason and virtual_host in reason, reason
    says(busbar, f"needs the right {named}", limit=1)
    rabbitmq.set_permissions(user, virtual_host)
    is_whole(busbar)


# --- M13: two of a kind

def test_M13_of_two_processes_of_a_module_one_is_served_and_the_other_takes_over(new_busbar, bus_url):
    split = Split(new_busbar, bus_url, GROUPS).start()
    first, url = split["email"], split.gateway.url
    before = register_all(split.gateway, "before", 5)
    eventually(lambda: mailed(first), lambda found: found == sorted(before), what="the mails of the first")
    second = new_busbar("--modules", "email", environment={"BUSBAR_BUS_URL": bus_url, "BUSBAR_HTTP_PUBLIC_URL": url}).start()
    lacks(second, "another process runs the module email: this one only stands by")
    assert lacking(first) == ""

    both = register_all(split.gateway, "both", 10)
    eventually(lambda: mailed(first), lambda found: found == sorted(before + both), what="the mails of the first")
    # Longer than it would take to find that it has not got what the source has sent.
    began = time.monotonic()
    assert eventually(lambda: (mailed(second), time.monotonic() - began > 7), lambda seen: seen[0] or seen[1])[0] == []
    assert lacking(first) == "" and "stands by" in lacking(second)

    first.kill()
    [address] = register_all(split.gateway, "after", 1)
    eventually(lambda: address in mailed(second), limit=BACK, what="the mail of the second")
    is_whole(second)


def mailed(busbar):
    return sorted(receiver for (receiver,) in rows(busbar, "email", "SELECT address FROM recipients"))


# --- M14: on the wire

def test_M14_an_event_is_persistent_and_says_what_it_is(new_busbar, rabbitmq, virtual_host, bus_url):
    split = Split(new_busbar, bus_url, GROUPS).start()
    with rabbitmq.channel(virtual_host) as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "busbar.events", "#")
        answer = split.gateway.register("ada@example.org")
        found = eventually(lambda: channel.basic_get(queue, auto_ack=True), lambda one: one[0], what="the event")

    method, properties, body = found
    assert (method.exchange, method.routing_key) == ("busbar.events", "registration.user_registered")
    assert properties.delivery_mode == 2 and properties.content_type == "application/json"
    headers = properties.headers
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", properties.message_id), properties
    assert headers["cloudEvents:id"] == properties.message_id
    assert headers["cloudEvents:specversion"] == "1.0"
    assert headers["cloudEvents:source"] == "/busbar/registration"
    assert headers["cloudEvents:type"] == "registration.user_registered"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", headers["cloudEvents:time"]), headers
    assert abs(properties.timestamp - time.time()) < 60
    assert re.fullmatch(rf"00-{answer.headers['X-Trace-Id']}-[0-9a-f]{{16}}-01", headers["traceparent"]), headers
    assert (headers["busbar-log"], headers["busbar-epoch"], headers["busbar-sequence"]) == ("registration", 1, 1)
    event = json.loads(body)
    assert event["email"] == "ada@example.org" and headers["cloudEvents:partitionkey"] == event["user_id"]


# --- TLS

def make_authority(folder):
    """An authority of one's own, and what it has signed for a server and a client: {name: (certificate, key)}."""
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    paths = {name: (folder / f"{name}.pem", folder / f"{name}.key") for name in ("authority", "server", "client")}
    run = lambda *command: subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
    run("req", "-x509", *new_key, "-days", 2, "-subj", "/CN=An authority of one's own",
        "-keyout", paths["authority"][1], "-out", paths["authority"][0])
    for name in ("server", "client"):
        certificate, key = paths[name]
        run("req", *new_key, "-subj", f"/CN={name}", "-keyout", key, "-out", folder / "request")
        run("x509", "-req", "-days", 2, "-in", folder / "request", "-CA", paths["authority"][0], "-CAkey",
            paths["authority"][1], "-CAcreateserial", "-extfile", folder / "names", "-out", certificate)
    return paths


def test_M_tls_with_an_authority_of_ones_own_and_a_certificate_that_the_broker_insists_on(new_busbar, tmp_path):
    signed = make_authority(tmp_path)
    authority = signed["authority"][0]
    strict = broker(tls=(*signed["server"], authority))
    settings = strict.folder / "rabbitmq.conf"
    settings.write_text(settings.read_text().replace("fail_if_no_peer_cert = false", "fail_if_no_peer_cert = true"))
    with strict:
        url = {"BUSBAR_BUS_URL": f"amqps://localhost:{strict.tls_port}"}
        trust = {"BUSBAR_BUS_CA_FILE": str(authority)}
        shown = {"BUSBAR_BUS_CERTIFICATE": str(signed["client"][0]), "BUSBAR_BUS_KEY": str(signed["client"][1])}

        doubting = new_busbar(environment={**url, **shown}).start()
        nameless = new_busbar(environment={**url, **trust}).start()
        known = new_busbar(environment={**url, **trust, **shown}).start()

        assert "certificate" in lacks(doubting, f"no connection with TLS to localhost:{strict.tls_port}")
        lacks(nameless, "certificate required")
        assert lacking(known) == ""
        register_all(known, "tls", 1)


# --- from the start

@pytest.fixture
def two_dead_ends(new_busbar, rabbitmq, virtual_host):
    """A process that reaches nothing but silence, and one that is refused; with the gates before the broker."""
    with contextlib.ExitStack() as gates:
        made = {}
        for kind in ("black_hole", "refuse"):
            gate, url = gated(rabbitmq, virtual_host)
            gates.enter_context(gate)
            getattr(gate, kind)()
            made[kind] = (gate, new_busbar("--modules", REST, environment={"BUSBAR_BUS_URL": url}))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda pair: pair[1].start(), made.values()))
        yield made


def test_M2_a_broker_that_was_never_there_costs_neither_a_registration_nor_the_processor(new_busbar, rabbitmq, virtual_host,
                                                                                       bus_url, two_dead_ends):
    (_, swallowed), (_, refused) = two_dead_ends["black_hole"], two_dead_ends["refuse"]
    for name, process in (("swallowed", swallowed), ("refused", refused)):
        began = time.monotonic()
        register_all(process, name, 3)
        assert time.monotonic() - began < 3
        lacks(process, "no connection to the broker")

    shares = cpu_share([swallowed.pid, refused.pid], seconds=10)

    print(f"of one core: {shares}")
    assert all(share < 0.2 for share in shares.values()), shares
    for gate, process in two_dead_ends.values():
        gate.forward()
        eventually(lambda: "no connection to the broker" not in lacking(process), limit=BACK, what="a connection")


def test_M_a_gateway_whose_network_swallows_everything_refuses_soon(new_busbar, rabbitmq, virtual_host, bus_url):
    gate, url = gated(rabbitmq, virtual_host)
    with gate:
        modules = new_busbar("--modules", ",".join(MODULES), environment={"BUSBAR_BUS_URL": bus_url}).start()
        gateway = new_busbar("--modules", "web", environment={"BUSBAR_BUS_URL": url}).start()
        eventually(lambda: gateway.register("ada@example.org").status, lambda status: status == 202, what="a 202")
        gate.black_hole()

        times, gone = [], False
        while not gone:
            gone = "no connection to the broker" in lacking(gateway)
            began = time.monotonic()
            answer = gateway.register(f"user-{len(times)}@example.org")
            times.append(time.monotonic() - began)
            assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1, answer
            assert sum(times) < 60, times

        print(f"{len(times)} answers within {max(times):.2f} s at most: {[round(one, 2) for one in times[:8]]}")
        assert max(times) < 4, times
        gate.forward()
        eventually(lambda: gateway.register("after@example.org").status, lambda status: status == 202, limit=BACK,
                   what="a 202")
        assert modules.stop() == 0


# --- killed

def test_M_killed_under_load_each_acknowledged_user_has_one_mail(new_busbar, bus_url):
    split = Split(new_busbar, bus_url, ("web,logging,product", "registration", "email")).start()
    load = Load(split.gateway, "killed", workers=4)
    try:
        for cycle in range(40 if FULL else 4):
            load.reaches(len(load.accepted) + 20)
            victim = split[("registration", "email")[cycle % 2]]
            victim.kill()
            victim.start()
    finally:
        load.reaches(len(load.accepted) + 20)
        load.stop()

    assert all(getattr(answer, "status", None) == 503 for answer in load.others), load.others[:3]
    split.complete()
    # One whose answer was lost with the process may have an account all the same; then it has its mail, too.
    users = lambda: {email for (email,) in rows(split["registration"], "registration", "SELECT email FROM users")}
    known = users()
    assert set(load.accepted) <= known <= set(load.tried)
    each_has_one_mail(split.gateway, known, limit=60)
    print(f"{len(load.accepted)} acknowledged, {len(load.others)} refused, {len(known)} users")
