"""Mails leave for Postfix, and Python's own reader and Debian's DKIM verifier look at what it delivered."""

import base64
import urllib.parse

import pytest

from busbar import eventually, link_in, parse_message, part_of
from certificates import Authority
from mta import PASSWORD, USER, Postfix, what_it_lacks
from signatures import new_key, signing_with, verifies

LACKING = what_it_lacks()
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)

SENDER = "Zoë Grüße, Köln"
TEXT = "\n".join(["Grüße 🦀👩‍👩‍👧", ".", "..", ".hidden", "From me", "", "x" * 5000, "ü" * 3000, "tab\tand trailing \t", "", "end"])
HTML = f"<p>Grüße 🦀</p>\n.\n<p>{'long ' * 1000}</p>"
EVERY_BYTE = bytes(range(256)) * 300
FILES = [("Übersicht für Zoë 🦀.bin", "application/octet-stream", EVERY_BYTE), ("note.txt", "text/plain", b".\r\none\rtwo\n.\n"),
         ("empty.pdf", "application/pdf", b"")]


@pytest.fixture(scope="module")
def postfix():
    server = Postfix()
    yield server
    server.end()


@pytest.fixture
def new_sender(new_busbar, postfix, tmp_path):
    """Makes servers that send through Postfix, and sign when they are given the kind of a key."""

    def make(url=None, kind=None, **environment):
        account = f"{USER}:{urllib.parse.quote(PASSWORD, safe='')}"
        environment = {"BUSBAR_EMAIL_SMTP_URL": url or f"smtp://{account}@127.0.0.1:{postfix.starttls}",
                       "BUSBAR_EMAIL_FROM": f'"{SENDER}" <busbar@example.org>',
                       "BUSBAR_EMAIL_CA_FILE": str(postfix.authority.file), **environment}
        environment["BUSBAR_EMAIL_SMTP_URL"] = environment["BUSBAR_EMAIL_SMTP_URL"].replace("ACCOUNT", account)
        if kind:
            environment |= signing_with(new_key(tmp_path, kind))
        return new_busbar(environment=environment).start()

    return make


def send(busbar, to, **more):
    answer = busbar.admin("POST", "/api/v1/emails", {"to": to, "subject": "x", "text": "y", **more})
    assert answer.status == 202, answer
    return answer.json["id"]


def seen(busbar, mail_id, wanted):
    return eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json, wanted)


def with_error(mail):
    return mail["last_error"]


@pytest.mark.parametrize("url, kind", [("smtp://ACCOUNT@127.0.0.1:{0.starttls}", "rsa"), ("smtps://ACCOUNT@localhost:{0.smtps}", "ed25519")],
                         ids=["starttls-rsa", "smtps-ed25519"])
def test_what_arrives_is_what_was_given_and_its_signature_is_good(postfix, new_sender, url, kind):
    busbar = new_sender(url.format(postfix), kind)
    ada, bob, eve = (f"{name}.{kind}@example.org" for name in ("ada", "bob", "eve"))
    subject = f"{kind} für Zoë: " + "ein sehr langer Betreff 🦀 " * 8
    send(busbar, [ada], cc=[bob], bcc=[eve], reply_to="help@example.org", subject=subject.strip(), text=TEXT, html=HTML,
         attachments=[{"name": name, "type": type, "content": base64.b64encode(content).decode()} for name, type, content in FILES])

    for address in (ada, bob, eve):
        [raw] = postfix.arrived(address)
        message = parse_message(raw)
        assert not message.defects and not any(part.defects for part in message.walk())
        assert message["From"].addresses[0].display_name == SENDER and message["From"].addresses[0].addr_spec == "busbar@example.org"
        assert (message["Subject"], message["To"], message["Cc"], message["Reply-To"]) == (subject.strip(), ada, bob, "help@example.org")
        assert message["Return-Path"] == "<busbar@example.org>" and "Bcc" not in message
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/html", *(type for _, type, _ in FILES)]
        assert part_of(message, "plain").rstrip("\n") == TEXT and part_of(message, "html").rstrip("\n") == HTML
        assert {part.get_content_charset() for part in message.walk() if part.get_content_maintype() == "text"} >= {"utf-8"}
        assert [(file.get_filename(), file.get_content_type(), file.get_payload(decode=True))
                for file in message.iter_attachments()] == FILES
        assert max(map(len, raw.splitlines())) <= 998
        assert verifies(busbar, raw)
        if address != eve:
            assert eve.encode() not in raw


