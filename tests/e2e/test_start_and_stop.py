"""How the program starts, refuses to start, and ends."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import threading

import pytest

from busbar import eventually


def stderr_of(busbar):
    return (busbar.folder / f"stderr-{busbar.starts}.txt").read_text()


def test_it_says_where_everything_is(busbar):
    assert busbar.ready["pid"] == busbar.process.pid
    told = eventually(busbar.output, lambda text: "  data" in text)
    for word in ("Busbar 0.1.0", "register", busbar.ready["http"], busbar.ready["admin"], "data"):
        assert word in told


def test_sigterm_ends_it_cleanly(busbar):
    busbar.register("ada@example.org")

    assert busbar.stop() == 0


def test_an_interrupt_ends_it_cleanly(busbar):
    os.kill(busbar.pid, signal.SIGINT)

    assert busbar.process.wait(15) == 0


def test_what_was_accepted_before_sigterm_is_there_afterwards(new_busbar):
    busbar = new_busbar().start()
    accepted, threads = [], []

    def load(worker):
        connection = busbar.connect()
        for number in range(1000):
            try:
                if busbar.register(f"user{worker}-{number}@example.org", connection=connection).status == 202:
                    accepted.append(f"user{worker}-{number}@example.org")
            except OSError:
                return
            except Exception:  # http.client tells a closed connection in several ways
                return

    for worker in range(4):
        threads.append(threading.Thread(target=load, args=(worker,)))
        threads[-1].start()
    eventually(lambda: len(accepted), lambda count: count >= 20)
    assert busbar.stop() == 0
    for thread in threads:
        thread.join()

    busbar.start()
    for address in accepted:
        busbar.mail_to(address)


def test_a_second_process_is_told_who_holds_the_data(busbar, new_busbar):
    second = new_busbar(folder=busbar.folder / "second")
    second.data = busbar.data

    assert second.run_to_its_end() == 75
    assert str(busbar.pid) in stderr_of(second)
    assert busbar.register("ada@example.org").status == 202


@pytest.mark.parametrize("flag", ["--listen", "--admin"])
def test_a_taken_port_ends_it_with_the_address(new_busbar, flag):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        busbar = new_busbar(flag, address)

        assert busbar.run_to_its_end() == 69
    assert address in stderr_of(busbar)


def test_a_data_directory_that_is_a_file_is_refused(new_busbar):
    busbar = new_busbar()
    busbar.data.write_text("mine")

    assert busbar.run_to_its_end() in (74, 78)
    assert str(busbar.data) in stderr_of(busbar)
    assert busbar.data.read_text() == "mine"


def test_a_data_directory_that_cannot_be_made_is_refused(new_busbar):
    busbar = new_busbar()
    busbar.data = busbar.data.parent / "file" / "data"  # root may write anywhere, but not below a file
    busbar.data.parent.write_text("mine")

    assert busbar.run_to_its_end() in (74, 78)
    assert "file" in stderr_of(busbar)


@pytest.mark.parametrize("name", ["registration.db", "email.db", "product.db"])
@pytest.mark.parametrize("damage", ["garbage", "empty", "cut"])
def test_damaged_data_is_refused_and_left_as_it_is(new_busbar, name, damage):
    busbar = new_busbar().start()
    busbar.register("ada@example.org")
    busbar.mail_to("ada@example.org")
    assert busbar.stop() == 0
    file = busbar.data / name
    whole = file.read_bytes()
    file.write_bytes({"garbage": os.urandom(len(whole)), "empty": b"", "cut": whole[: len(whole) // 2]}[damage])
    before = {path.name: path.read_bytes() for path in busbar.data.glob("*.db*")}

    assert busbar.run_to_its_end() == 65
    assert name in stderr_of(busbar)
    assert {path.name: path.read_bytes() for path in busbar.data.glob("*.db*")}[name] == before[name]


def test_data_of_a_newer_version_is_refused_and_left_as_it_is(new_busbar):
    busbar = new_busbar().start()
    assert busbar.stop() == 0
    file = busbar.data / "product.db"
    with sqlite3.connect(file) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(schema_migrations)")]
        values = {"component": "product", "version": 9999, "name": "9999_from_the_future.sql"}
        database.execute(f"INSERT INTO schema_migrations VALUES ({','.join('?' * len(columns))})",
                         [values.get(column, 0) for column in columns])
    database.close()
    before = file.read_bytes()

    assert busbar.run_to_its_end() == 65
    assert "newer" in stderr_of(busbar)
    assert file.read_bytes() == before


@pytest.mark.parametrize("arguments, environment, file, words", [
    (["--listen", "8080"], {}, None, ["http.listen", "8080", "HOST:PORT"]),
    (["--admin", "0.0.0.0:8081"], {}, None, ["admin.listen", "TLS"]),
    (["--bus", "amqp://guest:canary@localhost:x"], {}, None, ["bus.url", "amqp://host:port/virtual_host"]),
    ([], {"BUSBAR_BUS_CA_FILE": "none.pem"}, None, ["bus.ca_file", "none.pem"]),
    ([], {"BUSBAR_EMAIL_CA_FILE": "none.pem"}, None, ["email.ca_file", "none.pem"]),
    ([], {"BUSBAR_EMAIL_DKIM_SELECTOR": "busbar"}, None, ["email.dkim_key_file is missing"]),
    ([], {"BUSBAR_EMAIL_CONNECTIONS": "many"}, None, ["email.connections", "many"]),
    ([], {"BUSBAR_EMIAL_FROM": "x"}, None, ["BUSBAR_EMIAL_FROM", "BUSBAR_EMAIL_FROM"]),
    ([], {}, '{"http": {"lisen": "x"}}', ["http.lisen", "http.listen", "busbar.json:1:11"]),
    ([], {}, '{"http": ', ["busbar.json:1:"]),
    (["--config", "none.json"], {}, None, ["none.json"]),
])
def test_a_wrong_configuration_is_refused_before_anything_is_made(new_busbar, arguments, environment, file, words):
    busbar = new_busbar(*arguments, environment=environment)
    if file is not None:
        (busbar.folder / "busbar.json").write_text(file)

    assert busbar.run_to_its_end() == 78
    for word in words:
        assert word in stderr_of(busbar)
    assert "canary" not in busbar.output()
    assert not busbar.data.exists()


def test_a_secret_that_everyone_can_read_is_refused(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL_FILE": "secret"})
    (busbar.folder / "secret").write_text("capture:")
    (busbar.folder / "secret").chmod(0o644)

    assert busbar.run_to_its_end() == 78
    assert "chmod 600" in stderr_of(busbar)

    (busbar.folder / "secret").chmod(0o600)
    busbar.start()
    assert busbar.stop() == 0
    (busbar.data / "admin.token").chmod(0o640)
    assert busbar.run_to_its_end() == 78
    assert "admin.token" in stderr_of(busbar) and "chmod 600" in stderr_of(busbar)


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["serve", "--listen"]])
def test_wrong_usage_ends_with_64(new_busbar, arguments):
    code, out, err = new_busbar().command(*arguments)

    assert (code, out) == (64, "") and err


def test_help_and_version(new_busbar):
    busbar = new_busbar()

    assert busbar.command("--version")[:2] == (0, "busbar 0.1.0\n") or "0.1.0" in busbar.command("--version")[1]
    code, out, _ = busbar.command("--help")
    assert code == 0 and "serve" in out
    assert "--smtp" in busbar.command("serve", "--help")[1]


def test_config_shows_what_is_in_force_without_secrets(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL": "smtp://ada:canary@127.0.0.1:2525"})
    code, out, err = busbar.command("config")

    assert code == 0, err
    assert "canary" not in out + err
    assert json.loads(out)["email"]["smtp_url"] == "smtp://ada:***@127.0.0.1:2525"
    assert busbar.command("config", "--check")[0] == 0


def test_health_says_whether_it_is_ready(busbar):
    own = ["--admin", busbar.ready["admin"]]
    code, _, err = busbar.command("health", "--data", str(busbar.data), *own)
    if code == 64:
        busbar.environment["BUSBAR_ADMIN_LISTEN"] = busbar.ready["admin"]
        busbar.environment["BUSBAR_DATA_DIR"] = str(busbar.data)
        code, _, err = busbar.command("health")
    assert code == 0, err
    busbar.stop()
    assert busbar.command("health", "--data", str(busbar.data), *own)[0] in (1, 64)


def test_only_its_owner_can_read_the_data(busbar):
    busbar.register("ada@example.org")

    assert busbar.data.stat().st_mode & 0o077 == 0
    for path in busbar.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_modules_can_be_left_out(new_busbar):
    busbar = new_busbar("--modules", "web,product,logging").start()

    assert busbar.admin("POST", "/api/v1/products", {"name": "a", "description": "", "price": "1"}).status == 201
    answer = busbar.register("ada@example.org")
    assert answer.status == 503 and answer.headers["Retry-After"]
    assert not (busbar.data / "registration.db").exists()


def test_a_copy_of_the_data_serves_as_well(new_busbar, tmp_path):
    first = new_busbar().start()
    first.register("ada@example.org")
    first.mail_to("ada@example.org")
    assert first.stop() == 0

    second = new_busbar()
    shutil.copytree(first.data, second.data)
    second.start()
    token = second.token_for("ada@example.org")
    assert second.post("/api/v1/confirmations", {"token": token}).status == 204
