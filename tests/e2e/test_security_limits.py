"""The rows S10 and S12 to S15 of tests/security/rows.txt: what tells nobody who has an account, and what slows down who guesses.
The limits are those of a program that nobody has configured."""

import re

import pytest

from busbar import PASSWORD, WITHOUT_LIMITS, eventually
from visitor import FORM, Visitor, begin_session, confirmed_account

OWN = {"date", "x-trace-id", "traceparent"}  # new with each answer
# As long as each other, since some answers hold the address.
KNOWN, DISABLED, PENDING, UNKNOWN = (f"{name}@example.org" for name in ("known1", "barred", "notyet", "nobody"))


@pytest.fixture
def usual(new_busbar):
    """As it comes, behind a proxy: X-Forwarded-For says who asks."""
    busbar = new_busbar(environment={"BUSBAR_HTTP_TRUSTED_PROXIES": "127.0.0.1"})
    for name in WITHOUT_LIMITS:
        del busbar.environment[name]
    return busbar.start()


def by(client):
    return {"X-Forwarded-For": client}


def seen(answer, address):
    """All that a client sees, but for what is new each time."""
    lines = [f"{name}: {value}" for name, value in answer.headers.items() if name.lower() not in OWN]
    text = "\n".join([str(answer.status), *lines, answer.text]).replace(address, "ADDRESS")
    text = text.replace(answer.headers["X-Trace-Id"], "TRACE")
    return re.sub(r'(csrf_token" value="|__Host-busbar_form=)[\w-]+', r"\1TOKEN", text)


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A server that knows three of the addresses, each in another way."""
    from busbar import Busbar

    busbar = Busbar(tmp_path_factory.mktemp("four")).start()
    for address in (KNOWN, DISABLED):
        confirmed_account(busbar, address)
    [barred] = busbar.admin("GET", f"/api/v1/users?search={DISABLED}").json["items"]
    assert busbar.admin("POST", f"/api/v1/users/{barred['id']}/disable").status == 204
    busbar.register(PENDING)
    states = {user["email"]: user["state"] for user in busbar.admin("GET", "/api/v1/users").json["items"]}
    assert states == {KNOWN: "active", DISABLED: "disabled", PENDING: "pending"}
    yield busbar
    busbar.end()


@pytest.mark.parametrize("page, path, more", [
    ("/login", "/api/v1/sessions", {"password": "a wrong password"}),
    ("/forgot", "/api/v1/password-resets", {}),
    ("/resend", "/api/v1/confirmations/resend", {}),
    ("/register", "/api/v1/registrations", {"name": "Eve", "password": "another good password"}),  # last: then all are known
])
def test_S10_every_address_gets_the_same_answer(four, page, path, more):
    by_api, by_form, afterwards = set(), set(), set()
    for address in (UNKNOWN, KNOWN, DISABLED, PENDING):
        by_api.add(seen(four.post(path, {"email": address, **more}), address))
    for address in (UNKNOWN.replace("nobody", "noform"), KNOWN, DISABLED, PENDING):
        visitor = Visitor(four)
        answer = visitor.send(page, email=address, **more)
        by_form.add(seen(answer, address))
        if answer.status == 303:
            afterwards.add(seen(visitor.get(answer.headers["Location"]), address))

    assert len(by_api) == 1, by_api
    assert len(by_form) == 1, by_form
    assert len(afterwards) == (0 if page == "/login" else 1), afterwards


def test_S12_by_default_the_sixth_sign_in_of_a_minute_is_refused(usual):
    confirmed_account(usual, KNOWN)

    for address in (KNOWN, UNKNOWN):
        answers = [begin_session(usual, address, "a wrong password", by(f"203.0.113.{number}")) for number in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429], address
        assert int(answers[5].headers["Retry-After"]) >= 1 and answers[5].json["status"] == 429
        # The right password gets no further.
        assert begin_session(usual, address, PASSWORD, by("203.0.113.7")).status == 429


def test_S12_by_default_one_client_has_twenty_attempts_in_a_minute(usual):
    def sign_in(number, client):
        return begin_session(usual, f"user-{number}@example.org", "a wrong password", by(client))

    assert [sign_in(number, "203.0.113.9").status for number in range(20)] == [401] * 20
    refused = sign_in(20, "203.0.113.9")
    assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1
    # What the client adds by itself stands before what the proxy has seen.
    assert sign_in(21, "198.51.100.1, 203.0.113.9").status == 429
    assert usual.post("/api/v1/password-resets", {"email": KNOWN}, by("203.0.113.9")).status == 429
    assert sign_in(22, "198.51.100.1").status == 401


def test_S13_after_twenty_failures_the_owner_gets_in_by_mail(usual):
    confirmed_account(usual, KNOWN)
    failures = [begin_session(usual, KNOWN, "a wrong password", by("203.0.113.9")).status for _ in range(20)]
    assert set(failures) == {401, 429}
    owner = by("198.51.100.1")
    assert begin_session(usual, KNOWN, PASSWORD, owner).status == 429

    assert usual.post("/api/v1/password-resets", {"email": KNOWN}, owner).status == 202
    [mail] = eventually(lambda: [mail for mail in usual.mails_to(KNOWN) if mail["subject"] == "A new password for Busbar"])
    token = re.search(r"/reset\?token=([\w-]+)", usual.admin("GET", f"/api/v1/emails/{mail['id']}").json["text"]).group(1)
    reset = {"token": token, "password": "staple of another kind"}
    assert usual.post("/api/v1/password-resets/complete", reset, owner).status == 204
    assert begin_session(usual, KNOWN, "staple of another kind", owner).status == 201


@pytest.mark.parametrize("path", ["/api/v1/password-resets", "/api/v1/confirmations/resend"])
def test_S14_ten_wishes_come_to_one_mail_and_to_one_answer(usual, path):
    if path == "/api/v1/password-resets":
        confirmed_account(usual, KNOWN)
    else:
        usual.register(KNOWN)
    usual.mail_to(KNOWN)

    answers = [usual.post(path, {"email": KNOWN}, by(f"203.0.113.{number}")) for number in range(10)]

    assert len({seen(answer, KNOWN) for answer in answers}) == 1 and answers[0].status == 202, answers
    # The mail of somebody who registers later is there, so more mails to the first would be there too.
    usual.register(UNKNOWN)
    usual.mail_to(UNKNOWN)
    assert len(usual.mails_to(KNOWN)) == 2