@pytest.mark.parametrize("change", [
    (b"Subject: Hello", b"Subject: Hallo"), (b"Reply-To: help@", b"Reply-To: evil@"), (b"A text", b"A test"),
    (b"From: ", b"From: eve@evil.test\nFrom: "), (b"\nTo: ", b"\nTo: eve@evil.test\nTo: ")])
def test_a_signature_is_broken_by_what_a_reader_would_see(postfix, new_sender, change, request):
    busbar = new_sender(kind="ed25519")
    address = f"{request.node.callspec.id}@example.org"
    send(busbar, [address], reply_to="help@example.org", subject="Hello", text="A text")

    [raw] = postfix.arrived(address)
    assert verifies(busbar, raw) and raw.count(change[0]) >= 1
    assert not verifies(busbar, raw.replace(*change, 1))


def test_a_welcome_mail_is_signed_and_its_kept_copy_is_not(postfix, new_sender):
    busbar = new_sender(kind="rsa")
    busbar.register("welcome@example.org", name="Ada «Ü» Löve")

    [raw] = postfix.arrived("welcome@example.org")
    message = parse_message(raw)
    assert verifies(busbar, raw) and message["To"].addresses[0].display_name == "Ada «Ü» Löve"
    assert link_in(part_of(message, "plain"))
    kept = busbar.admin("GET", f"/api/v1/emails/{busbar.mail_to('welcome@example.org', 'sent')['id']}/raw").body
    assert parse_message(kept)["Message-ID"] == message["Message-ID"] and b"DKIM-Signature" not in kept


def test_a_wrong_password_leaves_the_mail_in_the_queue_with_the_reason(postfix, new_sender):
    busbar = new_sender(f"smtp://{USER}:canary@127.0.0.1:{postfix.starttls}")
    found = seen(busbar, send(busbar, ["nobody@example.org"]), with_error)

    assert found["status"] == "queued" and "535 5.7.8" in found["last_error"] and "authentication failed" in found["last_error"]
    assert "canary" not in busbar.output() + str(found)


@pytest.mark.parametrize("way", ["starttls", "smtps"])
def test_S39_a_certificate_of_another_authority_leaves_the_mail_in_the_queue_with_the_reason(postfix, new_sender, tmp_path, way):
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    scheme = {"starttls": "smtp", "smtps": "smtps"}[way]
    busbar = new_sender(f"{scheme}://ACCOUNT@127.0.0.1:{getattr(postfix, way)}", BUSBAR_EMAIL_CA_FILE=str(other.file))
    found = seen(busbar, send(busbar, ["nobody@example.org"]), with_error)

    assert found["status"] == "queued" and "certificate" in found["last_error"], found


def test_S36_an_address_in_utf8_goes_to_a_server_that_offers_smtputf8_and_to_no_other(postfix, new_sender):
    busbar = new_sender(kind="rsa")
    send(busbar, ["zoë@example.org"], subject="Grüße")
    [raw] = postfix.arrived("zoë@example.org")
    assert verifies(busbar, raw) and parse_message(raw)["To"] == "zoë@example.org"

    ascii_only = new_sender(f"smtp://ACCOUNT@127.0.0.1:{postfix.ascii}")
    failed = seen(ascii_only, send(ascii_only, ["noël@example.org"]), lambda mail: mail["status"] == "failed")
    assert failed["last_error"] == "553 5.6.7 the server offers no SMTPUTF8, which an address of this mail needs"
    send(ascii_only, ["noel@example.org"], subject="Grüße")
    assert parse_message(postfix.arrived("noel@example.org")[0])["Subject"] == "Grüße"
