"""Mails that programs which are not ours order over RabbitMQ: they are those of HTTP, once, or refused for somebody to see."""

import collections
import json
import re
import uuid

import pika
import pytest

from busbar import eventually, parse_message
from test_mail_history import MAIL
from trouble import unacknowledged

REQUESTS = "busbar.requests.email"
DIRECT_REPLY = "amq.rabbitmq.reply-to"
GOOD = {"to": ["ada@example.org"], "subject": "Your order", "text": "It is on its way."}


class Orderer:
    """A foreign program with one channel."""

    def __init__(self, channel, reply_queue=DIRECT_REPLY):
        self.channel = channel
        self.reply_queue = reply_queue
        self.answers = {}
        channel.basic_consume(reply_queue, self._take, auto_ack=True)

    def _take(self, _channel, _method, properties, body):
        assert properties.correlation_id not in self.answers, "two answers to one request"
        self.answers[properties.correlation_id] = (properties.headers["busbar-status"], json.loads(body))

    def publish(self, body, **properties):
        """Without a way back."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.channel.basic_publish("busbar.requests", "email.send", text, mandatory=True,
                                   properties=pika.BasicProperties(delivery_mode=2, **properties))

    def ask(self, body, **properties):
        """(status, body) of the answer."""
        correlation_id = str(uuid.uuid4())
        self.publish(body, reply_to=self.reply_queue, correlation_id=correlation_id, **properties)

        def answer():
            self.channel.connection.process_data_events(0.02)
            return self.answers.get(correlation_id)
        return eventually(answer, what="an answer")


@pytest.fixture
def orderer(rabbitmq, virtual_host, busbar):
    with rabbitmq.channel(virtual_host) as channel:
        yield Orderer(channel)


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.fixture
def busbar(new_busbar, rabbitmq, virtual_host, server):
    return new_busbar(environment={"BUSBAR_BUS_URL": rabbitmq.url_of(virtual_host), "BUSBAR_EMAIL_SMTP_URL": server.url}).start()


def dead_letters(busbar):
    answer = busbar.admin("GET", "/api/v1/dead-letters")
    assert answer.status == 200, answer
    return answer.json["items"]


def handled(busbar):
    """Orders that are done and will not be done again."""
    status = busbar.admin("GET", "/api/v1/bus").json
    return next(one["handled"] for one in status["handlers"] if (one["module"], one["handler"]) == ("email", "requests"))


def arrivals(server, count):
    """Of the server, as soon as there are so many."""
    return eventually(lambda: list(server.mails), lambda found: len(found) >= count, what=f"{count} mails")


def receivers(server):
    return [mail["to"] for mail in server.mails]


def without_its_own(raw):
    """The message but for what no two have in common: its id, its time, and the lines between its parts."""
    message = parse_message(raw)
    text = raw.decode()
    own = [message["Message-ID"], *(part.get_boundary() for part in message.walk() if part.is_multipart())]
    for one in own:
        assert one in text
        text = text.replace(one, "")
    return re.sub(r"(?m)^Date: .*$", "", text)


@pytest.mark.parametrize("is_asked", [False, True], ids=["published", "asked"])
def test_a_mail_with_all_that_it_may_have_arrives_as_over_http(busbar, server, orderer, is_asked):
    assert busbar.admin("POST", "/api/v1/emails", MAIL).status == 202
    [of_http] = arrivals(server, 1)

    if is_asked:
        status, accepted = orderer.ask(MAIL)
        assert status == "ok" and accepted["status"] == "queued", accepted
    else:
        orderer.publish(MAIL)

    _, ordered = arrivals(server, 2)
    assert ordered["to"] == of_http["to"] == ["ada@example.org", "bob@example.org", "eve@example.org"]
    assert ordered["id"] != of_http["id"]
    assert without_its_own(ordered["raw"]) == without_its_own(of_http["raw"])
    message = parse_message(ordered["raw"])
    assert (message["To"], message["Cc"], message["Reply-To"]) == ("ada@example.org", "bob@example.org", "help@example.org")
    assert message["Bcc"] is None and b"eve@" not in ordered["raw"]
    assert [file["name"] for file in MAIL["attachments"]] == [file.get_filename() for file in message.iter_attachments()]
    if is_asked:
        assert accepted["id"] == busbar.admin("GET", "/api/v1/emails?size=1").json["items"][0]["id"]


def test_one_message_id_is_one_mail_however_often_and_whenever_it_comes(busbar, server, orderer, rabbitmq, virtual_host):
    orderer.publish(GOOD, message_id="order-4711")
    arrivals(server, 1)
    eventually(lambda: handled(busbar), lambda count: count == 1, what="a note that it was done")
    orderer.publish(GOOD, message_id="order-4711")
    busbar.kill()
    for _ in range(2):
        orderer.publish({**GOOD, "to": ["grace@example.org"]}, message_id="order-4712")  # both wait for the module
    orderer.publish(GOOD, message_id="order-4711")
    busbar.start()
    orderer.publish(GOOD, message_id="order-4711")
    orderer.publish({**GOOD, "to": ["last@example.org"]}, message_id="order-4713")

    eventually(lambda: ["last@example.org"] in receivers(server), what="the mail that was ordered last")
    eventually(lambda: unacknowledged(rabbitmq, virtual_host, REQUESTS), lambda count: count == 0)
    assert rabbitmq.count_messages(REQUESTS, virtual_host) == 0
    assert sorted(receivers(server)) == [["ada@example.org"], ["grace@example.org"], ["last@example.org"]]
    assert busbar.admin("GET", "/api/v1/emails").json["total_count"] == 3
    assert dead_letters(busbar) == []


def test_without_a_message_id_each_order_is_a_mail(server, orderer):
    for _ in range(2):
        orderer.publish(GOOD)

    first, second = arrivals(server, 2)
    assert first["id"] != second["id"]


# S0-19: the original took any address that came this way.
MISTAKES = {
    "no-address": ({"to": ["nonsense"]}, ["to[0]"]), "nobody": ({"to": []}, ["to"]), "hidden-one": ({"bcc": ["nobody"]}, ["bcc[0]"]),
    "two-mistakes": ({"to": ["a@b.c", "x y@b.c"], "cc": ["@"]}, ["to[1]", "cc[0]"]), "wrong-kind": ({"to": "a@b.c"}, ["to"]),
    "command": ({"to": ["a@b.c>\r\nRCPT TO:<eve@example.org"]}, ["to[0]"]), "reply-to": ({"reply_to": "a@b, c@d"}, ["reply_to"]),
    "header": ({"subject": "a\r\nBcc: x@y.z"}, ["subject"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_S0_19_a_wrong_mail_is_told_to_who_asks_and_else_a_dead_letter_and_the_next_is_served(busbar, server, orderer, name):
    change, fields = MISTAKES[name]
    wrong = {**GOOD, **change}
    of_http = busbar.admin("POST", "/api/v1/emails", wrong)
    assert of_http.status == 422

    status, error = orderer.ask(wrong)
    orderer.publish(wrong, message_id="order-4711")
    orderer.publish(GOOD, message_id="order-4712")

    assert status == "invalid", error
    assert error["fields"] == of_http.json["errors"] and error["detail"] == of_http.json["detail"]
    assert [one["field"] for one in error["fields"]] == fields
    [letter] = eventually(lambda: dead_letters(busbar), what="a dead letter")
    assert (letter["module"], letter["handler"], letter["type"]) == ("email", "requests", "email.send")
    assert letter["event_id"] == "order-4711" and letter["data"] == wrong and letter["attempts"] == 1
    assert all(field in letter["errors"][-1]["text"] for field in fields), letter
    assert orderer.ask({**GOOD, "to": ["grace@example.org"]})[0] == "ok"
    arrivals(server, 2)
    assert sorted(receivers(server)) == [["ada@example.org"], ["grace@example.org"]]


@pytest.mark.parametrize("body", [b"", b"{", b"\0\xff", b"[]", b"7", b'{"to": ["ada@example.org"]}'], ids=repr)
def test_what_is_no_order_at_all_is_refused_on_either_way(busbar, server, orderer, body):
    orderer.publish(body)
    status, error = orderer.ask(body)

    assert status == "invalid" and error["detail"], error
    [letter] = eventually(lambda: dead_letters(busbar), what="a dead letter")
    assert (letter["type"], letter["attempts"]) == ("email.send", 1) and letter["errors"]
    assert orderer.ask(GOOD)[0] == "ok"
    arrivals(server, 1)
    assert receivers(server) == [["ada@example.org"]]


def test_a_wrong_mail_is_sent_once_somebody_has_mended_it(busbar, server, orderer):
    orderer.publish({**GOOD, "to": ["nonsense"]}, message_id="order-4711")
    [letter] = eventually(lambda: dead_letters(busbar), what="a dead letter")

    assert busbar.admin("POST", f"/api/v1/dead-letters/{letter['id']}/retry", {"data": GOOD}).status == 202

    arrivals(server, 1)
    eventually(lambda: dead_letters(busbar), lambda found: found == [])
    assert receivers(server) == [["ada@example.org"]]


def test_a_queue_of_ones_own_may_take_the_answers(server, orderer):
    queue = orderer.channel.queue_declare("", exclusive=True).method.queue
    own = Orderer(orderer.channel, queue)

    assert own.ask(GOOD)[0] == "ok" and own.ask({**GOOD, "to": ["nonsense"]})[0] == "invalid"
    arrivals(server, 1)


def test_one_message_id_is_one_mail_also_for_who_waits_for_an_answer(busbar, server, orderer):
    first = orderer.ask(GOOD, message_id="order-4711")
    again = orderer.ask(GOOD, message_id="order-4711")
    orderer.ask({**GOOD, "to": ["last@example.org"]}, message_id="order-4712")

    eventually(lambda: ["last@example.org"] in receivers(server), what="the mail that was ordered last")
    assert first[0] == "ok" and again == first
    assert sorted(receivers(server)) == [["ada@example.org"], ["last@example.org"]]


def test_an_order_is_one_mail_also_when_the_program_is_killed_right_behind_it(busbar, server, orderer):
    count = 200
    for number in range(count):
        orderer.publish({**GOOD, "to": [f"user{number}@example.org"]}, message_id=f"order-{number}")
    eventually(lambda: len(server.mails), lambda arrived: arrived >= 20)
    busbar.kill()
    busbar.start()
    orderer.publish({**GOOD, "to": ["last@example.org"]}, message_id="last")
    eventually(lambda: {mail["to"][0] for mail in server.mails}, lambda found: len(found) == count + 1, what="all mails")
    eventually(lambda: {one["lag"] for one in busbar.admin("GET", "/api/v1/bus").json["handlers"]}, lambda lags: lags == {0})

    mails = collections.defaultdict(set)
    for mail in server.mails:
        mails[mail["to"][0]].add(mail["id"])  # a repeat of the same mail has the same one
    assert [one for one, ids in mails.items() if len(ids) > 1] == []
