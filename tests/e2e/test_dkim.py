"""Signed mails, and the key that signs them."""

import json
import re

import pytest

from busbar import eventually, parse_message
from signatures import new_key, signing_with, verifies

SENDER = ["--mail-from", "Busbar <busbar@example.org>"]


def test_each_attempt_is_signed_with_the_key_in_force(new_busbar, smtp_server, tmp_path):
    arguments = [*SENDER, "--smtp", f"smtp://{smtp_server.address}"]
    smtp_server.box.replies = ["451 come back later"]
    busbar = new_busbar(*arguments, environment={**signing_with(new_key(tmp_path, "rsa")), "BUSBAR_EMAIL_RETRY": "1s"}).start()
    busbar.register("ada@example.org")
    eventually(lambda: not smtp_server.box.replies)
    assert busbar.stop() == 0
    busbar.environment |= {"BUSBAR_EMAIL_DKIM_KEY_FILE": str(new_key(tmp_path, "ed25519")), "BUSBAR_EMAIL_DKIM_DOMAIN": "other.example"}
    busbar.start()

    [mail] = eventually(lambda: smtp_server.mails)
    assert verifies(busbar, mail["raw"])
    [signature] = parse_message(mail["raw"]).get_all("DKIM-Signature")
    assert "a=ed25519-sha256" in signature and "d=other.example" in signature and "s=mail-2026" in signature


def test_the_record_is_printed_as_a_zone_wants_it(new_busbar, tmp_path):
    busbar = new_busbar(*SENDER, environment=signing_with(new_key(tmp_path, "rsa")))
    code, out, err = busbar.command("mail", "dkim", *SENDER)
    as_json = json.loads(busbar.command("mail", "dkim", "--json", *SENDER)[1])

    name, texts = re.fullmatch(r'(\S+)\. IN TXT((?: "[^"]+")+)\n', out).groups()
    texts = re.findall(r'"([^"]+)"', texts)
    assert (code, err) == (0, "") and len(texts) == 2 and max(map(len, texts)) <= 255
    assert as_json == {"name": name, "type": "TXT", "value": "".join(texts)}
    assert name == "mail-2026._domainkey.example.org" and as_json["value"].startswith("v=DKIM1; k=rsa; p=MII")


@pytest.mark.parametrize("kind, words", [
    ("short", ["768 bits", "openssl genpkey"]), ("other", ["neither an RSA key nor an Ed25519 key"]), ("open", ["chmod 600"]),
    ("localhost", ["email.dkim_domain is missing", "no-reply@localhost"])])
def test_a_key_that_cannot_sign_ends_the_start_and_the_check(new_busbar, tmp_path, kind, words):
    key = new_key(tmp_path, kind if kind in ("short", "other") else "ed25519")
    if kind == "open":
        key.chmod(0o644)
    sender = [] if kind == "localhost" else SENDER
    busbar = new_busbar(*sender, environment=signing_with(key))

    assert busbar.run_to_its_end() == 78
    for told in (busbar.output(), *(busbar.command(*command, *sender)[2] for command in (["config", "--check"], ["mail", "dkim"]))):
        assert all(word in told for word in words), told


def test_a_weak_key_signs_and_is_warned_of(new_busbar, smtp_server, tmp_path):
    environment = {**signing_with(new_key(tmp_path, "weak")), "BUSBAR_EMAIL_FROM": "busbar@example.org"}
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment=environment).start()
    busbar.register("ada@example.org")

    [mail] = eventually(lambda: smtp_server.mails)
    assert verifies(busbar, mail["raw"])
    assert "make one of 2048 bits (email.dkim_key_file)" in busbar.output()


def test_without_a_key_it_is_told_how_to_make_one(new_busbar):
    code, out, err = new_busbar().command("mail", "dkim")

    assert (code, out) == (78, "") and "openssl genpkey" in err and "email.dkim_selector" in err
