"""M: the broker restarts, loses, refuses and blocks, and each acknowledged registration has its one mail."""

import json
import os
import sqlite3
import time

import pytest

from busbar import append_event, eventually
from load import Load, each_has_one_mail, receivers, register_all
from rabbitmq import rabbitmq as broker
from split import Split
from trouble import (GROUPS, alarm, all_is_sent, gated, is_whole, lacking, lacks, queue_of, rows, says, sent,
                     unacknowledged)

FULL = bool(os.environ.get("E2E_FULL"))
BACK = 10  # seconds until both directions work again


@pytest.fixture(scope="module")
def restarting():
    """A broker for the tests of this file that stop it; each leaves it running."""
    with broker() as one:
        yield one


@pytest.fixture
def place(restarting):
    """The name of an empty virtual host in it."""
    with restarting.virtual_host() as name:
        yield name


@pytest.fixture
def split(new_busbar, rabbitmq, virtual_host):
    return Split(new_busbar, rabbitmq.url_of(virtual_host), GROUPS).start()


def works_again(split, name, limit=BACK):
    """From registration over the broker to the mail and, for the list of mails, back."""
    began = time.monotonic()
    [address] = register_all(split.gateway, name, 1)
    eventually(lambda: address in receivers(split.gateway), limit=limit, what=f"a mail to {address}")
    return time.monotonic() - began


def take(channel, queue, count):
    """Deliveries of a consumer of pika's; none is acknowledged. basic.get is not for queues with one active consumer."""
    found = []
    for method, properties, body in channel.consume(queue, inactivity_timeout=10):
        assert method, f"{len(found)} of {count} messages came"
        found.append((method, properties, body))
        if len(found) == count:
            return found


def has_the_same_events(split, more_than):
    """The copy of the log with the receiver, in the same order."""
    events = "SELECT sequence, id FROM {} ORDER BY sequence"
    copy = rows(split["email"], "email", events.format("replica_log WHERE log = 'registration'"))
    assert copy == rows(split.gateway, "registration", events.format("event_log")) and len(copy) > more_than


# --- M1, M2: it is down

def test_M1_each_registration_has_one_mail_over_a_restart_and_a_kill_of_the_broker(new_busbar, restarting, place):
    before, between, after = (3_300, 1_700, 5_000) if FULL else (100, 150, 100)
    split = Split(new_busbar, restarting.url_of(place), GROUPS).start()
    load = Load(split.gateway, "load", workers=100 if FULL else 10)
    try:
        load.reaches(before)
        restarting.restart()
        load.reaches(len(load.accepted) + between)
        restarting.sync_declarations()
        restarting.kill()
        restarting.start()
        load.reaches(len(load.accepted) + after)
    finally:
        load.stop()

    assert load.others == []
    each_has_one_mail(split.gateway, load.accepted, limit=60)


def test_M2_one_registration_while_the_broker_is_down_is_sent_without_another_one(new_busbar, restarting, place):
    split = Split(new_busbar, restarting.url_of(place), GROUPS).start()
    restarting.stop()
    lacks(split.gateway, "no connection to the broker")

    began = time.monotonic()
    answer = split.gateway.register("ada@example.org")

    assert answer.status == 202 and time.monotonic() - began < 2, answer
    restarting.start()
    eventually(lambda: receivers(split.gateway) == ["ada@example.org"], limit=30, what="the mail")


# --- M3: it breaks connections

def test_M3_both_directions_are_back_after_the_server_closed_the_connections(split, rabbitmq):
    rabbitmq.close_connections("closed by a test")

    for process in split.processes.values():
        says(process, "closed by a test")
    works_again(split, "after")


def test_M3_both_directions_are_back_after_a_channel_was_closed_by_an_exception(split, rabbitmq, virtual_host):
    with rabbitmq.channel(virtual_host) as channel:
        channel.exchange_delete("busbar.events")

    works_again(split, "after")
    says(split.gateway, "comes back with the next connection", limit=1)


def test_M3_a_deleted_queue_is_declared_again_and_what_was_in_it_comes_from_the_log(split, rabbitmq, virtual_host):
    before = register_all(split.gateway, "before", 1)
    eventually(lambda: receivers(split.gateway) == before, what="the first mail")
    split["email"].kill()
    lost = register_all(split.gateway, "lost", 100 if FULL else 10)
    all_is_sent(split.gateway)
    with rabbitmq.channel(virtual_host) as channel:
        assert channel.queue_delete("busbar.email").method.message_count == len(lost)

    split["email"].start()
    each_has_one_mail(split.gateway, before + lost)
    with rabbitmq.channel(virtual_host) as channel:
        channel.queue_delete("busbar.email")
    says(split["email"], "has ended the consumer of queue `busbar.email`")
    works_again(split, "after")


@pytest.mark.parametrize("directions", ["both", "to_server", "from_server"])
def test_M3_both_directions_are_back_after_a_network_that_swallowed_everything(new_busbar, rabbitmq, virtual_host,
                                                                               directions):
    gate, url = gated(rabbitmq, virtual_host)
    with gate:
        split = Split(new_busbar, url, GROUPS).start()
        gate.black_hole(**({} if directions == "both" else {"directions": directions}))
        for process in split.processes.values():
            lacks(process, "no connection to the broker")

        gate.forward()

        works_again(split, "after")
        for process in split.processes.values():
            is_whole(process)


