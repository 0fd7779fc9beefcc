"""Passwords and tokens are nowhere but where they must be."""

from busbar import eventually, parse_message, part_of, token_in

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


def test_passwords_are_kept_as_argon2id_with_a_salt_of_their_own(busbar):
    import re
    import sqlite3

    for address in ("ada@example.org", "grace@example.org"):
        busbar.register(address, password=PASSWORD)
    assert busbar.stop() == 0

    text = (busbar.data / "registration.db").read_bytes()
    hashes = set(re.findall(rb"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", text))
    database = sqlite3.connect(busbar.data / "registration.db")
    assert database.execute("SELECT count(*) FROM users").fetchone() == (2,)
    database.close()
    assert len(hashes) == 2
