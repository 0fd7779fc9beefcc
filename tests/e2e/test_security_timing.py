"""Rows S11 and S17: what somebody learns who only asks and looks."""

import bisect
import math
import statistics
import time

import pytest

from busbar import PASSWORD, eventually, link_in
from visitor import begin_session, confirmed_account

PAIRS = 200
MEASUREMENTS = 5
# A hash that is left out shows as a tenth of the time, and what is noise on a busy machine comes to both.
LARGEST_DIFFERENCE = 0.1  # of the medians
# Of the two distributions, as Kolmogorov and Smirnov have it: so far apart are equal ones in 5 of 100 such samples.
CRITICAL_DISTANCE = 1.36 * math.sqrt(2 / PAIRS)


def measure(*asked):
    """Seconds of each, asked in turns so that all meet the same machine, and what one leaves to be done meets all."""
    turns = [(ask, []) for ask in asked]
    for pair in range(PAIRS):
        for ask, found in turns if pair % 2 else reversed(turns):
            start = time.monotonic()
            ask()
            found.append(time.monotonic() - start)
    return [sorted(found) for _, found in turns]


def distance(one, other):
    """The largest difference of the shares that took no longer than a time."""
    return max(abs(bisect.bisect_right(one, at) / len(one) - bisect.bisect_right(other, at) / len(other))
               for at in [*one, *other])


def difference(first, second):
    """Which is the quicker one and what tells the two apart, or nothing."""
    one, other = measure(first, second)
    medians = statistics.median(one), statistics.median(other)
    apart = distance(one, other)
    if max(medians) / min(medians) < 1 + LARGEST_DIFFERENCE and apart < 1.5 * CRITICAL_DISTANCE:
        return None
    told = f"medians {1000 * medians[0]:.2f} ms and {1000 * medians[1]:.2f} ms, distance {apart:.3f}"
    return "first" if medians[0] < medians[1] else "second", told


def assert_alike(first, second):
    """A difference that is there is there each time; what a busy machine adds is not."""
    told = []
    while len(told) < MEASUREMENTS and (seen := difference(first, second)):
        told.append(seen)
    assert len(told) < MEASUREMENTS, told


def assert_processes_alike(first, second, start_anew):
    """Where a process has its memory makes it quicker or slower for all its life: of new ones it is not always the same."""
    told = []
    while len(told) < MEASUREMENTS and (seen := difference(first, second)):
        told.append(seen)
        if len({quicker for quicker, _ in told}) > 1:
            return
        start_anew()
    assert len(told) < MEASUREMENTS, told


@pytest.fixture
def with_ada(busbar):
    confirmed_account(busbar, "ada@example.org")
    return busbar


def test_S11_an_unknown_address_takes_as_long_as_a_known_one(with_ada):
    connection = with_ada.connect()

    def sign_in(address):
        answer = with_ada.request("POST", "/api/v1/sessions", {"email": address, "password": "a wrong password"},
                                  connection=connection)
        assert answer.status == 401

    assert_alike(lambda: sign_in("ada@example.org"), lambda: sign_in("nobody@example.org"))


def test_S11_registering_takes_as_long_for_a_known_address(with_ada):
    numbers = iter(range(MEASUREMENTS * PAIRS))
    connection = with_ada.connect()

    assert_alike(lambda: with_ada.register("ada@example.org", connection=connection),
                 lambda: with_ada.register(f"user-{next(numbers)}@example.org", connection=connection))


def test_S11_without_any_account_a_sign_in_takes_as_long(new_busbar, with_ada):
    empty = new_busbar().start()
    connections = {server: server.connect() for server in (empty, with_ada)}

    def start_anew():
        for server in connections:
            server.stop()
            server.start()
            connections[server] = server.connect()

    def sign_in(server):
        answer = server.request("POST", "/api/v1/sessions", {"email": "ada@example.org", "password": "a wrong password"},
                                connection=connections[server])
        assert answer.status == 401

    assert_processes_alike(lambda: sign_in(empty), lambda: sign_in(with_ada), start_anew)


def look_at(busbar, path):
    for method in ("GET", "HEAD", "GET", "GET", "HEAD"):
        assert busbar.request(method, path, headers={"Sec-Purpose": "prefetch"}).status == 200


def test_S17_looking_at_a_mailed_link_changes_nothing(busbar):
    busbar.register("ada@example.org")
    path = f"/confirm?token={busbar.token_for('ada@example.org')}"

    look_at(busbar, path)
    assert begin_session(busbar, "ada@example.org", PASSWORD).status == 403
    assert busbar.post("/api/v1/confirmations", {"token": path.split("=")[1]}).status == 204
    assert begin_session(busbar, "ada@example.org", PASSWORD).status == 201


def test_S17_looking_at_a_link_for_a_new_password_changes_nothing(with_ada):
    with_ada.post("/api/v1/password-resets", {"email": "ada@example.org"})
    mails = eventually(lambda: with_ada.mails_to("ada@example.org"), lambda found: len(found) == 2)
    link = link_in(with_ada.admin("GET", f"/api/v1/emails/{mails[0]['id']}").json["text"])

    look_at(with_ada, link.removeprefix(with_ada.url))
    assert begin_session(with_ada, "ada@example.org", PASSWORD).status == 201
    reset = {"token": link.split("=")[1], "password": "staple of another kind"}
    assert with_ada.post("/api/v1/password-resets/complete", reset).status == 204
    assert begin_session(with_ada, "ada@example.org", "staple of another kind").status == 201
