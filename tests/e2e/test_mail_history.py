"""Mails as other programs ask for them, and what operators see of them afterwards."""

import base64
import json

import pytest

from busbar import eventually, parse_message

EVERY_BYTE = bytes(range(256)) * 3
MAIL = {"to": ["ada@example.org"], "cc": ["bob@example.org"], "bcc": ["eve@example.org"], "reply_to": "help@example.org",
        "subject": "Rechnung für Zoë", "text": "Grüße\n.\nund Tschüß", "html": "<p>Grüße</p>",
        "attachments": [{"name": "Übersicht 1.bin", "content": base64.b64encode(EVERY_BYTE).decode()},
                        {"name": "note.txt", "type": "text/plain", "content": base64.b64encode(b"one\r\ntwo").decode()}]}


def mail(busbar, *arguments):
    return busbar.command("mail", *arguments, "--data", str(busbar.data))


def send(busbar, **changes):
    answer = busbar.admin("POST", "/api/v1/emails", {**MAIL, **changes})
    assert answer.status == 202, answer
    return answer.json["id"]


def seen(busbar, mail_id, *statuses):
    return eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json, lambda found: found["status"] in statuses)


def test_copies_hidden_ones_and_files_arrive_as_they_were_given(new_busbar, smtp_server):
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}").start()
    found = seen(busbar, send(busbar), "sent")

    [arrived] = smtp_server.mails
    assert arrived["to"] == ["ada@example.org", "bob@example.org", "eve@example.org"]
    message = parse_message(arrived["raw"])
    assert (message["Subject"], message["To"], message["Cc"], message["Reply-To"]) == (
        MAIL["subject"], "ada@example.org", "bob@example.org", "help@example.org")
    assert b"eve@example.org" not in arrived["raw"]
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("plain",)).get_content().rstrip("\r\n").replace("\r\n", "\n") == MAIL["text"]
    assert message.get_body(("html",)).get_content().strip() == MAIL["html"]
    files = list(message.iter_attachments())
    assert [(file.get_filename(), file.get_content_type()) for file in files] == [
        ("Übersicht 1.bin", "application/octet-stream"), ("note.txt", "text/plain")]
    assert [file.get_payload(decode=True) for file in files] == [EVERY_BYTE, b"one\r\ntwo"]
    assert [(one["address"], one["kind"], one["status"]) for one in found["recipients"]] == [
        ("ada@example.org", "to", "sent"), ("bob@example.org", "cc", "sent"), ("eve@example.org", "bcc", "sent")]
    assert [(file["name"], file["size"]) for file in found["attachments"]] == [("Übersicht 1.bin", len(EVERY_BYTE)), ("note.txt", 8)]


def test_each_recipient_has_an_outcome_and_a_failed_mail_is_sent_again_to_those_alone(new_busbar, smtp_server):
    smtp_server.box.refused = {"bob@example.org": "550 5.1.1 no such user", "eve@example.org": "452 4.2.2 no room"}
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment={"BUSBAR_EMAIL_RETRY": "100ms"}).start()
    mail_id = send(busbar)
    eventually(lambda: smtp_server.mails)
    del smtp_server.box.refused["eve@example.org"]

    found = seen(busbar, mail_id, "failed")
    assert [one["status"] for one in found["recipients"]] == ["sent", "failed", "sent"]
    assert found["last_error"] == "bob@example.org: 550 5.1.1 no such user"
    assert [arrived["to"] for arrived in smtp_server.mails] == [["ada@example.org"], ["eve@example.org"]]
    assert len({parse_message(arrived["raw"])["Message-ID"] for arrived in smtp_server.mails}) == 1
    code, shown, told = mail(busbar, "show", mail_id)
    assert code == 0 and "550 5.1.1 no such user" in shown, told
    assert "> RCPT TO:<bob@example.org>\n< 550 5.1.1 no such user" in shown, "the conversation"
    assert MAIL["subject"] not in shown.partition("attempt 1 at smtp://")[2], "without content"

    del smtp_server.box.refused["bob@example.org"]
    code, _, told = mail(busbar, "retry", mail_id)
    assert code == 0, told
    assert [one["status"] for one in seen(busbar, mail_id, "sent")["recipients"]] == ["sent", "sent", "sent"]
    assert smtp_server.mails[-1]["to"] == ["bob@example.org"]

    code, _, told = mail(busbar, "retry", mail_id)
    assert code == 1 and "was sent" in told
    assert busbar.admin("POST", "/api/v1/emails/none/retry").status == 404
    assert busbar.request("POST", f"/api/v1/emails/{mail_id}/retry", listener="admin").status == 401


