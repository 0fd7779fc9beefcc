"""Whatever people call themselves and write: one mail to one recipient, with our headers and their text, or a refusal."""

import re

import pytest

from busbar import Busbar, eventually, parse_message, part_of
from smtp import Server
from visitor import Visitor

HEADERS = {"date", "from", "subject", "to", "message-id", "auto-submitted", "mime-version", "content-type", "content-transfer-encoding"}
EVIL = "evil@evil.test"
HOSTILE = [
    ("name", f"A\r\nBcc: {EVIL}"), ("name", f"A\nBcc: {EVIL}"), ("name", f"A\rBcc: {EVIL}"), ("name", "A\0B"),
    ("name", f"A\u2028Bcc: {EVIL}"), ("name", f"A\u0085Bcc: {EVIL}"), ("name", f'" <{EVIL}>, "'), ("name", f"<{EVIL}>, B"),
    ("name", f"=?utf-8?q?=0D=0ABcc:_{EVIL}?="), ("name", "\\\"; x\\"), ("name", f"A%0d%0aBcc: {EVIL}"),
    ("subject", f"x\r\nBcc: {EVIL}"), ("subject", f"x\n\nMAIL FROM:<{EVIL}>"), ("subject", f"=?utf-8?b?DQpCY2M6IGV2aWxAZXZpbC50ZXN0?= {EVIL}"),
    ("subject", f"x\u2029To: {EVIL}"),
    ("address", "a@b.example>\r\nDATA"), ("address", f"a@b.example\r\nRCPT TO:<{EVIL}>"), ("address", '"a b"@c.example'),
    ("address", f"a@b.example,{EVIL}"), ("address", f"a@b.example> RCPT TO:<{EVIL}"), ("address", "a@" + "b." * 123 + "example"),
    ("text", f"a\n.\nMAIL FROM:<{EVIL}>\nb"), ("text", f"a\r\n.\r\nMAIL FROM:<{EVIL}>\r\nRCPT TO:<{EVIL}>\r\nDATA\r\nx\r\n.\r\nQUIT"),
    ("text", f"a\r.\rMAIL FROM:<{EVIL}>\r\n.\rb\n.\r\nc"), ("text", "x" * 5120),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server with one connection to its mail server, so that mails arrive in the order in which they were asked for."""
    smtp = Server()
    busbar = Busbar(tmp_path_factory.mktemp("hostile"), ["--smtp", f"smtp://{smtp.address}", "--mail-from", "no-reply@example.org"],
                    environment={"BUSBAR_EMAIL_CONNECTIONS": "1"}).start()
    yield busbar, smtp.box
    busbar.end()
    smtp.end()


def arrived(busbar, box):
    """What has come, once a mail that was asked for after it is there; each as it must be, whoever asked for it."""
    assert busbar.admin("POST", "/api/v1/emails", {"to": ["last@example.org"], "subject": "last", "text": "last"}).status == 202
    eventually(lambda: box.mails and box.mails[-1]["to"] == ["last@example.org"])
    *mails, last = box.mails
    box.mails.clear()
    for mail in [*mails, last]:
        message = parse_message(mail["raw"])
        assert mail["from"] == "no-reply@example.org" and len(mail["to"]) == 1 and EVIL not in mail["to"]
        assert {name.lower() for name in message.keys()} <= HEADERS and len(set(message.keys())) == len(message.keys())
        assert [one.addr_spec for one in message["To"].addresses] == mail["to"]
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail["raw"]) and max(map(len, mail["raw"].split(b"\r\n"))) <= 998
    return mails


def as_lines(text):
    return re.sub("\r\n?", "\n", text).rstrip("\n")


@pytest.mark.parametrize("where, value", [case for case in HOSTILE if case[0] == "name"])
@pytest.mark.parametrize("way", ["api", "form"])
def test_S35_S36_no_name_is_more_than_a_name(world, request, way, where, value):
    busbar, box = world
    box.mails.clear()  # of a test that failed
    number = request.node.callspec.indices["value"]
    address = f"{way}-{number}@example.org"
    if way == "api":
        status = busbar.register(address, name=value).status
    else:
        status = Visitor(busbar).send("/register", name=value, email=address, password="correct horse battery staple").status

    taken = status in (202, 303)
    assert taken or status == 422
    assert taken == (not re.search(r"[\x00-\x1f]", value))
    if taken:
        eventually(lambda: box.mails)
    mails = arrived(busbar, box)
    assert [mail["to"] for mail in mails] == ([[address]] if taken else [])
    for mail in mails:
        assert parse_message(mail["raw"])["To"].addresses[0].display_name == value


@pytest.mark.parametrize("where, value", [case for case in HOSTILE if case[0] != "name"])
def test_S35_S36_S37_no_mail_is_more_than_one_mail(world, where, value):
    busbar, box = world
    box.mails.clear()  # of a test that failed
    field = {"address": "to"}.get(where, where)
    mail = {"to": ["ada@example.org"], "subject": "x", "text": "y", field: [value] if field == "to" else value}
    status = busbar.admin("POST", "/api/v1/emails", mail).status
    if where == "address":
        assert busbar.register(value).status == 422

    taken = where == "text" or (where == "subject" and not re.search(r"[\x00-\x1f]", value))
    assert status == (202 if taken else 422)
    mails = arrived(busbar, box)
    assert [one["to"] for one in mails] == ([mail["to"]] if taken else [])
    for one in mails:
        message = parse_message(one["raw"])
        assert as_lines(part_of(message, "plain")) == as_lines(mail["text"])
        assert message["Subject"] == mail["subject"]
