"""What mails are made of: HTML of others, templates of operators, the way out of a list."""

import json
import socket
import subprocess

import pytest

from busbar import BINARY, eventually, parse_message

TEMPLATES = {
    "layout.html": "<html><head><style>.note { color: #123456 }\n@media print { p { color: #000 } }</style></head>"
                   "<body>{{{content}}}<p class=note>{{reason}}</p></body></html>",
    "welcome.subject.txt": "Salut, {{name}}\n",
    "welcome.html": "<h1>Salut {{name}}</h1><a href={{link}}>Oui</a>",
}


@pytest.fixture
def templates(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    for name, text in TEMPLATES.items():
        (folder / name).write_text(text)
    return folder


def with_templates(new_busbar, folder):
    return new_busbar(environment={"BUSBAR_EMAIL_TEMPLATES_DIR": str(folder)})


def render(busbar, *arguments, values=None):
    """`mail render`, with the values on standard input."""
    done = subprocess.run([str(BINARY), "mail", "render", *arguments], input=values, stdin=None if values else subprocess.DEVNULL,
                          capture_output=True, text=True, env=busbar.variables(), cwd=busbar.folder, timeout=20)
    return done.returncode, done.stdout, done.stderr


def test_S43_html_of_others_arrives_clean_and_nothing_in_it_is_fetched(new_busbar, smtp_server):
    canary = socket.create_server(("127.0.0.1", 0))
    canary.setblocking(False)
    url = f"http://127.0.0.1:{canary.getsockname()[1]}"
    busbar = new_busbar("--smtp", f"smtp://{smtp_server.address}").start()
    html = (f"<script src={url}/a></script><link rel=stylesheet href={url}/b><style>@import '{url}/c';</style>"
            f"<img src=\"{url}/d\" onerror=x><iframe src={url}/e></iframe><p style=\"background:url({url}/f)\">5 &lt; 6</p>"
            f"<a href=\"{url}/g\">more</a><a href=\"javascript:x\">not</a>")
    mail_id = busbar.admin("POST", "/api/v1/emails", {
        "to": ["ada@example.org"], "subject": "S", "text": "5 < 6", "html": html,
        "list_unsubscribe": f"https://127.0.0.1:{canary.getsockname()[1]}/leave"}).json["id"]
    kept = eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json, lambda mail: mail["status"] == "sent")

    clean = f"<img src=\"{url}/d\"><p>5 &lt; 6</p><a href=\"{url}/g\" rel=\"nofollow\">more</a>not"
    assert kept["html"] == clean and kept["text"] == "5 < 6"
    message = parse_message(smtp_server.mails[0]["raw"])
    assert message.get_body(("html",)).get_content().strip() == clean
    assert message["List-Unsubscribe"] == f"<{kept['list_unsubscribe']}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(BlockingIOError):
        canary.accept()
    canary.close()


@pytest.mark.parametrize("change, field", [
    ({"list_unsubscribe": "http://example.org/leave"}, "list_unsubscribe"),
    ({"list_unsubscribe": "https://example.org/>\r\nBcc: x@evil.test"}, "list_unsubscribe"),
    ({"html": "<script>x</script>"}, "html"), ({"html": "<i>" * 2000}, "html"), ({"html": "<br>" * 30000}, "html")])
def test_what_cannot_be_made_into_a_mail_is_refused_and_named(shared, change, field):
    answer = shared.admin("POST", "/api/v1/emails", {"to": ["ada@example.org"], "subject": "S", **change,
                                                     **({} if field == "html" else {"text": "x"})})

    assert answer.status == 422, answer
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_operators_have_their_own_templates(new_busbar, templates):
    busbar = with_templates(new_busbar, templates).start()
    busbar.register("ada@example.org", name="<b>Ada")
    [mail] = eventually(lambda: busbar.admin("GET", "/api/v1/emails").json["items"])

    assert mail["subject"] == "Salut, <b>Ada"
    assert "<h1>Salut &lt;b&gt;Ada</h1><a href=\"http" in mail["html"]
    assert "<p class=\"note\" style=\"color:#123456\">You get this message" in mail["html"]
    assert "@media print { p { color: #000 } }" in mail["html"]
    assert "welcome to Busbar!" in mail["text"]


def test_S38_templates_that_are_wrong_are_named_and_nothing_is_started(new_busbar, templates):
    (templates / "welcome.html").write_text("<p>\n<a href=\"{{name}}\">x</a>{{link}}")
    (templates / "reset.txt").write_text("{{link}}\n{{nam}}\n")
    (templates / "wellcome.txt").write_text("x")
    busbar = with_templates(new_busbar, templates)

    assert busbar.run_to_its_end() == 78
    assert "wellcome.txt: no mail has such a file" in busbar.output() and not busbar.data.exists()
    (templates / "wellcome.txt").unlink()
    for command in (["config", "--check"], ["mail", "render", "welcome"]):
        code, out, err = busbar.command(*command)
        assert (code, out) == (78, "")
        assert f"email.templates_dir {templates}\n" in err
        assert "welcome.html:2: {{name}} cannot stand in href" in err and "reset.txt:2: {{nam}} is not known here" in err


def test_a_template_is_shown_without_a_server(new_busbar, templates):
    busbar = with_templates(new_busbar, templates)

    code, listed, _ = render(busbar)
    assert code == 0 and "welcome\n" in listed
    assert render(busbar, "welcome", "--part", "subject") == (0, "Salut, Ada Lovelace\n", "")
    code, message, _ = render(busbar, "welcome", "--data", "-", values=json.dumps({"name": "Zoë <b>"}))
    mail = parse_message(message.encode())
    assert code == 0 and mail["Subject"] == "Salut, Zoë <b>"
    assert "<h1>Salut Zoë &lt;b&gt;</h1>" in mail.get_body(("html",)).get_content()
    assert json.loads(render(busbar, "welcome", "--json")[1])["subject"] == "Salut, Ada Lovelace"
    for values, word in (("{\"nam\": \"x\"}", "nam is not known"), ("[]", "JSON object"), ("{", "is not JSON")):
        code, _, err = render(busbar, "welcome", "--data", "-", values=values)
        assert code == 64 and word in err
    code, _, err = render(busbar, "welcom")
    assert code == 64 and "no mail welcom" in err
    assert not busbar.data.exists()