# --- M4 to M8: it loses

def test_M4_an_event_without_a_binding_waits_is_told_and_arrives(split, rabbitmq, virtual_host):
    with rabbitmq.channel(virtual_host) as channel:
        channel.queue_unbind("busbar.email", "busbar.events", "registration.#")

    [address] = register_all(split.gateway, "unroutable", 1)

    lacks(split.gateway, "a binding is missing; nothing is lost", limit=5)
    says(split.gateway, "the broker has no queue for events", limit=1)
    each_has_one_mail(split.gateway, [address])
    is_whole(split.gateway)


def test_M5_events_that_a_full_queue_refuses_are_told_and_sent_again(split, rabbitmq, virtual_host):
    split["email"].kill()
    rabbitmq.limit_queue("busbar.email", 3, virtual_host)
    count = 300 if FULL else 30
    addresses = register_all(split.gateway, "refused", count)

    lacks(split.gateway, "the broker refuses events of registration")
    says(split.gateway, "the broker refuses events; they are kept and sent again", limit=1)
    eventually(lambda: (sent(split.gateway), queue_of(rabbitmq, virtual_host)["ready"]),
               lambda pair: pair[0] == pair[1] < count, what="a log that is as far as the queue")
    split["email"].start()  # which makes room

    each_has_one_mail(split.gateway, addresses)
    has_the_same_events(split, more_than=count)
    all_is_sent(split.gateway)
    is_whole(split.gateway)


def test_M7_a_purged_queue_is_a_gap_that_is_told_and_filled_in_order(split, rabbitmq, virtual_host):
    split["email"].kill()
    count = 300 if FULL else 30
    addresses = register_all(split.gateway, "purged", count)
    all_is_sent(split.gateway)
    with rabbitmq.channel(virtual_host) as channel:
        assert channel.queue_purge("busbar.email").method.message_count == count

    split["email"].start()
    began = time.monotonic()
    says(split["email"], "the broker has lost events of a log", limit=8)
    print(f"told after {time.monotonic() - began:.1f} s")

    each_has_one_mail(split.gateway, addresses)
    has_the_same_events(split, more_than=count)


def test_M8_messages_that_the_broker_lost_one_by_one_are_fetched(split, rabbitmq, virtual_host):
    split["email"].kill()
    addresses = register_all(split.gateway, "thinned", 100 if FULL else 10)
    all_is_sent(split.gateway)
    with rabbitmq.channel(virtual_host) as channel:
        for number, (method, _, _) in enumerate(take(channel, "busbar.email", len(addresses))):
            if number % 3 == 1:
                channel.basic_ack(method.delivery_tag)

    split["email"].start()

    says(split["email"], "events of a log did not arrive and are fetched from their source")
    each_has_one_mail(split.gateway, addresses)


# --- M10, M12: it takes nothing, and gives no more than is asked for

@pytest.mark.parametrize("resource", ["memory", "disk"])
def test_M10_under_an_alarm_registrations_stay_quick_and_the_log_keeps_them(split, rabbitmq, resource):
    with alarm(rabbitmq, resource):
        times, addresses = [], []
        for number in range(200 if FULL else 20):
            began = time.monotonic()
            addresses += register_all(split.gateway, f"blocked-{number}", 1)
            times.append(time.monotonic() - began)
        lacks(split.gateway, "the broker takes nothing at present", limit=5)
        # What was sent before the broker had told may be with it already.
        [(head,)] = rows(split.gateway, "registration", "SELECT max(sequence) FROM event_log")
        [(place,)] = rows(split.gateway, "registration", "SELECT sequence FROM log_followers WHERE module = '(broker)'")
        assert place < head == len(addresses)

    assert sorted(times)[len(times) // 2] < 0.5 and max(times) < 3, times
    each_has_one_mail(split.gateway, addresses)
    is_whole(split.gateway)


def test_M12_no_more_than_the_prefetch_is_under_way_to_a_module_that_cannot_write(split, rabbitmq, virtual_host):
    prefetch, more = 2000, 5_000 if FULL else 2_200
    [first] = register_all(split.gateway, "first", 1)
    eventually(lambda: receivers(split.gateway) == [first], what="the first mail")
    assert split.gateway.stop() == 0
    for number in range(more):  # of a type that the module passes over
        append_event(split.gateway, json.dumps({"user_id": "nobody", "email": "nobody@example.org"}), f"key-{number}",
                     type="registration.user_confirmed")
    lock = sqlite3.connect(split["email"].data / "email.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        split.gateway.start()
        counts = []

        def is_full():
            counts.append(unacknowledged(rabbitmq, virtual_host))
            return counts[-1] >= prefetch and queue_of(rabbitmq, virtual_host)["ready"] >= more - prefetch

        eventually(is_full, limit=30, what="a full prefetch")
        says(split["email"], "could not be stored and is tried again", limit=20)
        is_full()
        assert max(counts) == counts[-1] == prefetch, counts
    finally:
        lock.execute("ROLLBACK")
        lock.close()

    each_has_one_mail(split.gateway, [first])
    eventually(lambda: unacknowledged(rabbitmq, virtual_host), lambda count: count == 0, what="nothing under way")
    assert lacking(split["email"]) == ""
