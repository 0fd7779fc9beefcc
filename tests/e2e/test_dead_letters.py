"""What no retry could deliver: seen, mended, retried, dropped; and events that a handler gets again."""

import json

import pytest

from busbar import append_event, eventually

HANDLER = "email.registration_mails"


def run(busbar, *arguments):
    return busbar.command(*arguments, "--data", str(busbar.data))


def letters(busbar, query=""):
    answer = busbar.admin("GET", f"/api/v1/dead-letters{query}")
    assert answer.status == 200, answer
    return answer.json


def handler(busbar):
    answer = busbar.admin("GET", "/api/v1/bus")
    assert answer.status == 200, answer
    found = [one for one in answer.json["handlers"] if f"{one['module']}.{one['handler']}" == HANDLER]
    assert len(found) == 1, answer
    return found[0]


def user_of(busbar, address):
    page = busbar.admin("GET", "/api/v1/events?type=registration.user_registered&size=100").json
    return [event["data"] for event in page["items"] if event["data"]["email"] == address][0]


def mails_for(busbar, address, count):
    return eventually(lambda: busbar.mails_to(address), lambda found: len(found) == count, what=f"{count} mails to {address}")


class Wrecked:
    """A server with one dead letter: Ada's registration came a second time, with a payload that nobody can read. Grace's
    came a second time as well, after it, and is all right."""

    def __init__(self, busbar):
        self.busbar = busbar
        for name in ("ada", "grace"):
            assert busbar.register(f"{name}@example.org").status == 202
            busbar.mail_to(f"{name}@example.org")
        self.ada, grace = user_of(busbar, "ada@example.org"), user_of(busbar, "grace@example.org")
        assert busbar.stop() == 0
        self.sequence = append_event(busbar, '{"user_id": 5, "name": "Ada\\u001b[31m"}', self.ada["user_id"])
        append_event(busbar, json.dumps(grace), grace["user_id"])
        busbar.start()
        mails_for(busbar, "grace@example.org", 2)
        found = eventually(lambda: letters(busbar), lambda found: found["total_count"] == 1, what="a dead letter")
        self.letter = found["items"][0]
        self.id = self.letter["id"]
        self.path = f"/api/v1/dead-letters/{self.id}"


@pytest.fixture
def wrecked(busbar):
    return Wrecked(busbar)


def test_what_cannot_be_read_is_kept_and_holds_up_nobody(wrecked):
    letter = wrecked.letter

    assert letter["id"].startswith("email-") and f"{letter['module']}.{letter['handler']}" == HANDLER
    assert letter["type"] == "registration.user_registered" and letter["source"] == "registration"
    assert letter["data"] == {"user_id": 5, "name": "Ada\x1b[31m"}
    assert letter["errors"] and "user_id" in letter["errors"][-1]["text"]
    assert letter["first_failed_at"] <= letter["last_failed_at"] and letter["attempts"] >= 1
    assert wrecked.busbar.admin("GET", wrecked.path).json == letter
    found = letters(wrecked.busbar)
    assert {name: found[name] for name in ("page", "size", "total_count", "total_pages", "has_more")} == \
        {"page": 1, "size": 10, "total_count": 1, "total_pages": 1, "has_more": False}
    status = eventually(lambda: handler(wrecked.busbar), lambda one: one["lag"] == 0)
    assert (status["dead"], status["head"], status["position"]) == (1, wrecked.sequence + 1, wrecked.sequence + 1)
    assert len(wrecked.busbar.mails_to("ada@example.org")) == 1


def test_a_letter_stays_over_a_restart(wrecked):
    assert wrecked.busbar.stop() == 0
    wrecked.busbar.start()

    assert wrecked.busbar.admin("GET", wrecked.path).json == wrecked.letter


def test_a_retry_with_the_same_payload_fails_again(wrecked):
    answer = wrecked.busbar.admin("POST", f"{wrecked.path}/retry")
    assert answer.status == 202 and answer.json == {"retried": 1}

    again = eventually(lambda: letters(wrecked.busbar)["items"],
                       lambda found: found and found[0]["last_failed_at"] > wrecked.letter["last_failed_at"])
    assert again[0]["data"] == wrecked.letter["data"]


