"""Servers that fail in every way at once, each with mails to it: what becomes of those, and that nobody else's wait."""

import concurrent.futures
import contextlib
import dataclasses
import datetime

import pytest

from busbar import Busbar, eventually
from processes import free_port
from scripted_smtp import CLOSE, ScriptedServer, last_words
from smtp import Server
from tcp_gate import tcp_gate

GOOD_MAILS = 100
PROMISE = 2.0  # seconds for the 99th of a hundred
SETTINGS = {"BUSBAR_EMAIL_RETRY": "400ms", "BUSBAR_EMAIL_GIVE_UP_AFTER": "3s", "BUSBAR_EMAIL_CONNECTIONS": "2"}
REPEATED = range(3, 10)  # attempts at 0.4 s until 3 s are over, where time may be short
NONE = range(0, 1)
ONCE = range(1, 2)
TWICE = range(2, 3)


@dataclasses.dataclass
class fault:
    """A server, how a mail to it ends, and what its operator is told: as last error, and in a conversation."""

    status: str
    attempts: range
    error: str = ""
    script: dict = dataclasses.field(default_factory=dict)
    told: str = ""
    way: str = "scripted"
    copies: range = NONE  # of the whole message, with the server


def of_mail(error, attempts=ONCE, copies=NONE, **script):
    return fault("failed", attempts, error, script, told=f"< {error}", copies=copies)


def of_server(error, told="", **script):
    return fault("failed", NONE, error, script, told or f"! {error}")


def dropped(error, copies=NONE, **script):
    return fault("failed", REPEATED, error, script, f"! {error}", copies=copies)


def mended(told, copies=ONCE, **script):
    return fault("sent", TWICE, "", script, told, copies=copies)


