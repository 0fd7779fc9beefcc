"""What Busbar does for those who develop programs that send mails: mails are kept, and sent when somebody says so."""

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
