"""Passwords and tokens are nowhere but where they must be."""

import re
import sqlite3

from busbar import eventually, parse_message, part_of, token_in
from visitor import SESSION, begin_session, signed_in

PASSWORD = "canary-7f3e9a-password-in-clear"


def files_with(busbar, text):
    """Names of all files of this server, output included, that hold the text."""
    needle = text.encode()
    return {path.name for path in busbar.folder.rglob("*") if path.is_file() and needle in path.read_bytes()}


def everything(busbar, token):
    busbar.get(f"/confirm?token={token}")
    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 204
    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 410
    busbar.post("/api/v1/registrations", {"name": "Eve", "email": "eve", "password": PASSWORD})
    busbar.post("/api/v1/registrations", f'{{"password": "{PASSWORD}", ', {"Content-Type": "application/json"})
    busbar.get(f"/nowhere?password={PASSWORD}")
    assert busbar.stop() == 0


def test_a_captured_mail_holds_the_token_and_no_other_file_does(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_LOG_LEVEL": "debug"}).start()
    busbar.register("ada@example.org", password=PASSWORD)
    token = busbar.token_for("ada@example.org")
    everything(busbar, token)

    assert files_with(busbar, PASSWORD) == set()
    assert files_with(busbar, token) <= {"email.db", "email.db-wal"}


def test_after_delivery_no_file_holds_the_token(new_busbar, smtp_server):
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment={"BUSBAR_LOG_LEVEL": "debug"}).start()
    busbar.register("ada@example.org", password=PASSWORD)
    [mail] = eventually(lambda: smtp_server.mails)
    busbar.mail_to("ada@example.org", "sent")
    token = token_in(part_of(parse_message(mail["raw"]), "plain"))
    everything(busbar, token)

    assert files_with(busbar, PASSWORD) == set()
    assert files_with(busbar, token) == set()


def test_S16_S23_nothing_that_lets_somebody_in_is_told_or_kept(new_busbar, smtp_server):
    """What a person gives and gets in the life of an account, and what the program says of it, at its most talkative."""
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment={"BUSBAR_LOG_LEVEL": "debug"}).start()
    told = []

    def ask(*arguments):
        told.append(busbar.request(*arguments))
        return told[-1]

    def token_of_mail(number):
        mail = eventually(lambda: smtp_server.mails[number:], what=f"mail {number}")[0]
        return re.search(r"token=([\w-]+)", part_of(parse_message(mail["raw"]), "plain")).group(1)

    wrong, new = PASSWORD + "-wrong", PASSWORD + "-new"
    busbar.register("ada@example.org", password=PASSWORD)
    confirmation = token_of_mail(0)
    for _ in range(2):
        ask("POST", "/api/v1/confirmations", {"token": confirmation})
    ask("POST", "/api/v1/sessions", {"email": "ada@example.org", "password": wrong})
    visitor = signed_in(busbar, "ada@example.org", PASSWORD)
    cookie, form = visitor.cookies[SESSION], visitor.token_of_form("/account")
    bearer = begin_session(busbar, "ada@example.org", PASSWORD).json["token"]
    by_bearer = {"Authorization": f"Bearer {bearer}"}
    ask("PUT", "/api/v1/users/me/password", {"current_password": wrong, "new_password": new}, by_bearer)
    ask("PUT", "/api/v1/users/me/password", {"current_password": PASSWORD, "new_password": "password"}, by_bearer)
    ask("GET", f"/api/v1/users/me/{bearer}", None, by_bearer)
    ask("POST", "/api/v1/password-resets", {"email": "ada@example.org"})
    reset = token_of_mail(1)
    ask("POST", "/api/v1/confirmations", {"token": reset})  # not what it is for
    ask("POST", "/api/v1/password-resets/complete", {"token": confirmation, "password": new})
    assert ask("POST", "/api/v1/password-resets/complete", {"token": reset, "password": new}).status == 204
    assert ask("POST", "/api/v1/password-resets/complete", {"token": reset, "password": new}).status == 410
    for gone in (by_bearer, {"Cookie": f"{SESSION}={cookie}"}):
        assert ask("GET", "/api/v1/users/me", None, gone).status == 401
    eventually(lambda: [mail["status"] for mail in busbar.mails_to("ada@example.org")], lambda found: found == ["sent"] * 3)
    sent = [busbar.admin("GET", f"/api/v1/emails/{mail['id']}").text for mail in busbar.mails_to("ada@example.org")]
    assert any("/reset?token=" in text for text in sent) and any("/confirm?token=" in text for text in sent)
    assert busbar.stop() == 0

    for secret in (PASSWORD, confirmation, reset, cookie, form, bearer):
        assert len(secret) >= 30 and files_with(busbar, secret) == set()
        # The path that holds the bearer token is not repeated either.
        assert not [answer for answer in told if secret in f"{answer.headers}{answer.text}"]


def test_S16_a_link_for_a_new_password_ends_when_the_settings_say_so(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_REGISTRATION_RESET_LIFETIME": "1ms"}).start()
    busbar.register("ada@example.org")
    busbar.post("/api/v1/confirmations", {"token": busbar.token_for("ada@example.org")})
    busbar.post("/api/v1/password-resets", {"email": "ada@example.org"})
    mails = eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: len(found) == 2)
    text = busbar.admin("GET", f"/api/v1/emails/{mails[0]['id']}").json["text"]
    reset = {"token": re.search(r"/reset\?token=([\w-]+)", text).group(1), "password": "staple of another kind"}

    assert busbar.post("/api/v1/password-resets/complete", reset).status == 410


def test_passwords_are_kept_as_argon2id_with_a_salt_of_their_own(busbar):
    for address in ("ada@example.org", "grace@example.org"):
        busbar.register(address, password=PASSWORD)
    assert busbar.stop() == 0

    database = sqlite3.connect(busbar.data / "registration.db")
    hashes = {text for text, in database.execute("SELECT password_hash FROM users")}
    database.close()
    assert len(hashes) == 2
    for text in hashes:
        assert re.fullmatch(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", text), text
