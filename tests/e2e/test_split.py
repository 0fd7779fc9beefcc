"""One process for each module, over RabbitMQ: nothing that a user or an operator sees tells it from one process."""

import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from busbar import BINARY, ROOT, eventually, parse_message, part_of, token_in
from leftovers import processes_of
from log_stream import Stream
from processes import end_child, free_port, start_child
from rabbitmq import rabbitmq as broker
from smtp import make_certificate
from split import MODULES, Split


@pytest.fixture
def bus_url(rabbitmq, virtual_host):
    return rabbitmq.url_of(virtual_host)


@pytest.fixture
def split(new_busbar, bus_url):
    return Split(new_busbar, bus_url).start()


def test_a_registration_goes_through_all_of_them_under_one_trace(new_busbar, bus_url, smtp_server):
    split = Split(new_busbar, bus_url, environment={
        "BUSBAR_LOG_LEVEL": "debug", "BUSBAR_EMAIL_SMTP_URL": f"smtp://{smtp_server.address}"}).start()
    assert 'href="/register"' in split.gateway.get("/").text
    answer = split.gateway.register("ada@example.org")
    assert answer.status == 202, answer
    trace = answer.headers["X-Trace-Id"]

    split.gateway.mail_to("ada@example.org", status="sent")
    text = part_of(parse_message(smtp_server.mails[0]["raw"]), "plain")
    assert f"{split.gateway.url}/confirm?token=" in text
    confirmed = split.gateway.post("/api/v1/confirmations", {"token": token_in(text)})
    assert confirmed.status == 204, confirmed

    def modules_of_trace():
        found = split.gateway.admin("GET", f"/api/v1/logs?trace_id={trace}&size=100")
        return {entry["module"] for entry in found.json["items"]}

    eventually(modules_of_trace, {"web", "registration", "email"}.issubset, what="log entries of each process")


def test_the_gateway_lists_the_processes_with_their_modules(split):
    split.gateway.register("ada@example.org")
    split.gateway.mail_to("ada@example.org")

    status = split.gateway.admin("GET", "/api/v1/bus").json

    pids = {int(process["name"].rpartition(":")[2]): process["modules"] for process in status["processes"]}
    assert pids == {process.pid: [group] for group, process in split.processes.items()}
    [registration] = [one for one in status["processes"] if one["modules"] == ["registration"]]
    assert registration["published"] == 1 and registration["sent"] == {"registration": 1}, registration
    [handler] = [one for one in status["handlers"] if one["handler"] == "registration_mails"]
    assert handler["module"] == "email" and handler["source"] == "registration" and handler["position"] == 1, handler
    assert status["away"] == []
    code, text, errors = split.gateway.command("bus", "--data", str(split.gateway.data))
    assert code == 0 and re.search(r":\d+ runs registration; published 1; sent registration to 1\n", text), text + errors


def test_a_module_that_is_away_is_told_at_once_and_missed_until_it_is_back(split):
    product = {"name": "Lamp", "description": "", "price": "9.90"}
    created = split.gateway.admin("POST", "/api/v1/products", product)
    path = f"/api/v1/products/{created.json['id']}"
    assert split.gateway.get(path).status == 200
    assert split["product"].stop() == 0

    began = time.monotonic()
    answer = split.gateway.get(path)
    assert answer.status == 503 and time.monotonic() - began < 1, answer
    assert int(answer.headers["Retry-After"]) >= 1
    ready = eventually(lambda: split.gateway.get("/readyz"), lambda found: found.json["status"] != "ok",
                       what="a gateway that misses a module")
    assert ready.status == 200 and ready.json["status"] == "degraded", ready
    assert any("product" in one["reason"] for one in ready.json["lacking"]), ready
    code, text, _ = split.gateway.command("health", "--data", str(split.gateway.data))
    assert code == 0 and "product" in text
    assert split.gateway.admin("GET", "/api/v1/bus").json["away"] == ["product"]

    split["product"].start()
    split.complete()
    assert split.gateway.get(path).json["name"] == "Lamp"


def test_without_a_broker_it_starts_and_what_was_promised_comes_with_it(new_busbar, own_rabbitmq):
    own_rabbitmq.stop()
    split = Split(new_busbar, own_rabbitmq.url, ("web,registration", "email"))
    for process in split.processes.values():
        process.start()

    ready = split.gateway.get("/readyz")
    assert ready.status == 200 and ready.json["status"] == "degraded", ready
    assert split.gateway.register("ada@example.org").status == 202
    assert split.gateway.admin("GET", "/api/v1/emails").status == 503

    own_rabbitmq.start()
    eventually(lambda: split.gateway.admin("GET", "/api/v1/emails").status, lambda status: status == 200, limit=30,
               what="the module email at the gateway")
    assert "/confirm?token=" in split.gateway.mail_to("ada@example.org")["text"]


