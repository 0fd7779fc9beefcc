"""The rows S03 to S25 of tests/security/rows.txt that need the whole program: passwords, addresses, forms. Those of sessions
are in test_security_sessions.py, those of what is limited or told to nobody in test_security_limits.py."""

import concurrent.futures
import pathlib
import re
import sqlite3

import pytest

from attack import HealthyClient
from busbar import PASSWORD, eventually
from visitor import SESSION, Visitor, begin_session, confirmed_account, signed_in

ADA = "ada@example.org"
HASH_MEMORY = 19  # MiB, the default
HASH_THREADS = 2  # so few that sign-ins come faster than they are hashed, on whatever machine
ALLOWANCE = 20  # MiB: what the connections and a library take besides
SIGN_INS = 500


def resident_memory(pid):
    """MiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def test_S03_sign_ins_at_once_cost_no_more_memory_than_the_pool(new_busbar, record_property):
    busbar = new_busbar(environment={"BUSBAR_REGISTRATION_HASH_THREADS": str(HASH_THREADS)}).start()
    confirmed_account(busbar, ADA)
    assert begin_session(busbar, ADA).status == 201
    before = resident_memory(busbar.pid)

    most = before
    with HealthyClient(busbar) as healthy, concurrent.futures.ThreadPoolExecutor(SIGN_INS) as threads:
        asked = [threads.submit(begin_session, busbar, ADA, "a wrong password") for _ in range(SIGN_INS)]
        while not all(one.done() for one in asked):
            most = max(most, resident_memory(busbar.pid))
            concurrent.futures.wait(asked, timeout=0.02)
        answers = [one.result() for one in asked]
    record_property("GET /livez meanwhile", f"p99 {healthy.percentile('/livez', 99):.1f} ms, {len(healthy.times['/livez'])} requests")

    # More than the pool and its queue hold are refused.
    assert {answer.status for answer in answers} == {401, 503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status == 503)
    assert most - before < HASH_THREADS * HASH_MEMORY + ALLOWANCE
    assert healthy.troubles == [] and healthy.times["/livez"]


@pytest.mark.parametrize("password, others", [
    ("x" * 80, ["x" * 72, "x" * 79, "x" * 81]),
    ("before\0after it", ["before", "before\0", "before\0after", "beforeafter it"]),
    ("👩‍💻 ☃ four emoji 🔑🔑", ["👩‍💻 ☃ four emoji 🔑", "👩💻 ☃ four emoji 🔑🔑"]),
    ("  spaces around  ", ["spaces around", "  spaces around", "spaces around  "]),
    ("é" * 512, ["é" * 511, "e" * 512]),
], ids=["80 bytes", "NUL", "emoji", "spaces", "1024 bytes"])
def test_S04_a_password_is_all_of_its_characters(busbar, password, others):
    confirmed_account(busbar, ADA, password)

    assert begin_session(busbar, ADA, password).status == 201
    for other in others:
        assert begin_session(busbar, ADA, other).status == 401, other


def test_S04_a_byte_more_than_1024_is_refused(shared):
    for password, status in (("é" * 512, 202), ("é" * 512 + "x", 422), ("x" * 7, 422)):
        assert shared.register(f"{len(password)}@example.org", password=password).status == status


def test_S04_the_form_advises_fifteen(shared):
    assert "15 or more" in shared.get("/register").text


@pytest.mark.parametrize("password", ["password", "PASSWORD", "qwertyuiop1", "lovelace123456", "busbar2024", "example.org",
                                      "lovelace@example.org"])
def test_S05_what_attackers_try_first_is_refused_by_name(shared, password):
    answer = shared.register("lovelace@example.org", password=password)

    assert (answer.status, answer.json["type"]) == (422, "/problems/too_common"), answer
    assert [error["field"] for error in answer.json["errors"]] == ["password"]


def test_S06_password_fields_are_made_for_password_managers(shared):
    for path, wanted in (("/register", "new-password"), ("/login", "current-password")):
        page = shared.get(path).text
        field = re.search(r'<input id="password"[^>]*>', page).group()
        assert f'autocomplete="{wanted}"' in field and 'type="password"' in field
        assert 'class="toggle"' in page and "onpaste" not in page
    assert "paste" not in shared.get("/assets/password.js").text


def test_S08_every_folder_of_data_has_secrets_of_its_own(new_busbar):
    first, second = new_busbar().start(), new_busbar().start()

    assert len(first.admin_token) == 43 and first.admin_token != second.admin_token
    for token in ("", "admin", "admin-token", first.admin_token):
        headers = {"Authorization": f"Bearer {token}"}
        assert second.request("GET", "/api/v1/emails", headers=headers, listener="admin").status == 401


@pytest.mark.parametrize("address, password", [("guest", "guest"), ("admin", "admin"), ("admin@localhost", "admin"),
                                               ("root@localhost", ""), ("busbar@localhost", "busbar")])
def test_S08_nobody_is_there_from_the_start(busbar, address, password):
    assert begin_session(busbar, address, password).status == 401
    database = sqlite3.connect(f"file:{busbar.data}/registration.db?mode=ro", uri=True)
    assert database.execute("SELECT count(*) FROM users").fetchone() == (0,)
    database.close()


def test_S09_one_address_is_one_account_however_it_is_written(busbar):
    confirmed_account(busbar, "Ada@Example.org")

    assert begin_session(busbar, "ADA@EXAMPLE.ORG").status == 201
    busbar.register("aDA@example.ORG")
    busbar.post("/api/v1/password-resets", {"email": "ada@EXAMPLE.org"})
    # The welcome, that somebody registered again, and the way to a new password.
    eventually(lambda: {mail["subject"] for mail in busbar.mails_to("ada@example.org")}, lambda found: len(found) == 3)
    assert busbar.stop() == 0
    database = sqlite3.connect(busbar.data / "registration.db")
    assert database.execute("SELECT email, email_key FROM users").fetchall() == [("Ada@Example.org", "ada@example.org")]
    database.close()


def test_S09_a_domain_is_one_in_its_own_letters_and_in_ascii(busbar):
    busbar.register("Ada@Bücher.example")
    [token] = [busbar.token_for("ada@xn--bcher-kva.example")]
    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 204

    for written in ("ada@bücher.example", "ADA@BÜCHER.EXAMPLE", "ada@XN--Bcher-Kva.example"):
        assert begin_session(busbar, written).status == 201, written
    busbar.register("ada@xn--bcher-kva.example")
    busbar.post("/api/v1/password-resets", {"email": "ada@BÜCHER.example"})
    eventually(lambda: {mail["subject"] for mail in busbar.mails_to("ada@xn--bcher-kva.example")}, lambda found: len(found) == 3)
    assert busbar.admin("GET", "/api/v1/users").json["total_count"] == 1


def test_S25_a_token_belongs_to_one_browser_and_one_session(busbar):
    confirmed_account(busbar, ADA)
    victim, attacker = Visitor(busbar), Visitor(busbar)
    foreign = attacker.token_of_form("/login")
    own = victim.token_of_form("/login")

    wrong = {"email": ADA, "password": PASSWORD}
    for token in (foreign, "", own[:-1], own + "x"):
        assert victim.post("/login", {**wrong, "csrf_token": token}).status == 403
    assert victim.post("/login", {**wrong, "csrf_token": own}).status == 303
    # A token from before the sign-in is void after it.
    assert victim.post("/account/name", {"name": "Eve", "csrf_token": own}).status == 403
    assert victim.get("/account").status == 200


def test_S25_what_a_session_may_needs_the_token_of_its_form(busbar):
    confirmed_account(busbar, ADA)
    victim = signed_in(busbar, ADA)

    for path in ("/logout", "/account/name", "/account/password", "/account/delete"):
        answer = victim.post(path, {"name": "Eve"})
        assert answer.status == 403, answer
    assert victim.request("PATCH", "/api/v1/users/me", {"name": "Eve"}).status == 403
    assert victim.request("DELETE", "/api/v1/sessions/current").status == 403
    assert victim.request("GET", "/api/v1/users/me").json["name"] == "Ada Lovelace"