CLOSED = "the server closed the connection without a reply"
LONG_LINE = "250 " + "x" * 5000
TOO_LONG = "the server sent a reply longer than any needs to be"
FAULTS = {
    # What is no mail server, or none at present, costs no attempts.
    "refused": fault("failed", NONE, "Connection refused", told="Connection refused", way="refused"),
    "closed-at-once": of_server(CLOSED, CONNECT=CLOSE),
    "closed-at-ehlo": of_server(CLOSED, EHLO=CLOSE),
    "busy-at-once": of_server("421 4.3.2 too busy", "< 421 4.3.2 too busy", CONNECT="421 4.3.2 too busy"),
    "closed-for-us": of_server("554 5.7.1 not from you", "< 554 5.7.1 not from you", CONNECT="554 5.7.1 not from you"),
    "no-hello": of_server("550 5.7.1 who are you", "< 550 5.7.1 who are you", EHLO="502 no", HELO="550 5.7.1 who are you"),
    "busy-at-mail": of_server("421 4.7.0 go away", "< 421 4.7.0 go away", MAIL="421 4.7.0 go away"),
    "a-web-server": of_server(CLOSED, CONNECT=last_words(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>")),
    "binary": of_server(CLOSED, CONNECT=last_words(bytes(range(256)) + b"\r\n\xff\xfe\0\0")),
    "endless-greeting": of_server(TOO_LONG, CONNECT=last_words(b"220-more and more\r\n" * 1000)),
    "half-a-greeting": of_server(CLOSED, CONNECT=last_words(b"220 scrip")),
    "half-a-hello": of_server(CLOSED, EHLO=last_words(b"250-scripted\r\n250-SI")),
    "no-starttls": fault("failed", NONE, "the server offers no STARTTLS", told="offers no STARTTLS", way="no-starttls"),
    "bad-certificate": fault("failed", NONE, "certificate", told="certificate", way="bad-certificate"),
    # What is said of a mail ends it, or has it tried again until it is too old.
    "mail-5xx": of_mail("550 5.1.8 no such sender", MAIL="550 5.1.8 no such sender"),
    "rcpt-5xx": of_mail("550 5.1.1 no such user", RCPT="550 5.1.1 no such user"),
    "data-5xx": of_mail("554 5.5.1 no valid recipients", DATA="554 5.5.1 no valid recipients"),
    "message-5xx": of_mail("554 5.6.0 we do not want this", copies=ONCE, MESSAGE="554 5.6.0 we do not want this"),
    "mail-4xx": of_mail("451 4.3.0 later", REPEATED, MAIL="451 4.3.0 later"),
    "rcpt-4xx": of_mail("450 4.2.1 greylisted", REPEATED, RCPT="450 4.2.1 greylisted"),
    "data-4xx": of_mail("451 4.3.2 no disk", REPEATED, DATA="451 4.3.2 no disk"),
    "message-4xx": of_mail("452 4.3.1 no room", REPEATED, REPEATED, MESSAGE="452 4.3.1 no room"),
    "dropped-at-mail": dropped(CLOSED, MAIL=CLOSE),
    "dropped-at-rcpt": dropped(CLOSED, RCPT=CLOSE),
    "dropped-at-data": dropped(CLOSED, DATA=CLOSE),
    # It shows when the message is sent or when its reply is read.
    "dropped-in-message": fault("failed", REPEATED, "; last reply: 354 go on", {"BODY": CLOSE}, "; last reply: 354 go on"),
    "dropped-before-reply": dropped(CLOSED, copies=REPEATED, MESSAGE=CLOSE),
    "garbage-at-rcpt": dropped(CLOSED, RCPT=last_words(b"\0\x1b[31m\xff\r\nwhat?\r\n")),
    "half-a-refusal": dropped(CLOSED, RCPT=last_words(b"550 5.1.1 no su")),
    "half-an-acceptance": dropped(CLOSED, copies=REPEATED, MESSAGE=last_words(b"250 tak")),
    "endless-line": dropped(TOO_LONG, RCPT=last_words(LONG_LINE.encode() + b"\r\n")),
    # One time is not for ever.
    "mail-4xx-once": mended("< 451 4.3.0 later", MAIL=["451 4.3.0 later"]),
    "rcpt-4xx-once": mended("< 450 4.2.1 greylisted", RCPT=["450 4.2.1 greylisted"]),
    "message-4xx-once": mended("< 451 4.3.0 later", TWICE, MESSAGE=["451 4.3.0 later"]),
    "dropped-at-rcpt-once": mended(f"! {CLOSED}", RCPT=[CLOSE]),
    "dropped-before-reply-once": mended(f"! {CLOSED}", TWICE, MESSAGE=[CLOSE]),
    "busy-once": fault("sent", ONCE, "", {"CONNECT": ["421 4.3.2 too busy"]}, "< 250 taken", copies=ONCE),
    "no-ehlo": fault("sent", ONCE, "", {"EHLO": "502 5.5.1 what?"}, "> HELO", copies=ONCE),
    # Time: slow is not wrong, and who waits for nobody has not failed.
    "slow": fault("sent", ONCE, "", told="< 250 taken", way="slow", copies=ONCE),
    "late": fault("sent", ONCE, "", told="< 250 taken", way="late", copies=ONCE),
    "black-hole": fault("sending", ONCE, way="black-hole"),
}


class World:
    """One busbar with a good server, and a bad one for each domain NAME.test."""

    def __init__(self, folder):
        self.own = contextlib.ExitStack()
        self.folder = folder
        self.good = self.starts(ScriptedServer())
        self.mixed = self.starts(ScriptedServer(RCPT=self.of_mixed))
        self.servers = {}
        routes = {name: self.url_of(name, row) for name, row in FAULTS.items()} | {"mixed": self.mixed.url}
        self.busbar = Busbar(folder, environment={
            **SETTINGS, "BUSBAR_EMAIL_SMTP_URL": self.good.url,
            "BUSBAR_EMAIL_ROUTES": ",".join(f"{name}.test={url}" for name, url in routes.items())})
        self.own.callback(self.busbar.end)
        self.busbar.start()

    def starts(self, server):
        self.own.callback(server.end)
        return server

    def url_of(self, name, row):
        if row.way == "refused":
            return f"smtp://127.0.0.1:{free_port()}"
        if row.way == "bad-certificate":
            return f"smtp://{self.starts(Server(tls_folder=self.folder)).address}"
        server = self.servers[name] = self.starts(ScriptedServer(**row.script))
        if row.way == "no-starttls":  # this machine by a name that the program does not take for it
            return f"smtp://[::ffff:127.0.0.1]:{server.port}"
        if row.way == "scripted":
            return server.url
        gate = self.own.enter_context(tcp_gate("127.0.0.1", server.port))
        {"black-hole": gate.black_hole, "slow": lambda: gate.slice(8, 0.005), "late": lambda: gate.delay(0.1)}[row.way]()
        return f"smtp://127.0.0.1:{gate.port}"

    @staticmethod
    def of_mixed(line):
        return next((reply for name, reply in {"<bob@": "550 5.1.1 no such user", "<eve@": "452 4.2.2 no room"}.items()
                     if name in line), None)

    def send(self, *to):
        answer = self.busbar.admin("POST", "/api/v1/emails", {"to": to, "subject": "x", "text": "y\n" * 20})
        assert answer.status == 202, answer
        return answer.json["id"]

    def mail(self, mail_id):
        return self.busbar.admin("GET", f"/api/v1/emails/{mail_id}").json

    def ended(self, mail_id, status, limit=30):
        return eventually(lambda: self.mail(mail_id), lambda mail: mail["status"] == status, limit=limit, what=status)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """With a mail to each bad server, and a hundred to the good one while those are failing."""
    place = World(tmp_path_factory.mktemp("faults"))
    with place.own, concurrent.futures.ThreadPoolExecutor(4) as crowd:
        place.bad = {name: place.send(f"ada@{name}.test") for name in FAULTS}
        place.to_several = place.send("ada@mixed.test", "bob@mixed.test", "eve@mixed.test", "kim@good.test")
        place.sent = list(crowd.map(lambda number: place.send(f"user{number}@good.test"), range(GOOD_MAILS)))
        yield place


def seconds_under_way(mail):
    created, sent = (datetime.datetime.fromisoformat(mail[name]) for name in ("created_at", "sent_at"))
    return (sent - created).total_seconds()


def test_mails_to_a_good_server_go_out_within_two_seconds_and_once(world):
    mails = [world.ended(mail_id, "sent") for mail_id in world.sent]

    times = sorted(map(seconds_under_way, mails))
    assert times[GOOD_MAILS * 99 // 100 - 1] < PROMISE, times
    assert {mail["attempts"] for mail in mails} == {1}
    arrived = [mail["to"] for mail in world.good.mails if mail["to"] != ["kim@good.test"]]
    assert sorted(arrived) == sorted(mail["to"] for mail in mails)
    print(f"99 of 100 within {times[-2]:.3f} s, the median {times[50]:.3f} s")


@pytest.mark.parametrize("name", FAULTS)
def test_a_mail_to_a_bad_server_ends_as_it_should(world, name):
    row = FAULTS[name]

    mail = world.ended(world.bad[name], row.status)

    assert mail["attempts"] in row.attempts, mail
    assert row.error in (mail["last_error"] or "") and bool(mail["last_error"]) == (row.status == "failed"), mail
    assert row.told in "".join(one["text"] for one in mail["transcripts"] or []), mail
    if name in world.servers:
        copies = world.servers[name].mails
        assert len(copies) in row.copies, copies
        assert len({copy["id"] for copy in copies}) <= 1, "a repeat is known by its Message-ID"


def test_each_of_several_recipients_has_an_end_of_its_own(world):
    mail = world.ended(world.to_several, "failed")

    found = {one["address"].split("@")[0]: (one["status"], one["reply"]) for one in mail["recipients"]}
    assert {name: status for name, (status, _) in found.items()} == {
        "ada": "sent", "bob": "failed", "eve": "failed", "kim": "sent"}
    assert found["bob"][1] == "550 5.1.1 no such user" and found["eve"][1] == "452 4.2.2 no room"
    assert mail["attempts"] in REPEATED, mail
    assert [copy["to"] for copy in world.mixed.mails] == [["ada@mixed.test"]]