def test_the_address_of_the_broker_is_told_without_its_secret(new_busbar, rabbitmq, virtual_host):
    user = f"ada-{virtual_host}"
    rabbitmq.add_user(user, "canary", virtual_host=virtual_host)
    busbar = new_busbar(environment={"BUSBAR_BUS_URL": rabbitmq.url_of(virtual_host, user, "canary")}).start()

    assert f"bus rabbitmq at 127.0.0.1:{rabbitmq.port} " in busbar.output()
    assert "canary" not in busbar.output()
    assert "canary" not in busbar.command("config")[1]
    assert busbar.get("/readyz").json == {"status": "ok"}


def make_client_certificate(folder, authority, authority_key):
    """Certificate and key of a client, signed by `authority`: RabbitMQ takes none that signed itself."""
    request, key, certificate = (folder / f"client.{suffix}" for suffix in ("csr", "key", "pem"))
    for command in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=busbar",
                     "-keyout", key, "-out", request],
                    ["x509", "-req", "-days", "2", "-in", request, "-CA", authority, "-CAkey", authority_key,
                     "-CAcreateserial", "-out", certificate]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return certificate, key


def test_over_tls_the_broker_has_to_be_who_it_says(new_busbar, tmp_path):
    certificate, key = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other")
    with broker(tls=(certificate, key, certificate)) as own:
        url = {"BUSBAR_BUS_URL": f"amqps://localhost:{own.tls_port}"}

        trusting = new_busbar(environment={**url, "BUSBAR_BUS_CA_FILE": str(certificate)}).start()
        assert trusting.get("/readyz").json == {"status": "ok"}
        assert trusting.stop() == 0
        shown, its_key = make_client_certificate(tmp_path, certificate, key)
        known = new_busbar(environment={**url, "BUSBAR_BUS_CA_FILE": str(certificate),
                                        "BUSBAR_BUS_CERTIFICATE": str(shown), "BUSBAR_BUS_KEY": str(its_key)}).start()
        assert known.get("/readyz").json == {"status": "ok"}
        assert '"CN=busbar"' in own.evaluate(
            "[rabbit_networking:connection_info(Pid, [peer_cert_subject]) || Pid <- rabbit_networking:connections()]")
        doubting = new_busbar(environment={**url, "BUSBAR_BUS_CA_FILE": str(other)}).start()
        assert any("certificate" in one["reason"] for one in doubting.get("/readyz").json["lacking"])


def test_while_it_connects_it_is_not_ready_and_can_be_stopped(new_busbar):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        admin = f"127.0.0.1:{free_port()}"
        busbar = new_busbar("--admin", admin, environment={"BUSBAR_BUS_URL": f"amqp://127.0.0.1:{silent.getsockname()[1]}"})
        ready_file = busbar.spawn()
        connection, _ = silent.accept()
        busbar.ready = {"admin": admin, "pid": busbar.process.pid}

        answer = eventually(lambda: busbar.request("GET", "/readyz", listener="admin"), what="an answer")

        assert answer.status == 503 and answer.json["failing"] == [{"part": "bus", "reason": "is connecting"}], answer
        assert busbar.stop() == 0
        assert not ready_file.exists()
        connection.close()


# --- programs that are not ours

def program(name, folder):
    """One of the programs in the README, as a file."""
    found = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL))
    path = folder / name
    path.write_text(found[name])
    return [sys.executable, str(path)]


def test_any_program_sends_a_mail(split, bus_url, tmp_path):
    command = [*program("send_mail.py", tmp_path), "grace@example.org"]

    for _ in range(2):
        subprocess.run(command, env={**os.environ, "BUSBAR_BUS_URL": bus_url}, check=True, timeout=20)

    assert split.gateway.mail_to("grace@example.org")["subject"] == "Your order"
    split.gateway.register("ada@example.org")  # behind it in the module's queue: the second one has been seen by then
    split.gateway.mail_to("ada@example.org")
    assert len(split.gateway.mails_to("grace@example.org")) == 1


def test_any_program_follows_the_events(split, bus_url, tmp_path):
    printer = start_child(program("print_events.py", tmp_path), env={**os.environ, "BUSBAR_BUS_URL": bus_url},
                          stdout=subprocess.PIPE, text=True)
    try:
        assert printer.stdout.readline() == "listening\n"
        split.gateway.register("ada@example.org")
        event = json.loads(printer.stdout.readline())
    finally:
        end_child(printer, limit=0)
        printer.stdout.close()

    assert event["type"] == "registration.user_registered" and event["specversion"] == "1.0", event
    assert event["source"] and event["id"] and event["data"]["email"] == "ada@example.org", event