def test_a_retry_with_a_mended_payload_sends_the_mail(wrecked):
    answer = wrecked.busbar.admin("POST", f"{wrecked.path}/retry", {"data": wrecked.ada})
    assert answer.status == 202, answer

    mails_for(wrecked.busbar, "ada@example.org", 2)
    eventually(lambda: letters(wrecked.busbar)["total_count"], lambda count: count == 0)
    assert wrecked.busbar.admin("GET", wrecked.path).status == 404
    assert handler(wrecked.busbar)["dead"] == 0


def test_a_dropped_letter_is_gone_and_its_mail_never_sent(wrecked):
    assert wrecked.busbar.admin("DELETE", wrecked.path).status == 204

    assert wrecked.busbar.admin("DELETE", wrecked.path).status == 404
    assert letters(wrecked.busbar)["items"] == []
    assert len(wrecked.busbar.mails_to("ada@example.org")) == 1
    found = eventually(lambda: wrecked.busbar.admin("GET", "/api/v1/logs?search=dropped").json["items"])
    assert found[0]["data"]["id"] == wrecked.id, "the log tells who gave it up"


def test_the_command_shows_and_mends(wrecked):
    busbar = wrecked.busbar
    code, out, _ = run(busbar, "deadletter", "list")
    assert code == 0 and out.splitlines()[0].split()[:3] == ["ID", "HANDLER", "EVENT"]
    assert wrecked.id in out and HANDLER in out and "\x1b" not in out
    assert json.loads(run(busbar, "deadletter", "list", "--json")[1]) == [wrecked.letter]
    assert json.loads(run(busbar, "deadletter", "show", wrecked.id, "--json")[1]) == wrecked.letter
    code, out, _ = run(busbar, "deadletter", "show", wrecked.id)
    assert code == 0 and "user_id" in out and "\x1b" not in out

    payload = busbar.folder / "payload.json"
    payload.write_text("{")
    assert run(busbar, "deadletter", "retry", wrecked.id, "--payload", str(payload))[0] == 64
    payload.write_text(json.dumps(wrecked.ada))
    assert run(busbar, "deadletter", "retry", wrecked.id, "--payload", str(payload))[:2] == (0, "1 retried\n")
    mails_for(busbar, "ada@example.org", 2)
    assert run(busbar, "deadletter", "list")[:2] == (0, "no dead letters\n")


def test_the_command_retries_all_and_drops(wrecked):
    busbar = wrecked.busbar
    assert run(busbar, "deadletter", "retry", "--all", "--json")[:2] == (0, '{"retried":1}\n')
    eventually(lambda: letters(busbar)["items"],
               lambda found: found and found[0]["last_failed_at"] > wrecked.letter["last_failed_at"])
    assert run(busbar, "deadletter", "drop", wrecked.id)[0] == 0
    code, out, err = run(busbar, "deadletter", "drop", wrecked.id)
    assert (code, out) == (1, "") and err
    assert run(busbar, "deadletter", "show", wrecked.id)[0] == 1


