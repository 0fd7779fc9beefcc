"""Mail leaves through a real SMTP server that is not ours."""

import ssl

import pytest

from busbar import eventually, parse_message, part_of, token_in
from smtp import Server, make_certificate


def test_a_welcome_mail_reaches_the_server_and_its_link_confirms(new_busbar, smtp_server):
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", "--mail-from", "Busbar <hello@example.org>").start()
    busbar.register("ada@example.org")

    [mail] = eventually(lambda: smtp_server.mails)
    assert mail["from"] == "hello@example.org" and mail["to"] == ["ada@example.org"]
    token = token_in(part_of(parse_message(mail["raw"]), "plain"))
    seen = busbar.mail_to("ada@example.org", "sent")
    assert seen["attempts"] == 1 and seen["sent_at"]
    assert token not in str(seen), "a delivered mail must have its token masked"
    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 204


def test_starttls_and_sign_in_with_the_servers_own_authority(new_busbar, new_smtp_server, tmp_path):
    server = new_smtp_server(account=("busbar", "p:w@d"), tls_folder=tmp_path)
    secret = tmp_path / "smtp-url"
    secret.write_text(f"smtp://busbar:p%3Aw%40d@{server.address}\n")
    secret.chmod(0o600)
    busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL_FILE": str(secret),
                                     "BUSBAR_EMAIL_CA_FILE": str(server.certificate)}).start()
    busbar.register("ada@example.org")

    [mail] = eventually(lambda: server.mails)
    assert mail["tls"] and mail["user"] == "busbar"
    assert "p:w@d" not in busbar.output() and "p%3Aw%40d" not in busbar.output()


def test_a_certificate_of_an_unknown_authority_is_refused(new_busbar, new_smtp_server, tmp_path):
    server = new_smtp_server(tls_folder=tmp_path)
    busbar = new_busbar("--smtp", f"smtp://{server.address}").start()
    busbar.register("ada@example.org")

    mails = eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: found and found[0]["last_error"])
    assert mails[0]["status"] == "queued" and not server.mails


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("flaw", ["tls 1.1", "another name"])
def test_S39_a_connection_that_is_not_safe_gets_neither_mail_nor_password(new_busbar, new_smtp_server, tmp_path, flaw):
    server = new_smtp_server(account=("busbar", "canary"), tls_folder=tmp_path)
    if flaw == "tls 1.1":
        server.options["tls_context"].set_ciphers("ALL:@SECLEVEL=0")
        server.options["tls_context"].minimum_version = ssl.TLSVersion.TLSv1_1
        server.options["tls_context"].maximum_version = ssl.TLSVersion.TLSv1_1
    else:
        server.options["tls_context"].load_cert_chain(*make_certificate(tmp_path, "DNS:mail.other.test"))
    busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL": f"smtp://busbar:canary@{server.address}",
                                     "BUSBAR_EMAIL_CA_FILE": str(server.certificate)}).start()
    busbar.register("ada@example.org")

    [mail] = eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: found and found[0]["last_error"])
    assert mail["status"] == "queued" and not server.mails and not server.sign_ins
    assert ("SSL_connect" if flaw == "tls 1.1" else "certificate subject name") in mail["last_error"]


def test_a_temporary_refusal_is_tried_again_with_the_same_message_id(new_busbar, smtp_server):
    smtp_server.box.replies = ["451 come back later", "421 too busy"]
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment={"BUSBAR_EMAIL_RETRY": "50ms"}).start()
    busbar.register("ada@example.org")

    [mail] = eventually(lambda: smtp_server.mails)
    seen = busbar.mail_to("ada@example.org", "sent")
    assert seen["attempts"] >= 2
    raw = parse_message(busbar.admin("GET", f"/api/v1/emails/{seen['id']}/raw").body)
    assert parse_message(mail["raw"])["Message-ID"] == raw["Message-ID"]


def test_a_permanent_refusal_is_seen_and_not_repeated(new_busbar, smtp_server):
    smtp_server.box.replies = ["554 we do not want this"]
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}", environment={"BUSBAR_EMAIL_RETRY": "50ms"}).start()
    busbar.register("ada@example.org")

    seen = busbar.mail_to("ada@example.org", "failed")
    assert seen["attempts"] == 1 and "we do not want this" in seen["last_error"]
    assert not smtp_server.mails


def test_a_server_that_comes_back_gets_every_mail(new_busbar, new_smtp_server):
    first = new_smtp_server()
    port = first.port
    first.end()
    busbar = new_busbar("--smtp", f"smtp://127.0.0.1:{port}", environment={"BUSBAR_EMAIL_RETRY": "100ms"}).start()
    addresses = [f"user{number}@example.org" for number in range(20)]
    for address in addresses:
        assert busbar.register(address).status == 202

    second = Server(port=port)
    try:
        eventually(lambda: len(second.mails), lambda count: count == 20, limit=20, what="all mails")
        assert sorted(mail["to"][0] for mail in second.mails) == sorted(addresses)
    finally:
        second.end()


@pytest.mark.parametrize("status", ["captured", "queued"])
def test_an_admin_sends_a_mail(new_busbar, smtp_server, status):
    busbar = new_busbar(*([] if status == "captured" else ["--smtp", f"smtp://{smtp_server.address}"])).start()
    answer = busbar.admin("POST", "/api/v1/emails", {"to": ["ada@example.org"], "subject": "Grüße", "text": "line\n.\nend"})

    assert answer.status == 202, answer
    assert answer.json["status"] == "queued"
    done = "captured" if status == "captured" else "sent"
    mail = busbar.mail_to("ada@example.org", done)
    assert mail["id"] == answer.json["id"] and mail["subject"] == "Grüße"
    if done == "sent":
        message = parse_message(smtp_server.mails[0]["raw"])
        assert message["Subject"] == "Grüße"
        assert part_of(message, "plain").replace("\r\n", "\n").rstrip("\n") == "line\n.\nend"


@pytest.mark.parametrize("change, field", [
    ({"to": []}, "to"),
    ({"to": ["nonsense"]}, "to"),
    ({"subject": "a\r\nBcc: eve@example.org"}, "subject"),
    ({"surprise": 1}, "surprise"),
])
def test_a_mail_with_a_mistake_is_refused(shared, change, field):
    answer = shared.admin("POST", "/api/v1/emails", {"to": ["ada@example.org"], "subject": "x", "text": "y", **change})

    assert answer.status == 422, answer
    assert answer.json["errors"][0]["field"].startswith(field)
