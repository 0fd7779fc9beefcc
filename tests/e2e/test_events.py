"""The event logs of all modules, as an operator reads and follows them."""

import json
import subprocess
import time

import pytest

from busbar import BINARY, append_event, eventually


def events(busbar, query=""):
    answer = busbar.admin("GET", f"/api/v1/events{query}")
    assert answer.status == 200, answer
    return answer.json


def ids(page):
    return [(event["source"], event["sequence"]) for event in page["items"]]


def run(busbar, *arguments):
    return busbar.command(*arguments, "--data", str(busbar.data))


@pytest.fixture
def with_events(busbar):
    """Three people registered, and their mails are captured."""
    for name in ("ada", "grace", "mary"):
        assert busbar.register(f"{name}@example.org").status == 202
        busbar.mail_to(f"{name}@example.org")
    return busbar


def test_an_event_is_shown_with_all_that_is_known_of_it(with_events):
    page = events(with_events, "?type=registration.user_registered")

    assert len(page["items"]) == 3 and page["next"] is None
    event = page["items"][0]
    assert list(event) == ["id", "type", "version", "source", "epoch", "sequence", "key", "time", "trace_id", "data"]
    assert event["source"] == "registration" and event["version"] == 1
    assert event["data"]["email"] == "mary@example.org" and event["data"]["user_id"] == event["key"]
    trace = with_events.admin("GET", f"/api/v1/logs?trace_id={event['trace_id']}").json
    assert trace["items"], "the trace leads from the event to the log"


def test_pages_neither_skip_nor_repeat_while_events_are_added(with_events):
    everything = ids(events(with_events, "?size=100"))
    times = [event["time"] for event in events(with_events, "?size=100")["items"]]
    assert times == sorted(times, reverse=True) and len(everything) == 6

    seen, cursor = [], ""
    while cursor is not None:
        page = events(with_events, f"?size=2{cursor and '&before='}{cursor}")
        seen += ids(page)
        cursor = page["next"]
        assert with_events.register(f"late{len(seen)}@example.org").status == 202
    assert seen == everything


def test_events_are_narrowed(with_events):
    assert {source for source, _ in ids(events(with_events, "?source=email"))} == {"email"}
    middle = events(with_events, "?type=registration.user_registered")["items"][1]["time"]
    older = events(with_events, f"?before={middle}&type=registration.user_registered")["items"]
    newer = events(with_events, f"?since={middle}&type=registration.user_registered")["items"]
    assert [event["data"]["email"] for event in older] == ["ada@example.org"]
    assert [event["data"]["email"] for event in newer] == ["mary@example.org", "grace@example.org"]


@pytest.mark.parametrize("query, field", [
    ("source=nobody", "source"), ("size=0", "size"), ("size=101", "size"), ("since=yesterday", "since"), ("before=x", "before"),
])
def test_a_wrong_question_is_refused(shared, query, field):
    answer = shared.admin("GET", f"/api/v1/events?{query}")

    assert answer.status == 422, answer
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_events_are_for_the_admin(shared):
    assert shared.request("GET", "/api/v1/events", listener="admin").status == 401
    assert shared.get("/api/v1/events").status == 404


def test_the_command_shows_them_newest_first(with_events):
    code, out, err = run(with_events, "events", "--type", "registration.user_registered", "--limit", "2")
    assert code == 0, err
    titles, first, second = out.splitlines()
    assert titles.split() == ["TIME", "TYPE", "SEQUENCE", "KEY", "DATA"]
    assert "mary@example.org" in first and "grace@example.org" in second

    code, out, _ = run(with_events, "events", "--source", "registration", "--since", "1h", "--json")
    assert code == 0 and len(json.loads(out)) == 3
    assert run(with_events, "events", "--since", "2999-01-01T00:00:00Z", "--json")[:2] == (0, "[]\n")


def test_the_command_says_what_is_wrong(with_events):
    assert run(with_events, "events", "--since", "soon")[0] == 64
    assert run(with_events, "events", "--limit", "x")[0] == 64
    code, out, err = run(with_events, "events", "--source", "nobody")
    assert (code, out) == (1, "") and "source" in err


def test_data_cannot_reach_the_terminal_as_commands(with_events):
    assert with_events.stop() == 0
    append_event(with_events, json.dumps({"text": "\u009b31m \u202a"}, ensure_ascii=False), "\x1b]0;owned\x07\n")
    with_events.start()

    code, out, _ = run(with_events, "events")
    assert code == 0 and "\\x1b]0;owned\\x07\\x0a" in out
    assert not any(character in out for character in "\x1b\x07\u009b\u202a")


class Follower:
    """`busbar events --follow --json`, line by line."""

    def __init__(self, busbar, *arguments):
        self.out = open(busbar.folder / "followed.txt", "wb")
        self.process = subprocess.Popen(
            [str(BINARY), "events", "--follow", "--json", "--data", str(busbar.data), *arguments], stdout=self.out,
            stderr=subprocess.PIPE, env=busbar.variables(), cwd=busbar.folder)
        self.path = busbar.folder / "followed.txt"

    def events(self):
        lines = self.path.read_text().split("\n")[:-1]
        return [(event["source"], event["sequence"]) for event in map(json.loads, lines)]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.out.close()


@pytest.fixture
def follow():
    followers = []

    def make(*arguments):
        followers.append(Follower(*arguments))
        return followers[-1]

    yield make
    for follower in followers:
        follower.end()


def in_log_order(events):
    logs = {}
    for source, sequence in events:
        logs.setdefault(source, []).append(sequence)
    return logs


def everything(busbar):
    found, cursor = [], ""
    while cursor is not None:
        page = events(busbar, f"?size=100{cursor and '&before='}{cursor}")
        found += ids(page)
        cursor = page["next"]
    return in_log_order(reversed(found))


def test_following_shows_the_past_and_then_every_event_once_and_in_order(with_events, follow):
    follower = follow(with_events, "--limit", "1000")
    for number in range(40):
        assert with_events.register(f"new{number}@example.org").status == 202
    with_events.mail_to("new39@example.org")

    expected = eventually(lambda: everything(with_events), lambda logs: len(logs["registration"]) == 43)
    eventually(lambda: in_log_order(follower.events()), lambda seen: seen == everything(with_events),
               what=f"all of {expected}")


def test_following_goes_on_after_a_restart(with_events, follow):
    follower = follow(with_events, "--limit", "0", "--type", "registration.user_registered")
    time_is_up = time.monotonic() + 10
    while not follower.events():  # it has begun when it shows what came after
        with_events.register(f"first{time.monotonic()}@example.org")
        assert time.monotonic() < time_is_up
    begun = len(follower.events())
    assert with_events.stop() == 0
    with_events.start()
    before = len(everything(with_events)["registration"])
    with_events.register("late@example.org")

    seen = eventually(follower.events, lambda found: found and found[-1] == ("registration", before + 1))
    sequences = [sequence for _, sequence in seen]
    assert sequences == list(range(sequences[0], before + 2)) and len(seen) > begun


def test_without_a_server_the_commands_say_what_to_do(new_busbar):
    busbar = new_busbar().start()
    assert busbar.stop() == 0

    for arguments in (["events"], ["events", "--follow"], ["bus"], ["deadletter", "list"], ["deadletter", "retry", "--all"],
                      ["replay", "--group", "email.registration_mails", "--from-sequence", "1"]):
        code, out, err = run(busbar, *arguments)
        assert (code, out) == (69, "") and "busbar serve" in err, arguments
