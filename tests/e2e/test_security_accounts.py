"""The rows S03 to S26 of tests/security/rows.txt that need the whole program: accounts, sessions, forms."""

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
ALLOWANCE = 20  # MiB: what the connections and a library take besides
SIGN_INS = 500


def resident_memory(pid):
    """MiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def test_S03_sign_ins_at_once_cost_no_more_memory_than_the_pool(busbar, record_property):
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

    assert {answer.status for answer in answers} <= {401, 503}
    assert {answer.status for answer in answers} & {401}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)
    assert most - before < 2 * HASH_MEMORY + ALLOWANCE
    assert healthy.troubles == [] and healthy.times["/livez"]


def test_S06_password_fields_are_made_for_password_managers(shared):
    for path, wanted in (("/register", "new-password"), ("/login", "current-password")):
        page = shared.get(path).text
        field = re.search(r'<input id="password"[^>]*>', page).group()
        assert f'autocomplete="{wanted}"' in field and 'type="password"' in field
        assert 'class="toggle"' in page and "onpaste" not in page
    assert "paste" not in shared.get("/assets/password.js").text


@pytest.mark.parametrize("address, password", [("guest", "guest"), ("admin", "admin"), ("admin@localhost", "admin"),
                                               ("root@localhost", ""), ("busbar@localhost", "busbar")])
def test_S08_nobody_is_there_from_the_start(shared, address, password):
    assert begin_session(shared, address, password).status == 401
    database = sqlite3.connect(f"file:{shared.data}/registration.db?mode=ro", uri=True)
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
    assert database.execute("SELECT count(*) FROM users").fetchone() == (1,)
    database.close()


def test_S20_signing_in_gives_a_new_session_and_signing_out_ends_it(busbar):
    confirmed_account(busbar, ADA)
    visitor = Visitor(busbar)
    visitor.cookies[SESSION] = "planted-by-somebody-else"

    assert visitor.sign_in(ADA).status == 303
    first = visitor.cookies[SESSION]
    assert first != "planted-by-somebody-else" and len(first) == 43
    assert visitor.get("/account").status == 200
    assert visitor.sign_in(ADA).status == 303
    second = visitor.cookies[SESSION]
    assert busbar.get("/api/v1/users/me", {"Cookie": f"{SESSION}={first}"}).status == 401
    assert visitor.send("/logout", page="/account").status == 303
    assert SESSION not in visitor.cookies
    assert busbar.get("/api/v1/users/me", {"Cookie": f"{SESSION}={second}"}).status == 401
    assert busbar.stop() == 0
    for path in busbar.folder.rglob("*"):
        assert not path.is_file() or second.encode() not in path.read_bytes(), path


def test_S21_the_cookie_of_a_session_is_out_of_reach(busbar):
    confirmed_account(busbar, ADA)
    visitor = Visitor(busbar)
    answer = visitor.sign_in(ADA)

    [line] = [line for line in answer.headers.get_all("Set-Cookie") if line.startswith(SESSION)]
    attributes = {part.strip() for part in line.split(";")[1:]}
    assert attributes >= {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert not any(attribute.startswith("Domain") for attribute in attributes)


def test_S21_over_plain_http_nobody_signs_in_from_afar(new_busbar):
    busbar = new_busbar("--public-url", "http://busbar.example.org").start()

    for method, body in (("GET", None), ("POST", "email=a&password=b")):
        answer = busbar.request(method, "/login", body, {"Host": "busbar.example.org", "Accept": "text/html",
                                                         "Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 403 and "https://" in answer.text, answer
        assert "Set-Cookie" not in answer.headers


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
