"""The gate in front of a small server that sends back what it gets."""

import contextlib
import os
import socket
import socketserver
import threading
import time

import pytest

from busbar import eventually
from tcp_gate import FROM_SERVER, TO_SERVER, tcp_gate

SHORT = 0.2  # seconds in which an open gate would have answered long ago


class echo(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):  # that is what gates do
            while data := self.request.recv(65536):
                self.server.seen.append(data)
                self.request.sendall(data)


class echo_server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def server():
    with echo_server(("127.0.0.1", 0), echo) as one:
        one.seen = []
        thread = threading.Thread(target=one.serve_forever, args=(0.01,))
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.fixture
def gate(server):
    with tcp_gate(*server.server_address) as one:
        yield one


@pytest.fixture
def connect(gate):
    clients = []

    def make():
        clients.append(socket.create_connection(("127.0.0.1", gate.port), 5))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def receive(client, size):
    data = b""
    while len(data) < size:
        part = client.recv(65536)
        assert part, f"it was closed after {data!r}"
        data += part
    return data


def is_silent(client):
    client.settimeout(SHORT)
    try:
        return client.recv(1) and False
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)


def test_it_forwards_both_ways_and_the_end(connect, gate):
    client = connect()
    data = os.urandom(3_000_000)
    sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
    sender.start()

    assert receive(client, len(data)) == data
    assert client.recv(1) == b""
    sender.join()
    assert gate.forwarded == {TO_SERVER: len(data), FROM_SERVER: len(data)}
    eventually(lambda: gate.open_connections == 0)


def test_it_refuses_and_opens_again_at_the_same_port(connect, gate):
    client = connect()
    client.sendall(b"a")
    receive(client, 1)

    gate.refuse()

    with pytest.raises(ConnectionRefusedError):
        connect()
    client.sendall(b"b")
    assert receive(client, 1) == b"b"

    gate.forward()
    second = connect()
    second.sendall(b"c")
    assert receive(second, 1) == b"c"


@pytest.mark.parametrize("directions, server_sees_it", [((TO_SERVER, FROM_SERVER), False), (TO_SERVER, False), (FROM_SERVER, True)])
def test_a_black_hole_holds_back_until_it_ends(connect, gate, server, directions, server_sees_it):
    old = connect()
    old.sendall(b"a")
    receive(old, 1)
    server.seen.clear()

    gate.black_hole(directions)
    new = connect()
    for client in (old, new):
        client.sendall(b"b")
        assert is_silent(client)
    assert server.seen == ([b"b", b"b"] if server_sees_it else [])

    gate.forward()
    for client in (old, new):
        assert receive(client, 1) == b"b"


def test_the_end_of_the_server_is_not_seen_through_a_black_hole(connect, gate, server):
    client = connect()
    client.sendall(b"a")
    receive(client, 1)
    gate.black_hole(FROM_SERVER)
    client.shutdown(socket.SHUT_WR)  # the server closes as well

    assert is_silent(client)

    gate.forward()
    assert client.recv(1) == b""


def test_a_delay_is_kept_once_a_direction_and_not_once_a_piece(connect, gate):
    client = connect()
    gate.delay(SHORT)
    started = time.monotonic()
    for _ in range(5):
        client.sendall(b"a")
    receive(client, 5)

    assert 2 * SHORT <= time.monotonic() - started < 4 * SHORT

    gate.delay(60, TO_SERVER)
    client.sendall(b"b")
    assert is_silent(client)
    gate.forward()
    assert receive(client, 1) == b"b"


def test_slices_arrive_in_parts_and_in_order(connect, gate, server):
    client = connect()
    gate.slice(3, pause=0.1, directions=TO_SERVER)  # time for the server to read each by itself

    client.sendall(b"0123456789")

    assert receive(client, 10) == b"0123456789"
    assert len(server.seen) > 1 and len(server.seen[0]) % 3 == 0


def test_it_resets_a_connection_that_sends(connect, gate, server):
    silent, talking = connect(), connect()
    gate.close_on_data()

    talking.sendall(b"a")

    with pytest.raises(ConnectionResetError):
        talking.recv(1)
    gate.forward()
    silent.sendall(b"b")
    assert receive(silent, 1) == b"b"
    assert b"a" not in server.seen


def test_a_cut_resets_what_is_open_and_takes_new_ones(connect, gate):
    clients = [connect() for _ in range(3)]
    for client in clients:
        client.sendall(b"a")
        receive(client, 1)

    assert gate.cut() == 3

    for client in clients:
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    new = connect()
    new.sendall(b"b")
    assert receive(new, 1) == b"b"


def test_without_a_server_a_connection_is_reset(connect, gate, server):
    server.server_close()

    with pytest.raises(ConnectionResetError):
        connect().recv(1)


def test_a_cut_ends_what_a_black_hole_holds(connect, gate):
    gate.black_hole()
    client = connect()
    client.sendall(b"a")
    eventually(lambda: gate.open_connections == 1)

    assert gate.cut() == 1

    with pytest.raises(ConnectionResetError):
        client.recv(1)
