"""The rows S07 and S20 to S22 of tests/security/rows.txt as a person with browsers and programs sees them."""

import re
import subprocess
import urllib.parse

import pytest

from busbar import PASSWORD, eventually
from visitor import SESSION, Visitor, begin_session, confirmed_account, signed_in

ADA = "ada@example.org"
NEW_PASSWORD = "staple of another kind"


def me(busbar, token):
    return busbar.get("/api/v1/users/me", {"Authorization": f"Bearer {token}"}).status


def test_S07_a_new_password_ends_the_other_sessions_and_is_told_once(busbar):
    confirmed_account(busbar, ADA)
    own, other = signed_in(busbar, ADA), signed_in(busbar, ADA)
    program = begin_session(busbar, ADA).json["token"]
    before = own.cookies[SESSION]

    wrong = own.send("/account/password", page="/account", current_password=NEW_PASSWORD, new_password=NEW_PASSWORD)
    assert wrong.status == 422 and other.get("/account").status == 200
    changed = own.send("/account/password", page="/account", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert changed.status == 303
    assert own.cookies[SESSION] != before and own.request("GET", "/api/v1/users/me").status == 200
    for ended in (before, other.cookies[SESSION]):
        assert busbar.get("/api/v1/users/me", {"Cookie": f"{SESSION}={ended}"}).status == 401
    assert me(busbar, program) == 401
    assert begin_session(busbar, ADA).status == 401
    assert begin_session(busbar, ADA, NEW_PASSWORD).status == 201
    # A mail that was asked for later is there, so a second notice would be there too.
    busbar.post("/api/v1/password-resets", {"email": ADA})
    subjects = eventually(lambda: [mail["subject"] for mail in busbar.mails_to(ADA)],
                          lambda found: "A new password for Busbar" in found)
    assert subjects.count("Your password was changed") == 1


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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_S21_curl_keeps_the_cookie_of_a_session_on_this_machine(busbar, tmp_path, host):
    confirmed_account(busbar, ADA)
    url = busbar.url.replace("127.0.0.1", host)

    def curl(path, *arguments):
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-4", "-c", tmp_path / "cookies", "-b", tmp_path / "cookies",
                               "-H", "Accept: text/html", "-w", "\n%{http_code}", *arguments, url + path],
                              capture_output=True, text=True, check=True)
        text, _, status = done.stdout.rpartition("\n")
        return int(status), text

    token = re.search(r'name="csrf_token" value="([^"]+)"', curl("/login")[1]).group(1)
    form = urllib.parse.urlencode({"email": ADA, "password": PASSWORD, "csrf_token": token})
    assert curl("/account")[0] == 303
    assert curl("/login", "--data", form)[0] == 303
    status, page = curl("/account")
    assert status == 200 and ADA in page


def test_S22_a_session_ends_when_the_settings_say_so(new_busbar):
    # Each look uses the session, so it is the first key that ends the one and the second that ends the other.
    for key, value in (("LIFETIME", "2s"), ("IDLE", "10ms")):
        busbar = new_busbar(environment={f"BUSBAR_REGISTRATION_SESSION_{key}": value}).start()
        confirmed_account(busbar, ADA)
        visitor = Visitor(busbar)
        assert visitor.sign_in(ADA).status == 303
        token = begin_session(busbar, ADA).json["token"]

        eventually(lambda: me(busbar, token), lambda status: status == 401, what=f"the end of a session by {key}")
        eventually(lambda: visitor.get("/account").status, lambda status: status == 303)
        assert busbar.stop() == 0


def test_S22_their_owner_sees_the_sessions_and_ends_one(busbar):
    confirmed_account(busbar, ADA)
    confirmed_account(busbar, "grace@example.org")
    own, lost = (begin_session(busbar, ADA).json["token"] for _ in range(2))
    stranger = begin_session(busbar, "grace@example.org").json["token"]

    def ask(method, path, token):
        return busbar.request(method, "/api/v1/users/me/sessions" + path, headers={"Authorization": f"Bearer {token}"})

    listed = ask("GET", "", own).json["items"]
    assert sorted(session["current"] for session in listed) == [False, True]
    [other] = [session["id"] for session in listed if not session["current"]]
    assert ask("DELETE", f"/{other}", stranger).status == 404
    assert me(busbar, lost) == 200
    assert ask("DELETE", f"/{other}", own).status == 204
    assert (me(busbar, lost), me(busbar, own), me(busbar, stranger)) == (401, 200, 200)
