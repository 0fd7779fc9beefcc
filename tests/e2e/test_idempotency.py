"""Idempotency-Key: what creates something is done once, however often a client that lost the answer asks."""

import concurrent.futures
import uuid

import pytest

from busbar import PASSWORD, eventually

MAIL = {"to": ["ada@example.org"], "subject": "Hello", "text": "Once."}


def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


@pytest.mark.parametrize("listener, path, body, other", [
    ("admin", "/api/v1/emails", MAIL, {**MAIL, "subject": "Another"}),
    ("admin", "/api/v1/products", {"name": "Lamp", "description": "", "price": "1.00"},
     {"name": "Lamp", "description": "", "price": "2.00"}),
    ("admin", "/api/v1/logs", {"name": "deployed", "data": 1}, {"name": "deployed", "data": 2}),
    ("public", "/api/v1/registrations", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD},
     {"name": "Ada", "email": "eve@example.org", "password": PASSWORD}),
])
def test_a_repeated_post_gets_the_first_answer_and_another_under_the_key_is_refused(busbar, listener, path, body, other):
    ask = lambda what, fields: (
        busbar.admin("POST", path, what, headers=fields) if listener == "admin" else busbar.post(path, what, headers=fields))
    fields = key()

    first = ask(body, fields)
    again = ask(body, fields)
    busbar.stop()
    busbar.start()
    later = ask(body, fields)
    refused = ask(other, fields)

    assert first.status in (201, 202), first
    for answer in (again, later):
        assert (answer.status, answer.body) == (first.status, first.body)
        assert answer.headers["Location"] == first.headers["Location"]
    assert refused.status == 422, refused
    assert refused.json["type"] == "/problems/idempotency-key-reused"
    assert ask(other, key()).status == first.status
    assert ask(body, {"Idempotency-Key": "x" * 256}).status == 400


def test_what_is_sent_many_times_at_once_is_done_once(busbar):
    fields = key()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: busbar.admin("POST", "/api/v1/emails", MAIL, headers=fields), range(24)))

    assert {answer.body for answer in answers} == {answers[0].body}
    assert answers[0].status == 202
    eventually(lambda: len(busbar.mails_to("ada@example.org")), lambda count: count == 1)


def test_a_key_is_the_clients_own(busbar):
    fields = key()
    product = {"name": "Lamp", "description": "", "price": "1.00"}

    assert busbar.admin("POST", "/api/v1/emails", MAIL, headers=fields).status == 202
    assert busbar.admin("POST", "/api/v1/products", product, headers=fields).status == 201
