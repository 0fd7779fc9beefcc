"""What Busbar does for those who develop programs that send mails: mails are kept, and sent when somebody says so."""

import re
import smtplib
import socket
from email.message import EmailMessage

import pytest

from busbar import eventually


def mail(busbar, *arguments):
    return busbar.command("mail", *arguments, "--data", str(busbar.data))


def send(busbar, *to):
    answer = busbar.admin("POST", "/api/v1/emails", {"to": list(to), "subject": "A subject", "text": "A text"})
    assert answer.status == 202, answer
    return answer.json["id"]


def seen(busbar, mail_id, *statuses):
    return eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json, lambda found: found["status"] in statuses)


def test_a_captured_mail_is_released_to_those_alone_who_are_allowed(new_busbar, smtp_server):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_RELEASE_URL": f"smtp://{smtp_server.address}",
                                     "BUSBAR_EMAIL_RELEASE_TO": "ada@example.org,@near.example"}).start()
    allowed, outside = send(busbar, "ADA@example.org", "bob@near.example"), send(busbar, "ada@example.org", "eve@example.org")
    seen(busbar, allowed, "captured")
    seen(busbar, outside, "captured")

    code, _, told = mail(busbar, "release", outside)
    assert code == 1 and "eve@example.org" in told and "email.release_to" in told
    assert busbar.admin("POST", f"/api/v1/emails/{outside}/release").status == 409
    assert busbar.admin("POST", "/api/v1/emails/none/release").status == 404
    assert busbar.request("POST", f"/api/v1/emails/{allowed}/release", listener="admin").status == 401

    for _ in range(2):
        answer = busbar.admin("POST", f"/api/v1/emails/{allowed}/release", headers={"Idempotency-Key": "once"})
        assert (answer.status, answer.json) == (202, {"id": allowed, "status": "queued"})
        seen(busbar, allowed, "sent")
    code, _, told = mail(busbar, "release", allowed)
    assert code == 1 and "this one is sent" in told
    [arrived] = smtp_server.mails
    assert arrived["to"] == ["ADA@example.org", "bob@near.example"]
    assert seen(busbar, outside, "captured")["attempts"] == 0


def test_without_a_server_or_a_list_nothing_is_released_and_what_lacks_is_named(new_busbar):
    busbar = new_busbar().start()
    mail_id = send(busbar, "ada@example.org")
    seen(busbar, mail_id, "captured")
    assert "email.release_to" in busbar.admin("POST", f"/api/v1/emails/{mail_id}/release").json["detail"]
    busbar.stop()

    busbar.environment["BUSBAR_EMAIL_RELEASE_TO"] = "*"
    busbar.start()
    assert "email.release_url" in busbar.admin("POST", f"/api/v1/emails/{mail_id}/release").json["detail"]


def test_chaos_shows_what_becomes_of_mails_with_a_bad_server(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_CHAOS": "defer=1", "BUSBAR_EMAIL_RETRY": "50ms"}).start()
    mail_id = send(busbar, "ada@example.org")
    found = eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json, lambda mail: mail["attempts"] >= 3)
    assert "chaos" in found["last_error"] and "451" in found["transcripts"][0]["text"]
    assert "email.chaos" in busbar.output()
    busbar.stop()

    del busbar.environment["BUSBAR_EMAIL_CHAOS"]
    busbar.start()
    assert seen(busbar, mail_id, "captured")["last_error"] is None


@pytest.mark.parametrize("key, value", [("SMTP_URL", "smtp://mail.example.org"), ("RELEASE_URL", "smtp://mail.example.org"),
                                        ("ROUTES", "a.example=smtp://127.0.0.1:25,b.example=smtp://mail.example.org")])
def test_chaos_is_refused_where_mails_could_reach_people(new_busbar, key, value):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_CHAOS": "drop=0.1", f"BUSBAR_EMAIL_{key}": value})
    for command in (("serve",), ("config", "--check")):
        code, _, told = busbar.command(*command, "--data", str(busbar.data))
        assert code == 78 and "email.chaos" in told and "mail.example.org" in told, told
    assert not busbar.data.exists()


