"""An attacker with many slow connections, and a client beside him that only wants its answers."""

import socket
import threading
import time

from raw_http import connect

PAUSE = 0.02  # seconds between two looks of the healthy client
SLOW_PAUSE = 0.25  # seconds between two bytes of the attacker


class HealthyClient:
    """GET /livez and GET / again and again on one connection, until it is left. `times`: seconds, by path."""

    def __init__(self, busbar):
        self.busbar = busbar
        self.times = {"/livez": [], "/": []}
        self.troubles = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def work(self):
        connection = self.busbar.connect(timeout=30)
        try:
            while not self.is_over.wait(PAUSE):
                for path, times in self.times.items():
                    start = time.monotonic()
                    answer = self.busbar.request("GET", path, connection=connection)
                    times.append(time.monotonic() - start)
                    if answer.status != 200:
                        self.troubles.append(answer)
        except Exception as failure:  # told by the test, which ends in its own thread
            self.troubles.append(failure)
        finally:
            connection.close()

    def percentile(self, path, percent):
        """Milliseconds."""
        times = sorted(self.times[path])
        return 1000 * times[min(len(times) - 1, len(times) * percent // 100)]


class SlowCrowd:
    """Connections that begin with some bytes and then send one byte a time, or nothing and do not read."""

    def __init__(self, address, count, beginning, drop, receive_buffer=None):
        self.drop = drop
        self.connections = []
        for _ in range(count):
            connection = connect(address) if receive_buffer is None else self.narrow(address, receive_buffer)
            connection.setblocking(False)
            self.connections.append(connection)
            self.send(connection, beginning)

    @staticmethod
    def narrow(address, size):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)  # before the window is agreed on
        host, port = address.rsplit(":", 1)
        connection.connect((host, int(port)))
        return connection

    @staticmethod
    def send(connection, what):
        try:
            connection.send(what)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass  # full, or cut off, which is what the test waits for

    def drip(self):
        if self.drop:
            for connection in self.connections:
                self.send(connection, self.drop)

    def close(self):
        for connection in self.connections:
            connection.close()


class Crowds:
    """Several of them, dripping in the background until they are left."""

    def __init__(self, *crowds):
        self.crowds = crowds
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
        for crowd in self.crowds:
            crowd.close()

    def work(self):
        while not self.is_over.wait(SLOW_PAUSE):
            for crowd in self.crowds:
                crowd.drip()