@pytest.mark.parametrize("method, path, body, status", [
    ("GET", "/api/v1/dead-letters/email-999", None, 404), ("GET", "/api/v1/dead-letters/nonsense", None, 404),
    ("DELETE", "/api/v1/dead-letters/email-999", None, 404), ("POST", "/api/v1/dead-letters/email-999/retry", None, 404),
    ("POST", "/api/v1/dead-letters/retry", {"ids": ["email-999"]}, 404), ("POST", "/api/v1/dead-letters/retry", {}, 422),
    ("POST", "/api/v1/dead-letters/retry", {"ids": []}, 422), ("POST", "/api/v1/dead-letters/email-1/retry", {"date": 1}, 422),
    ("GET", "/api/v1/dead-letters?size=0", None, 422), ("GET", "/api/v1/dead-letters?module=nobody", None, 422),
    ("POST", "/api/v1/bus/replay", {"group": "email.nobody", "from_sequence": 1}, 404),
    ("POST", "/api/v1/bus/replay", {"group": "nobody", "from_sequence": 1}, 404),
    ("POST", "/api/v1/bus/replay", {"group": HANDLER}, 422),
    ("POST", "/api/v1/bus/replay", {"group": HANDLER, "from_sequence": 1, "from_time": "2026-01-01T00:00:00Z"}, 422),
    ("POST", "/api/v1/bus/replay", {"group": HANDLER, "from_sequence": 0}, 422),
])
def test_what_is_wrong_is_refused(shared, method, path, body, status):
    assert shared.admin(method, path, body).status == status
    assert shared.request(method, path, body, listener="admin").status == 401
    assert shared.request(method, path, body).status in (404, 405)


def test_a_replay_gives_the_handler_its_events_again(busbar):
    for name in ("ada", "grace", "mary"):
        assert busbar.register(f"{name}@example.org").status == 202
        busbar.mail_to(f"{name}@example.org")
    second = busbar.admin("GET", "/api/v1/events?type=registration.user_registered").json["items"][1]

    answer = busbar.admin("POST", "/api/v1/bus/replay", {"group": HANDLER, "from_sequence": second["sequence"]})

    assert answer.status == 202, answer
    assert answer.json == {"module": "email", "handler": "registration_mails", "source": "registration",
                           "from_sequence": second["sequence"], "events": 2}
    mails_for(busbar, "grace@example.org", 2)
    mails_for(busbar, "mary@example.org", 2)
    assert len(busbar.mails_to("ada@example.org")) == 1

    code, out, err = run(busbar, "replay", "--group", "registration_mails", "--from-time", "1h", "--json")
    assert code == 0, err
    assert json.loads(out)["events"] == 3
    mails_for(busbar, "ada@example.org", 2)


@pytest.mark.parametrize("arguments, code", [
    (["replay"], 64), (["replay", "--group", HANDLER], 64), (["deadletter"], 64), (["deadletter", "retry"], 64),
    (["deadletter", "retry", "email-1", "--all"], 64), (["deadletter", "retry", "--all", "--payload", "x"], 64),
    (["deadletter", "show"], 64), (["deadletter", "show", "email-999"], 1),
    (["replay", "--group", HANDLER, "--from-sequence", "1", "--from-time", "1h"], 64),
    (["replay", "--group", HANDLER, "--from-time", "soon"], 64), (["replay", "--group", "nobody", "--from-sequence", "1"], 1),
])
def test_the_commands_end_with_their_codes(shared, arguments, code):
    done, out, err = run(shared, *arguments)

    assert (done, out) == (code, "") and err


def test_the_status_of_the_bus(busbar):
    busbar.register("ada@example.org")
    busbar.mail_to("ada@example.org")

    status = busbar.admin("GET", "/api/v1/bus").json
    assert status["away"] == []
    assert status["processes"][0]["modules"] == ["web", "registration", "email", "logging", "product"]
    assert status["processes"][0]["published"] >= 2
    one = eventually(lambda: handler(busbar), lambda one: one["handled"] == 1)
    assert (one["source"], one["lag"], one["dead"], one["parked"], one["in_flight"]) == ("registration", 0, 0, 0, 0)
    assert one["position"] == one["head"] >= 1
    code, out, _ = run(busbar, "bus")
    assert code == 0 and HANDLER in out
    assert json.loads(run(busbar, "bus", "--json")[1])["handlers"][0]["handler"] == "registration_mails"


def test_a_module_that_does_not_run_is_named(new_busbar):
    busbar = new_busbar("--modules", "web,email").start()

    status = busbar.admin("GET", "/api/v1/bus").json
    assert sorted(status["away"]) == ["logging", "product", "registration"]
    assert busbar.admin("GET", "/api/v1/events?source=product").status == 503
    assert busbar.admin("GET", "/api/v1/events").status == 200