def test_mails_are_found_by_words_receiver_and_status(busbar):
    first = send(busbar)
    second = send(busbar, subject="An order", cc=[], text="Lamps")
    seen(busbar, second, "captured")

    def found(query):
        answer = busbar.admin("GET", f"/api/v1/emails?{query}")
        assert answer.status == 200, answer
        return [one["id"] for one in answer.json["items"]]

    assert found("search=rechnung") == [first] and found("search=ORD+lam") == [second] and found("search=zoe") == [first]
    assert found("receiver=bob@example.org") == [first] and found("receiver=eve@example.org&search=order") == [second]
    assert found("search=order&status=failed") == [] and found("status=captured") == [second, first]
    for hostile in ("%22", "*", "NEAR(", "subject:order%22", "%27%3B--", "%00", "AND", "a" * 5000):
        found(f"search={hostile}")

    code, listed, _ = mail(busbar, "search", "rechn", "--json")
    assert code == 0 and [one["id"] for one in json.loads(listed)] == [first]
    code, listed, _ = mail(busbar, "list", "--status", "captured", "--limit", "1")
    assert code == 0 and second in listed and first not in listed
    code, shown, _ = mail(busbar, "show", first)
    assert code == 0 and "Grüße" in shown and "note.txt" in shown
    assert mail(busbar, "show", "none")[0] == 1


@pytest.mark.parametrize("field, value", [
    ("to", ["a@b.c>\r\nDATA"]), ("cc", ["a@b.c\r\nRCPT TO:<x@y>"]), ("bcc", ["nobody"]), ("reply_to", "a@b, c@d"),
    ("reply_to", "a@b\r\nBcc: x@y"), ("subject", "a\nb"), ("attachments", [{"name": "a/b", "content": ""}]),
    ("attachments", [{"name": "a\r\nb", "content": ""}]), ("attachments", [{"name": "a", "content": "%"}]),
    ("attachments", [{"name": "a", "type": "a/b\r\nX: y", "content": ""}]), ("attachments", [{"name": "a", "kind": "x", "content": ""}])])
def test_S35_S36_what_could_leave_its_place_is_refused_and_named(shared, field, value):
    answer = shared.admin("POST", "/api/v1/emails", {**MAIL, field: value})
    assert answer.status == 422, answer
    assert answer.json["errors"][0]["field"].startswith(field), answer


def test_a_test_mail_tells_what_became_of_it(new_busbar, smtp_server):
    captured = new_busbar().start()
    assert mail(captured, "test", "--to", "ada@example.org") == (0, "captured\n", "")
    assert mail(captured, "test", "--to", "nobody")[0] == 1

    smtp_server.box.refused = {"bob@example.org": "550 5.1.1 no such user"}
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}").start()
    assert mail(busbar, "test", "--to", "ada@example.org")[:2] == (0, "sent\n")
    assert mail(busbar, "test", "--to", "bob@example.org")[:2] == (1, "failed: 550 5.1.1 no such user\n")


# S0-48 to S0-52, S1-09, S1-36: the originals divided by a size of zero, forgot the last page and took any size.
def test_S0_48_to_52_page_fields_are_right_in_every_corner(busbar):
    def page(query):
        return busbar.admin("GET", f"/api/v1/emails?{query}")

    def fields(query):
        found = page(query).json
        return (len(found["items"]), *(found[name] for name in ("page", "size", "total_count", "total_pages", "has_more")))

    assert fields("") == (0, 1, 10, 0, 0, False)
    assert fields("page=7&size=3") == (0, 7, 3, 0, 0, False)
    for number in range(11):
        send(busbar, subject=f"mail {number}", attachments=None)

    assert fields("size=10") == (10, 1, 10, 11, 2, True), "count is no multiple of size"
    assert fields("size=10&page=2") == (1, 2, 10, 11, 2, False)
    assert fields("size=11") == (11, 1, 11, 11, 1, False)
    assert fields("size=1&page=11") == (1, 11, 1, 11, 11, False)
    assert fields("size=10&page=3") == (0, 3, 10, 11, 2, False)
    assert fields("size=&page=") == (10, 1, 10, 11, 2, True), "an empty one is none"
    for wrong in ("size=0", "size=-1", "size=101", "size=1e9", "size=99999999999999999999", "page=0", "page=-1", "page=1.5",
                  "page=9223372036854775807", "size=ten"):
        answer = page(wrong)
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, wrong.partition("=")[0]), wrong


def test_each_domain_may_have_a_server_of_its_own(new_busbar, smtp_server):
    route = f"near.example=smtp://{smtp_server.address},far.example=smtps://busbar:canary@127.0.0.1:1"
    busbar = new_busbar(environment={"BUSBAR_EMAIL_ROUTES": route}).start()

    near = seen(busbar, send(busbar, to=["ada@near.example"], cc=None, bcc=None), "sent")
    both = seen(busbar, send(busbar, to=["ada@near.example"], cc=["bob@example.org"], bcc=None), "sent")
    kept = seen(busbar, send(busbar), "captured")

    assert [arrived["to"] for arrived in smtp_server.mails] == [["ada@near.example"]] * 2
    assert [one["status"] for one in both["recipients"]] == ["sent", "captured"], "who has no server has it here"
    assert len(near["transcripts"]) == 1 and kept["transcripts"] == []
    code, shown, _ = busbar.command("config", "--data", str(busbar.data))
    assert code == 0 and "far.example=smtps://busbar:***@127.0.0.1:1" in shown and "canary" not in shown