def test_any_program_writes_to_the_log(split, rabbitmq, virtual_host):
    with rabbitmq.channel(virtual_host) as channel:
        for key, body in (("log.LOUD", {"name": "wrong"}), ("log.ERROR", {"name": "disk", "data": {"free": 3}})):
            channel.basic_publish("busbar.signals", key, json.dumps(body))

    [entry] = eventually(lambda: split.gateway.admin("GET", "/api/v1/logs?module=external").json["items"],
                         what="the entry of another program")
    assert (entry["level"], entry["name"], entry["data"]) == ("ERROR", "disk", {"free": 3})


def test_the_gateway_follows_the_log_and_sets_levels_of_other_processes(split):
    stream = Stream(split.gateway, "?module=registration")
    traces = lambda: [json.loads(fields["data"])["trace_id"] for _, fields in stream.events]
    register = lambda name: split.gateway.register(f"{name}@example.org").headers["X-Trace-Id"]
    assert stream.answer.status == 200

    first = register("ada")
    eventually(traces, lambda all: first in all, what="a line of another process")
    assert split.gateway.admin("PUT", "/api/v1/logs/levels", {"registration": "ERROR"}).json["registration"] == "ERROR"
    unheard = register("bob")
    assert split.gateway.admin("PUT", "/api/v1/logs/levels", {"registration": None}).json["registration"] == "INFO"
    last = register("eve")

    eventually(traces, lambda all: last in all)
    assert unheard not in traces()
    stream.end()


def test_a_log_entry_causes_no_other(new_busbar, bus_url):
    """Each entry crosses the broker and is stored; were that worth an entry, it would never end."""
    split = Split(new_busbar, bus_url, ("web,registration", "logging"), environment={"BUSBAR_LOG_LEVEL": "debug"}).start()
    count = lambda: split["logging"].admin("GET", "/api/v1/logs").json["total_count"]
    split.gateway.register("ada@example.org")
    eventually(lambda: split["logging"].admin("GET", "/api/v1/logs?module=registration").json["items"],
               what="an entry of registration")

    # Asking is worth one entry each time, so the count grows by the number of questions and by nothing else.
    counts = [count() for _ in range(30)]

    assert counts[-1] - counts[0] <= 2 * len(counts), counts


def test_dev_split_starts_all_of_them_and_leaves_nothing(tmp_path):
    listen, admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
    command = [sys.executable, ROOT / "tests/run_split.py", BINARY, "--data", tmp_path, "--listen", listen, "--admin", admin]
    system = start_child(command, end_with=signal.SIGTERM, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        told = list(itertools.takewhile(lambda line: not line.startswith("Ctrl-C"), system.stdout))
        assert any(f"http://{listen}/register" in line for line in told), system.stderr.read()
        assert {line.split()[0] for line in told} == {"register", "broker", "web", *MODULES}
        with urllib.request.urlopen(f"http://{listen}/register", timeout=10) as page:
            assert page.status == 200
        system.send_signal(signal.SIGINT)
        assert system.wait(30) == 0, system.stderr.read()
    finally:
        end_child(system, limit=20)
        system.stdout.close()
        system.stderr.close()
    assert processes_of(tmp_path) == []


# L: a matter of configuration

ALL_BUT_EMAIL = "web,registration,logging,product"


def move_email(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("email.db*"):
        shutil.move(file, target / file.name)


def register_all(busbar, addresses):
    for address in addresses:
        assert busbar.register(address).status == 202


def test_one_data_directory_is_split_and_joined_with_events_in_flight(new_busbar, bus_url, tmp_path):
    """memory: to amqp: and back. What waits at each change is handled on the other side, and once."""
    addresses = [f"user{i}@example.org" for i in range(24)]
    whole, apart = tmp_path / "whole", tmp_path / "email"
    busbar = new_busbar(folder=whole).start()
    register_all(busbar, addresses[:4])
    busbar.kill()
    busbar = new_busbar("--modules", ALL_BUT_EMAIL, folder=whole).start()
    register_all(busbar, addresses[4:8])  # nobody takes these events before the split
    busbar.kill()

    move_email(whole / "data", apart / "data")
    split = Split(new_busbar, bus_url, (ALL_BUT_EMAIL, "email"), {ALL_BUT_EMAIL: whole, "email": apart}).start()
    register_all(split.gateway, addresses[8:12])
    split.gateway.mail_to(addresses[8])
    split["email"].kill()
    register_all(split.gateway, addresses[12:16])  # these wait in the broker, which nobody asks any more
    split.gateway.kill()

    move_email(apart / "data", whole / "data")
    joined = new_busbar(folder=whole).start()
    register_all(joined, addresses[16:])
    mails = lambda: [len(joined.mails_to(address)) for address in addresses]
    eventually(mails, all, limit=20, what="a mail to each user")
    eventually(lambda: all(handler["lag"] == 0 for handler in joined.admin("GET", "/api/v1/bus").json["handlers"]),
               what="handlers without a lag")
    assert mails() == [1] * len(addresses)
    assert joined.stop() == 0
