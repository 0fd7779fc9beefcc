"""One process for each module, over RabbitMQ: nothing that a user or an operator sees tells it from one process."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from busbar import BINARY, ROOT, eventually, parse_message, part_of, token_in
from leftovers import processes_of
from processes import end_child, free_port, start_child
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
def copy_of_email(source, target):
    target.mkdir(parents=True)
    for file in source.glob("email.db*"):
        shutil.copy2(file, target / file.name)


def addresses_with_mails(busbar, addresses):
    return [len(busbar.mails_to(address)) for address in addresses]


def test_one_data_directory_is_split_and_joined_with_events_in_flight(new_busbar, bus_url, tmp_path):
    """memory: to amqp: and back. Events that wait at each change are handled once, on the other side."""
    addresses = [f"user{i}@example.org" for i in range(12)]
    whole = new_busbar(folder=tmp_path / "whole").start()
    for address in addresses[:4]:
        assert whole.register(address).status == 202
    whole.kill()  # whatever is done by now, the rest is in flight

    copy_of_email(whole.data, tmp_path / "email/data")
    split = Split(new_busbar, bus_url, ("web,registration,logging,product", "email"),
                  {"web,registration,logging,product": whole.folder, "email": tmp_path / "email"})
    for file in whole.data.glob("email.db*"):
        file.unlink()
    split.start()
    for address in addresses[4:8]:
        assert split.gateway.register(address).status == 202
    for process in split.processes.values():
        process.kill()

    for file in (tmp_path / "email/data").glob("email.db*"):
        shutil.copy2(file, whole.data / file.name)
    joined = new_busbar(folder=tmp_path / "whole").start()
    for address in addresses[8:]:
        assert joined.register(address).status == 202

    eventually(lambda: addresses_with_mails(joined, addresses), lambda found: all(found), limit=20,
               what="a mail to each user")
    eventually(lambda: all(handler["lag"] == 0 for handler in joined.admin("GET", "/api/v1/bus").json["handlers"]),
               what="handlers without a lag")
    assert addresses_with_mails(joined, addresses) == [1] * len(addresses)
    assert joined.stop() == 0
