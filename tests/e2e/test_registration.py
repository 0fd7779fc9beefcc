"""The JSON API of registration, as INTERFACE.md has it."""

import json

import pytest

from busbar import PASSWORD, eventually, parse_message, part_of, token_in

GOOD = {"name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD}


def test_a_registration_is_accepted_and_a_mail_is_captured(busbar):
    answer = busbar.register("ada@example.org")

    assert answer.status == 202, answer
    assert answer.json == {"status": "pending_confirmation", "email": "ada@example.org"}
    assert answer.headers["Content-Type"].startswith("application/json")
    mail = busbar.mail_to("ada@example.org")
    assert mail["to"] == ["ada@example.org"] or "ada@example.org" in json.dumps(mail["to"])
    assert mail["attempts"] >= 0 and mail["status"] == "captured"
    raw = busbar.admin("GET", f"/api/v1/emails/{mail['id']}/raw")
    assert raw.headers["Content-Type"].startswith("message/rfc822")
    message = parse_message(raw.body)
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    assert message["Message-ID"] and message["Date"] and message["Subject"]
    assert token_in(part_of(message, "plain")) == token_in(part_of(message, "html")) == token_in(mail["text"])


def test_a_token_confirms_once(busbar):
    busbar.register("ada@example.org")
    token = busbar.token_for("ada@example.org")

    assert busbar.get(f"/confirm?token={token}").status == 200  # looking at it uses nothing up
    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 204
    again = busbar.post("/api/v1/confirmations", {"token": token})
    assert again.status == 410
    assert again.headers["Content-Type"].startswith("application/problem+json")
    assert busbar.post("/api/v1/confirmations", {"token": "A" * 43}).status == 410


def test_a_token_expires(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_REGISTRATION_TOKEN_LIFETIME": "1ms"}).start()
    busbar.register("ada@example.org")
    token = busbar.token_for("ada@example.org")

    assert busbar.post("/api/v1/confirmations", {"token": token}).status == 410


def test_a_known_address_gets_the_very_same_answer_and_its_owner_a_mail(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_LIMITS_MAILS_PER_ACCOUNT": "off"}).start()
    first = busbar.register("ada@example.org")
    busbar.mail_to("ada@example.org")
    token = busbar.token_for("ada@example.org")
    busbar.post("/api/v1/confirmations", {"token": token})

    second = busbar.register("ada@example.org", name="Eve", password="another good password")

    own = {"date", "x-trace-id", "traceparent"}
    strip = lambda answer: [(name, value) for name, value in answer.headers.items() if name.lower() not in own]
    assert (second.status, second.body, strip(second)) == (first.status, first.body, strip(first))
    mails = eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: len(found) == 2)
    assert mails[0]["subject"] != mails[1]["subject"]
    text = busbar.admin("GET", f"/api/v1/emails/{mails[0]['id']}").json["text"]
    assert "token=" not in text and "Eve" not in text


def test_addresses_are_compared_without_case(busbar):
    busbar.register("ada@example.org")
    busbar.mail_to("ada@example.org")

    assert busbar.register("ADA@Example.ORG").status == 202
    # The second mail is that of the same account, which is not confirmed yet.
    eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: len(found) == 2)
    assert busbar.admin("GET", "/api/v1/users").json["total_count"] == 1


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": None}, "name"),
    ({"name": 5}, "name"),
    ({"email": "not an address"}, "email"),
    ({"email": "a@b\r\nBcc: c@example.org"}, "email"),
    ({"email": "x" * 250 + "@example.org"}, "email"),
    ({"email": ["a@example.org"]}, "email"),
    ({"password": "short"}, "password"),
    ({"password": "x" * 1025}, "password"),
    ({"password": "password"}, "password"),
    ({"password": "ada@example.org1"}, "password"),
    ({"surprise": 1}, "surprise"),
])
def test_a_wrong_field_is_named(shared, change, field):
    answer = shared.post("/api/v1/registrations", {**GOOD, **change})

    assert answer.status == 422, answer
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json
    assert {"type", "title", "status", "detail", "trace_id", "errors"} <= problem.keys(), problem
    assert problem["status"] == 422
    assert [error["field"] for error in problem["errors"]] == [field], problem
    assert all(error["detail"] for error in problem["errors"])


@pytest.mark.parametrize("missing", ["name", "email", "password"])
def test_a_missing_field_is_named(shared, missing):
    answer = shared.post("/api/v1/registrations", {name: value for name, value in GOOD.items() if name != missing})

    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [missing]


def test_every_wrong_field_is_named_at_once(shared):
    answer = shared.post("/api/v1/registrations", {"name": "", "email": "x", "password": "y"})

    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == {"name", "email", "password"}


@pytest.mark.parametrize("body, kind, status", [
    (json.dumps(GOOD), "text/plain", 415),
    (json.dumps(GOOD), "application/x-www-form-urlencoded", 415),
    (json.dumps(GOOD), None, 415),
    ("{", "application/json", 400),
    ("", "application/json", 400),
    ('{"name": "a", "name": "b"}', "application/json", (400, 422)),
    ("[]", "application/json", (400, 422)),
    ("5", "application/json", (400, 422)),
    ("[" * 2000, "application/json", 400),
    (b'{"name": "\xff\xfe"}', "application/json", 400),
])
def test_a_body_that_is_no_json_object_is_refused(shared, body, kind, status):
    answer = shared.post("/api/v1/registrations", body, {"Content-Type": kind} if kind else {})

    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_body_that_is_too_large_is_refused(shared):
    answer = shared.post("/api/v1/registrations", {**GOOD, "name": "x" * 2_000_000})

    assert answer.status == 413, answer


def test_nothing_of_a_refused_registration_remains(busbar):
    busbar.post("/api/v1/registrations", {**GOOD, "password": "short"})
    busbar.post("/api/v1/registrations", {**GOOD, "surprise": 1})
    assert busbar.register("ada@example.org").status == 202

    assert len([busbar.mail_to("ada@example.org")]) == 1


def test_names_of_any_script_survive(busbar):
    name = "Ада 爱达 👩‍💻 O'Hara \"x\""
    assert busbar.register("ada@example.org", name=name).status == 202

    mail = busbar.mail_to("ada@example.org")
    assert name in mail["text"]
    message = parse_message(busbar.admin("GET", f"/api/v1/emails/{mail['id']}/raw").body)
    assert name in part_of(message, "plain")
