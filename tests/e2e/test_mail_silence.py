"""Mail servers that fall silent in the midst of a conversation: each wait has an end, and nobody else waits with them."""

import contextlib
import dataclasses

import pytest

from busbar import Busbar, eventually
from fast_clock import fast_clock
from scripted_smtp import CLOSE, HOLD, ScriptedServer
from test_mail_outage import copies
from test_metrics import metrics_of
from trouble import lacking

CONNECTIONS = 2
MAILS = 4  # to each server, so that some wait behind those that are under way
SETTINGS = {"BUSBAR_EMAIL_RETRY": "1s", "BUSBAR_EMAIL_CONNECTIONS": str(CONNECTIONS)}
LIMIT = 60  # seconds until the longest of the time-outs is over
ACCOUNT = ("busbar", "canary-password")
SIGN_IN = {"EHLO": "250-scripted\r\n250 AUTH PLAIN"}
SIGNED_IN = {**SIGN_IN, "AUTH": "334 ", "AGJ1": "235 welcome"}  # how the account looks in PLAIN


@dataclasses.dataclass
class silence:
    """`before`: the last line of the conversation until then. `mended`: how the server goes on."""

    script: dict
    before: str
    mended: dict = dataclasses.field(default_factory=dict)


# Of the server, whatever is sent to it: the mails have nothing to do with it.
OF_SERVER = {
    "banner": silence({"CONNECT": HOLD}, ""),
    "ehlo": silence({"EHLO": HOLD}, "> EHLO"),
    "starttls": silence({"EHLO": "250-scripted\r\n250 STARTTLS", "STAR": HOLD}, "> STARTTLS"),
    "auth": silence({**SIGN_IN, "AUTH": HOLD}, "> AUTH PLAIN", SIGNED_IN),
}
OF_MAIL = {
    "mail": silence({"MAIL": HOLD}, "> MAIL FROM"),
    "rcpt": silence({"RCPT": HOLD}, "> RCPT TO"),
    "data": silence({"DATA": HOLD}, "> DATA"),
    "message": silence({"MESSAGE": HOLD}, "> (the message"),
}


class World:
    """One busbar with a good server, and a silent one for each domain NAME.test with mails to it."""

    def __init__(self, folder):
        self.own = contextlib.ExitStack()
        self.good = self.starts(ScriptedServer())
        self.servers = {name: self.starts(ScriptedServer(**row.script)) for name, row in {**OF_SERVER, **OF_MAIL}.items()}
        self.busbar = Busbar(folder, environment={
            **SETTINGS, **fast_clock(folder), "BUSBAR_EMAIL_SMTP_URL": self.good.url,
            "BUSBAR_EMAIL_ROUTES": ",".join(f"{name}.test={self.url_of(name)}" for name in self.servers)})
        self.own.callback(self.busbar.end)
        self.busbar.start()
        self.sent = {name: [self.send(f"user{number}@{name}.test") for number in range(MAILS)] for name in self.servers}

    def starts(self, server):
        self.own.callback(server.end)
        return server

    def url_of(self, name):
        url = self.servers[name].url
        return url.replace("//", f"//{':'.join(ACCOUNT)}@") if name == "auth" else url

    def send(self, *to):
        answer = self.busbar.admin("POST", "/api/v1/emails", {"to": to, "subject": "x", "text": "y"})
        assert answer.status == 202, answer
        return answer.json["id"]

    def mail(self, mail_id):
        return self.busbar.admin("GET", f"/api/v1/emails/{mail_id}").json

    def mails(self, name):
        """All to this server, as they are at one moment, without their conversations."""
        items = self.busbar.admin("GET", "/api/v1/emails?size=100").json["items"]
        return [mail for mail in items if mail["id"] in self.sent[name]]

    def deferred(self, name):
        """The first mail to this server of which an attempt is over."""
        [first, *_] = eventually(lambda: [mail for mail in self.mails(name) if mail["last_error"]], limit=LIMIT,
                                 what=f"an end of the wait for a server silent at {name}")
        return self.mail(first["id"])

    def takes_mails(self, name):
        values = metrics_of(self.busbar)
        [value] = [value for series, value in values.items()
                   if series.startswith("busbar_email_server_available") and f":{self.servers[name].port}" in series]
        return value == 1

    def good_mail_arrives(self, name):
        """Also for who is named in one mail with somebody at the silent server."""
        alone, shared = self.send("kim@good.test"), self.send(f"late@{name}.test", "kim@good.test")
        self.sent[name].append(shared)
        eventually(lambda: self.mail(alone)["status"], lambda status: status == "sent")
        eventually(lambda: {one["address"]: one["status"] for one in self.mail(shared)["recipients"]},
                   lambda found: found["kim@good.test"] == "sent" and found[f"late@{name}.test"] in ("pending", "sending"))

    def all_arrive(self, name):
        """Once the server behaves again; the mails as they are then."""
        self.servers[name].release(**{**OF_SERVER, **OF_MAIL}[name].mended)
        eventually(lambda: {mail["status"] for mail in self.mails(name)}, lambda found: found == {"sent"}, limit=LIMIT,
                   what=f"all mails to a server that was silent at {name}")
        return [self.mail(mail_id) for mail_id in self.sent[name]]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    place = World(tmp_path_factory.mktemp("silence"))
    with place.own:
        for name, server in place.servers.items():
            eventually(lambda server=server: server.held, lambda count: count >= CONNECTIONS, what=f"silence at {name}")
        yield place