@pytest.fixture
def trap(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_TRAP_LISTEN": "127.0.0.1:0", "BUSBAR_LOG_FORMAT": "json"}).start()
    # The log is written by a thread of its own, so it may be behind the ready file.
    [line] = eventually(lambda: [line for line in busbar.output().splitlines()
                                 if "mails that programs send here are kept" in line])
    busbar.trap = ("127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+)", line)[1]))
    return busbar


def mails_of(busbar):
    return busbar.admin("GET", "/api/v1/emails?size=100").json["items"]


def replies(connection, text):
    """What is said until the server closes."""
    connection.sendall(text)
    connection.shutdown(socket.SHUT_WR)
    with connection.makefile("rb") as lines:
        return [line[:3].decode() for line in lines if line[3:4] == b" "]


def test_programs_hand_over_mails_by_smtp_and_see_them_kept(trap):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Zoë <zoe@example.org>", "ada@example.org", "Grüße"
    message.set_content("Tschüß\n.\n")
    message.add_alternative("<p>Tschüß</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    with smtplib.SMTP(*trap.trap) as client:
        client.login("anybody", "anything")
        given = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        client.sendmail("zoe@example.org", ["ada@example.org", "hidden@example.org"], given)
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("a@example.org", ["b@example.org"], b"x" * 80 + b"\r\n" + (b"y" * 900 + b"\r\n") * 12000)
        assert refused.value.smtp_code == 552

    [kept] = mails_of(trap)
    assert (kept["status"], kept["subject"], kept["from"]) == ("captured", "Grüße", "Zoë <zoe@example.org>")
    assert kept["to"] == ["ada@example.org", "hidden@example.org"] and "Tschüß" in kept["text"]
    assert [(file["name"], file["type"], file["size"]) for file in kept["attachments"]] == [("a.pdf", "application/pdf", 4)]
    raw = trap.admin("GET", f"/api/v1/emails/{kept['id']}/raw").body
    assert raw.startswith(b"Received: from ") and raw.split(b"\r\n", 3)[3] == given
    code, listed, _ = mail(trap, "search", "grüße")
    assert code == 0 and kept["id"] in listed
    assert mail(trap, "show", kept["id"])[0] == 0


BEGIN = b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"])
def test_S37_what_only_some_servers_take_for_an_end_smuggles_no_mail_into_the_trap(trap, end):
    smuggled = BEGIN + b"x" + end + BEGIN + b"Subject: smuggled\r\n\r\n\r\n.\r\nQUIT\r\n"
    with socket.create_connection(trap.trap, timeout=10) as connection:
        assert replies(connection, smuggled) == ["220", "250", "250", "250", "354", "554", "221"]
    assert mails_of(trap) == []


def test_the_trap_stands_hostile_clients(trap):
    with socket.create_connection(trap.trap, timeout=10) as half:
        half.sendall(b"EHLO half")  # and no end of it, while others come
        for text, wanted in ((b"x" * 5000, ["220", "500"]), (b"\0\r\n" * 30, ["220"] + ["500"] * 20 + ["421"]),
                             (BEGIN + b"y" * 100_000 + b"\r\n.\r\nQUIT\r\n", ["220", "250", "250", "250", "354", "554", "221"]),
                             (BEGIN + b"cut off", ["220", "250", "250", "250", "354"]),
                             (BEGIN + b"Subject: " + b"x\r\n.\r\n" + BEGIN[8:] + b"y\r\n.\r\nQUIT\r\n",
                              ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"])):
            with socket.create_connection(trap.trap, timeout=10) as connection:
                assert replies(connection, text) == wanted, text[:100]
        assert len(mails_of(trap)) == 2
        half.sendall(b"\r\nQUIT\r\n")
        assert b"221 " in half.makefile("rb").read()


def test_the_trap_is_for_this_machine_alone(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_TRAP_LISTEN": "0.0.0.0:1025"})
    code, _, told = busbar.command("serve", "--data", str(busbar.data))
    assert code == 78 and "email.trap_listen" in told and "loopback" in told

    with socket.create_server(("127.0.0.1", 0)) as taken:
        busbar.environment["BUSBAR_EMAIL_TRAP_LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, told = busbar.command("serve", "--data", str(busbar.data), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
        assert code == 69 and "email.trap_listen" in told
