"""No mail is lost and none is doubled: the mail server away for a minute, and kill -9 at each step of a conversation."""

import collections
import contextlib
import random
import sqlite3
import threading
import time

import pytest

from busbar import eventually
from scripted_smtp import CLOSE, HOLD, ScriptedServer
from tcp_gate import tcp_gate
from trouble import lacking, lacks, rows

AWAY = 60  # seconds
WAITING = 1_000
CONNECTIONS = 4
MAILS = 20  # of each kill
KILLS = 10
STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "MESSAGE")


@pytest.fixture
def server():
    one = ScriptedServer()
    yield one
    one.end()


@pytest.fixture
def busbar(new_busbar, server):
    return new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL": server.url, "BUSBAR_EMAIL_CONNECTIONS": str(CONNECTIONS)}).start()


def queue(busbar, count):
    """The ids of new mails; each was acknowledged."""
    with contextlib.closing(busbar.connect("admin")) as connection:
        answers = [busbar.request("POST", "/api/v1/emails", {"to": [f"user{number}@example.org"], "subject": "x", "text": "y"},
                                  {"Authorization": f"Bearer {busbar.admin_token}"}, "admin", connection)
                   for number in range(count)]
    assert {answer.status for answer in answers} <= {202}
    return [answer.json["id"] for answer in answers]


def statuses(busbar):
    return collections.Counter(dict(rows(busbar, "email", "SELECT status, count(*) FROM emails GROUP BY status")))


def all_are_sent(busbar, count, limit=30):
    eventually(lambda: statuses(busbar), lambda found: found == {"sent": count}, limit=limit, what=f"{count} sent mails")


def copies(server):
    """How often each message arrived, by its Message-ID; all of one are alike."""
    texts = collections.defaultdict(list)
    for mail in server.mails:
        texts[mail["id"]].append(mail["raw"])
    assert all(len(set(same)) == 1 for same in texts.values())
    return collections.Counter({message: len(same) for message, same in texts.items()})


def each_arrived(busbar, server, most_repeats):
    """And returns how many of them more than once."""
    arrived = copies(server)
    assert set(arrived) == {message for message, in rows(busbar, "email", "SELECT message_id FROM emails")}
    repeats = arrived.total() - len(arrived)
    assert repeats <= most_repeats, arrived
    return repeats


def test_a_thousand_mails_wait_for_a_server_that_is_away_for_a_minute_and_arrive_once(new_busbar, server):
    with tcp_gate("127.0.0.1", server.port) as gate:
        busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL": f"smtp://127.0.0.1:{gate.port}"}).start()
        queue(busbar, 20)
        all_are_sent(busbar, 20)
        gate.refuse()
        gate.cut()
        began = time.monotonic()

        queue(busbar, WAITING)

        lacks(busbar, "takes no mail")
        eventually(lambda: time.monotonic() - began, lambda passed: passed >= AWAY, limit=AWAY + 10)
        assert statuses(busbar) == {"sent": 20, "queued": WAITING}
        gate.forward()
        all_are_sent(busbar, 20 + WAITING, limit=60)  # the pause between two probes is half a minute by now
        assert lacking(busbar) == ""

    assert each_arrived(busbar, server, most_repeats=0) == 0
    assert rows(busbar, "email", "SELECT DISTINCT attempts FROM emails") == [(1,)]  # the outage has cost none
    print(f"all there {time.monotonic() - began - AWAY:.1f} s after the server was back")


@pytest.mark.parametrize("step", STEPS)
def test_killed_before_a_reply_each_mail_arrives_and_repeats_are_those_that_the_server_had(busbar, server, step):
    server.script = {step: HOLD}
    queue(busbar, MAILS)
    eventually(lambda: server.held, lambda count: count == CONNECTIONS, what=f"all connections at {step}")

    busbar.kill()
    server.release()
    busbar.start()

    all_are_sent(busbar, MAILS)
    repeats = each_arrived(busbar, server, most_repeats=CONNECTIONS)
    assert repeats == (CONNECTIONS if step == "MESSAGE" else 0)
    [(more,)] = rows(busbar, "email", "SELECT count(*) FROM emails WHERE attempts > 1")
    assert more == CONNECTIONS, "what was under way was tried twice, and nothing else"
    assert "mails were under way when the process ended and are sent again" in busbar.output()


def test_killed_after_the_reply_and_before_it_is_noted_mails_are_repeated_and_no_more_than_were_in_flight(busbar, server):
    # The server's word comes while nobody can write.
    with contextlib.closing(sqlite3.connect(busbar.data / "email.db", isolation_level=None)) as lock:
        proceed = threading.Event()
        server.script = {"MESSAGE": lambda _: None if proceed.wait(20) else CLOSE}
        queue(busbar, MAILS)
        eventually(lambda: len(server.mails), lambda count: count == CONNECTIONS, what="messages in all connections")
        lock.execute("BEGIN IMMEDIATE")
        proceed.set()
        eventually(lambda: server.replied, lambda count: count == CONNECTIONS, what="a reply to each of them")
        busbar.kill()
        lock.execute("ROLLBACK")
    server.script = {}
    busbar.start()

    all_are_sent(busbar, MAILS)
    assert each_arrived(busbar, server, most_repeats=CONNECTIONS) == CONNECTIONS


def test_killed_after_the_reply_was_noted_nothing_is_repeated(busbar, server):
    queue(busbar, MAILS)
    all_are_sent(busbar, MAILS)

    busbar.kill()
    busbar.start()
    last = queue(busbar, 1)

    eventually(lambda: busbar.admin("GET", f"/api/v1/emails/{last[0]}").json["status"], lambda status: status == "sent")
    assert each_arrived(busbar, server, most_repeats=0) == 0


def test_a_stop_waits_for_the_word_of_a_server_that_takes_its_time(busbar, server):
    is_taken = threading.Event()
    server.script = {"MESSAGE": lambda _: None if is_taken.wait(20) else CLOSE}
    queue(busbar, 1)
    eventually(lambda: len(server.mails), what="a message that the server thinks about")

    threading.Timer(5, is_taken.set).start()  # of the 10 s that a stop has
    busbar.stop()
    busbar.start()

    all_are_sent(busbar, 1)
    each_arrived(busbar, server, most_repeats=0)


def test_killed_again_and_again_at_any_moment_repeats_are_no_more_than_were_in_flight(busbar, server):
    chance = random.Random(7)
    for kill in range(1, KILLS + 1):
        before = len(server.mails)
        queue(busbar, 4 * MAILS)
        # After a number of mails, and then somewhere in the midst of the next ones.
        eventually(lambda: len(server.mails) - before, lambda count, least=chance.randint(1, 2 * MAILS): count >= least)
        threading.Event().wait(chance.uniform(0, 0.01))
        busbar.kill()
        busbar.start()

    all_are_sent(busbar, 4 * MAILS * KILLS)
    repeats = each_arrived(busbar, server, most_repeats=CONNECTIONS * KILLS)
    print(f"{KILLS} kills, {4 * MAILS * KILLS} mails, {repeats} repeats")
