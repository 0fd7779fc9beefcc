"""`busbar check`: what a start needs, each with how to mend it."""

import json
import os
import socket



def check(busbar, *arguments):
    """Exit code, and name to (state, detail); of several of one name the worst."""
    code, out, err = busbar.command("check", "--json", "--data", str(busbar.data), *arguments)
    assert err == "", err
    answer = json.loads(out)
    assert answer["ok"] == (code == 0)
    order = ["ok", "warning", "failed"]
    return code, {one["name"]: (one["state"], one["detail"]) for one in
                  sorted(answer["checks"], key=lambda one: order.index(one["state"]))}


def free_addresses():
    return "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"


def test_before_the_first_start_all_is_well_and_nothing_is_made(new_busbar):
    busbar = new_busbar()
    code, found = check(busbar, *free_addresses())
    assert code == 0 and {state for state, _ in found.values()} == {"ok"}, found
    assert not busbar.data.exists()


def test_beside_a_server_that_runs_it_asks_that(new_busbar):
    busbar = new_busbar().start()
    code, found = check(busbar)
    assert code == 0, found
    assert found["server"] == ("ok", f"http://{busbar.ready['admin']} is ready")
    assert found["schema"] == ("ok", "of this version") and "server that runs" in found["http.listen"][1]


def test_a_port_that_somebody_has_is_named(new_busbar):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, found = check(new_busbar(), "--listen", f"127.0.0.1:{port}", "--admin", "127.0.0.1:0")
    state, detail = found["http.listen"]
    assert (code, state) == (1, "failed") and f"127.0.0.1:{port}" in detail and "ss -ltnp" in detail
    assert found["admin.listen"][0] == "ok"


def test_data_that_others_can_read_is_named(new_busbar):
    busbar = new_busbar().start()
    busbar.stop()
    os.chmod(busbar.data, 0o755)
    code, found = check(busbar, *free_addresses())
    assert code == 0 and found["rights"][0] == "warning"
    os.chmod(busbar.data / "registration.db", 0o644)
    code, found = check(busbar, *free_addresses())
    assert code == 1 and found["rights"][0] == "failed" and "registration.db" in found["rights"][1]


def test_damaged_data_is_told_and_left_as_it_is(new_busbar):
    busbar = new_busbar().start()
    busbar.stop()
    file = busbar.data / "email.db"
    file.write_bytes(b"this is no database at all, and long enough to be seen" * 40)
    before = file.read_bytes()
    code, found = check(busbar, *free_addresses())
    assert code == 1 and found["schema"][0] == "failed" and "email.db" in found["schema"][1]
    assert file.read_bytes() == before


def test_a_mail_server_is_greeted_and_gets_no_mail(new_busbar, new_server):
    server = new_server()
    code, found = check(new_busbar(), *free_addresses(), "--smtp", server.url)
    assert code == 0 and found["mail server"] == ("ok", f"{server.url} takes mails")
    assert not server.mails


def test_what_a_mail_server_says_is_told(new_busbar, new_server):
    server = new_server(NOOP=lambda line: "421 4.3.2 closed for today")
    code, found = check(new_busbar(), *free_addresses(), "--smtp", server.url)
    assert code == 1 and found["mail server"][0] == "failed" and "closed for today" in found["mail server"][1]
    url = server.url
    server.end()
    code, found = check(new_busbar(), *free_addresses(), "--smtp", url)
    assert code == 1 and found["mail server"][0] == "failed" and "refused" in found["mail server"][1]


def test_the_broker_is_asked_and_no_password_is_told(new_busbar, rabbitmq, virtual_host):
    busbar = new_busbar()
    url = rabbitmq.url_of(virtual_host)
    code, found = check(busbar, *free_addresses(), "--bus", url)
    assert code == 0 and found["broker"][0] == "ok"
    wrong = url.replace("@", "canary@", 1)  # the end of the password
    code, found = check(busbar, *free_addresses(), "--bus", wrong)
    assert code == 1 and found["broker"][0] == "failed" and "canary" not in found["broker"][1]


def test_a_collector_that_is_away_is_a_warning(new_busbar):
    code, found = check(new_busbar(), *free_addresses(), "--otlp", "http://127.0.0.1:1")
    assert code == 0 and found["collector"][0] == "warning" and "127.0.0.1:1" in found["collector"][1]


def test_people_get_a_table(new_busbar):
    busbar = new_busbar()
    code, out, _ = busbar.command("check", "--data", str(busbar.data), *free_addresses())
    assert code == 0 and out.splitlines()[0].split() == ["STATE", "WHAT", "DETAIL"]
    assert all(line.startswith("ok ") for line in out.splitlines()[1:]), out