def assert_told(mail, row):
    """As last error and in a conversation that ends where the server fell silent."""
    assert "timed out" in mail["last_error"] or "timeout" in mail["last_error"], mail
    lines = mail["transcripts"][-1]["text"].splitlines()
    assert lines[-1] == f"! {mail['last_error']}", lines
    said = [line for line in lines[:-1] if line != "> QUIT"]
    assert said[-1].startswith(row.before) if row.before else said == [], lines


def under_way(mails):
    return [mail["status"] for mail in mails].count("sending")


def counts(server):
    """How often each message arrived whole."""
    return sorted(copies(server).values())


@pytest.mark.parametrize("name", OF_SERVER)
def test_a_silent_server_is_tried_with_one_mail_at_a_time_and_costs_none_an_attempt(world, name):
    server = world.servers[name]

    told = world.deferred(name)
    assert not world.takes_mails(name) and f"127.0.0.1:{server.port}" in lacking(world.busbar)
    eventually(lambda: server.held, lambda count: count > CONNECTIONS, limit=LIMIT, what="a probe")
    mails = eventually(lambda: world.mails(name), lambda found: under_way(found) <= 1, what="an end of what began before")
    world.good_mail_arrives(name)

    assert_told(told, OF_SERVER[name])
    assert told["attempts"] == under_way([told])  # the probe's own, until it fails
    assert {mail["attempts"] for mail in mails if mail["status"] != "sending"} == {0}, mails
    assert under_way(world.mails(name)) <= 1
    done = world.all_arrive(name)
    assert {mail["attempts"] for mail in done} == {1}, done
    assert counts(server) == [1] * len(done)
    assert world.takes_mails(name) and f"127.0.0.1:{server.port}" not in lacking(world.busbar)


@pytest.mark.parametrize("name", OF_MAIL)
def test_a_mail_that_meets_silence_is_deferred_and_goes_out_later(world, name):
    server = world.servers[name]

    told = world.deferred(name)
    assert world.takes_mails(name), "it has answered until then"
    world.good_mail_arrives(name)

    assert_told(told, OF_MAIL[name])
    assert told["attempts"] >= told["transcripts"][-1]["attempt"] >= 1, told
    assert told["next_attempt_at"] or told["status"] == "sending", told
    done = world.all_arrive(name)
    assert max(mail["attempts"] for mail in done) >= 2
    tried = sorted(mail["attempts"] for mail in done)
    assert counts(server) == (tried if name == "message" else [1] * len(done)), "whole messages that the server has got"


def test_a_server_that_hangs_up_on_who_signs_in_costs_no_attempt(new_busbar, new_server):
    server, good = new_server(**SIGN_IN, AUTH=CLOSE), new_server()
    busbar = new_busbar(environment={
        **SETTINGS, "BUSBAR_EMAIL_SMTP_URL": good.url,
        "BUSBAR_EMAIL_ROUTES": f"auth.test={server.url.replace('//', '//busbar:canary-password@')}"}).start()
    send = lambda to: busbar.admin("POST", "/api/v1/emails", {"to": [to], "subject": "x", "text": "y"}).json["id"]
    mail = lambda mail_id: busbar.admin("GET", f"/api/v1/emails/{mail_id}").json

    first, second = send("ada@auth.test"), send("bob@auth.test")
    told = eventually(lambda: next(filter(lambda one: one["last_error"], map(mail, (first, second))), None))
    kim = send("kim@good.test")
    eventually(lambda: mail(kim)["status"], lambda status: status == "sent")

    assert told["last_error"] == "the server closed the connection without a reply", told
    assert "> AUTH PLAIN" in told["transcripts"][0]["text"] and not server.mails
    server.release(**SIGNED_IN)
    for one in (first, second):
        assert eventually(lambda one=one: mail(one), lambda found: found["status"] == "sent")["attempts"] == 1
    assert counts(server) == [1, 1]
