"""G11: an end with a full queue and many open requests is in time, resets nobody, and loses and doubles nothing."""

import contextlib
import http.client
import itertools
import os
import signal
import sqlite3
import threading
import time

import pytest

from busbar import eventually
from load import receivers
from open_requests import are_read, order, registration
from scripted_smtp import CLOSE, HOLD
from test_mail_outage import all_are_sent, copies, queue
from trouble import says

CONNECTIONS = 4
QUEUED = 1_000
ORDERS, REGISTRATIONS, HALF = 80, 20, 10  # open at the end; some of the orders are only half there
SETTINGS = {"BUSBAR_EMAIL_CONNECTIONS": str(CONNECTIONS), "BUSBAR_LOG_LEVEL": "warning,app=info"}


@contextlib.contextmanager
def no_commits(busbar, module):
    """What asks the module for a change waits for its answer meanwhile."""
    with contextlib.closing(sqlite3.connect(busbar.data / f"{module}.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        yield
        lock.execute("ROLLBACK")


def open_all(busbar):
    """All of them, read by the program and not answered."""
    requests = [registration(busbar, f"registered{number}@example.org") for number in range(REGISTRATIONS)]
    requests += [order(busbar, f"ordered{number}@example.org", is_half=number < HALF) for number in range(ORDERS)]
    eventually(lambda: are_read(busbar, len(requests)), what=f"{len(requests)} open requests")
    return requests


def begin_the_end(busbar):
    os.kill(busbar.pid, signal.SIGTERM)
    says(busbar, "stopping: what was begun is finished")
    return time.monotonic()


def has_ended(busbar, since):
    """By itself: who does not is cut off by the program, which says so."""
    assert busbar.process.wait(15) == 0
    print(f"ended {time.monotonic() - since:.1f} s after SIGTERM")
    assert "did not finish in time" not in busbar.output() and "are cut off" not in busbar.output()


def accepted(requests):
    """To whom those wrote that were told 202; all others were told to come again."""
    answers = [(request.receiver, request.answer()) for request in requests]
    assert {answer.headers["Connection"] for _, answer in answers} == {"close"}
    refused = [answer for _, answer in answers if answer.status != 202]
    assert all(answer.status == 503 and answer.headers["Retry-After"] for answer in refused), refused
    return [receiver for receiver, answer in answers if answer.status == 202]


def each_arrives_once(busbar, server, acknowledged):
    """After the next start, and nothing else does: what nobody was told of was not done."""
    busbar.start()
    eventually(lambda: set(acknowledged) <= set(receivers(busbar)), limit=60, what="a mail to each")
    eventually(lambda: {one["lag"] for one in busbar.admin("GET", "/api/v1/bus").json["handlers"]} == {0},
               what="an end of what makes mails")
    known = receivers(busbar)
    assert sorted(known) == sorted(acknowledged)
    all_are_sent(busbar, len(known), limit=60)
    assert sorted(mail["to"][0] for mail in server.mails) == sorted(known)
    assert set(copies(server).values()) == {1}


@pytest.mark.parametrize("is_silent", [False, True], ids=["while-a-server-answers", "while-a-server-is-silent"])
def test_G11_all_that_was_accepted_is_answered_and_each_mail_arrives_once(new_busbar, new_server, is_silent):
    may_answer = threading.Event()
    server = new_server(**{"RCPT": HOLD} if is_silent else {"MESSAGE": lambda _: None if may_answer.wait(30) else CLOSE})
    busbar = new_busbar("--smtp", server.url, environment=SETTINGS).start()
    queue(busbar, QUEUED)
    eventually(lambda: server.held if is_silent else len(server.mails), lambda count: count == CONNECTIONS,
               what="mails that are under way")

    with no_commits(busbar, "email"), no_commits(busbar, "registration"):
        requests = open_all(busbar)
        began = begin_the_end(busbar)
    for request in requests:
        request.complete()

    answered = accepted(requests)
    may_answer.set()
    has_ended(busbar, began)
    assert len(server.mails) < QUEUED, "nothing was left to be lost"
    server.release()
    queued = [f"user{number}@example.org" for number in range(QUEUED)]
    each_arrives_once(busbar, server, queued + answered)
    print(f"{len(answered)} of {len(requests)} open requests were accepted")


class Client(threading.Thread):
    """Orders one mail after the other on one connection until the program goes."""

    def __init__(self, busbar, name):
        super().__init__()
        self.busbar, self.prefix = busbar, name
        self.accepted, self.others = [], []
        self.start()

    def run(self):
        headers = {"Authorization": f"Bearer {self.busbar.admin_token}"}
        with contextlib.closing(self.busbar.connect("admin")) as connection:
            for number in itertools.count():
                receiver = f"{self.prefix}-{number}@example.org"
                try:
                    answer = self.busbar.request("POST", "/api/v1/emails", {"to": [receiver], "subject": "x", "text": "y"},
                                                 headers, "admin", connection)
                except (OSError, http.client.HTTPException):  # between two requests the program may go at any time
                    return
                if answer.status == 202:
                    self.accepted.append(receiver)
                else:
                    self.others.append(answer)
                if answer.headers["Connection"] == "close":
                    return


def test_G11_what_busy_clients_were_told_is_so(new_busbar, new_server):
    may_answer = threading.Event()
    server = new_server(MESSAGE=lambda _: None if may_answer.wait(30) else CLOSE)
    busbar = new_busbar("--smtp", server.url, environment=SETTINGS).start()
    queue(busbar, QUEUED)
    clients = [Client(busbar, f"client{number}") for number in range(ORDERS + REGISTRATIONS)]
    eventually(lambda: min(len(client.accepted) for client in clients), limit=60, what="an answer to each client")

    began = begin_the_end(busbar)
    may_answer.set()
    for client in clients:
        client.join()
    has_ended(busbar, began)

    assert not any(client.others for client in clients)
    queued = [f"user{number}@example.org" for number in range(QUEUED)]
    each_arrives_once(busbar, server, queued + [one for client in clients for one in client.accepted])
