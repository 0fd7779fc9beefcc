"""Rows S11 and S17: what somebody learns who only asks and looks."""

import statistics
import time

import pytest

from busbar import PASSWORD
from visitor import begin_session, confirmed_account

PAIRS = 60
# A hash that is left out shows as a tenth of the time; what is noise on a busy machine is far less.
LARGEST_RATIO = 1.3


def medians(first, second):
    """Seconds of each, asked in turns so that both meet the same machine."""
    times = [], []
    for _ in range(PAIRS):
        for ask, found in zip((first, second), times):
            start = time.monotonic()
            ask()
            found.append(time.monotonic() - start)
    return [statistics.median(found) for found in times]


def assert_alike(first, second):
    one, other = medians(first, second)
    assert max(one, other) / min(one, other) < LARGEST_RATIO, f"{1000 * one:.2f} ms and {1000 * other:.2f} ms"


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
    numbers = iter(range(2 * PAIRS))
    connection = with_ada.connect()

    assert_alike(lambda: with_ada.register("ada@example.org", connection=connection),
                 lambda: with_ada.register(f"user-{next(numbers)}@example.org", connection=connection))


def test_S11_without_any_account_a_sign_in_takes_as_long(new_busbar, with_ada):
    empty = new_busbar().start()
    connections = {server: server.connect() for server in (empty, with_ada)}

    def sign_in(server):
        answer = server.request("POST", "/api/v1/sessions", {"email": "ada@example.org", "password": "a wrong password"},
                                connection=connections[server])
        assert answer.status == 401

    assert_alike(lambda: sign_in(empty), lambda: sign_in(with_ada))


def test_S17_looking_at_a_mailed_link_changes_nothing(busbar):
    busbar.register("ada@example.org")
    path = f"/confirm?token={busbar.token_for('ada@example.org')}"

    for method in ("GET", "HEAD", "GET", "GET", "HEAD"):
        assert busbar.request(method, path, headers={"Sec-Purpose": "prefetch"}).status == 200
    assert begin_session(busbar, "ada@example.org", PASSWORD).status == 403
    assert busbar.post("/api/v1/confirmations", {"token": path.split("=")[1]}).status == 204
    assert begin_session(busbar, "ada@example.org", PASSWORD).status == 201
