"""Requests that the server has read and not answered yet."""

import http.client
import io
import json
import pathlib

from busbar import PASSWORD, Answer
from raw_http import connect

ESTABLISHED, LISTENING = "01", "0A"


class OpenRequest:
    """A POST on a connection of its own, sent on construction; with `is_half` the second half of the body in complete()."""

    def __init__(self, address, path, body, token=None, is_half=False):
        self.receiver = body["email"] if "email" in body else body["to"][0]
        text = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        now = len(text) // 2 if is_half else len(text)
        self.rest = text[now:]
        self.connection = connect(address, timeout=30)
        self.connection.sendall(head.encode() + b"\r\n" + text[:now])

    def complete(self):
        self.connection.sendall(self.rest)

    def answer(self):
        """The only one on this connection, which has to end behind it; a reset is an exception."""
        with self.connection:
            received = b"".join(iter(lambda: self.connection.recv(65536), b""))
        stream = io.BytesIO(received)
        stream.makefile = lambda _: stream  # what http.client asks of a socket
        response = http.client.HTTPResponse(stream)
        response.begin()
        return Answer(response, response.read())


def order(busbar, receiver, is_half=False):
    return OpenRequest(busbar.ready["admin"], "/api/v1/emails", {"to": [receiver], "subject": "x", "text": "y"},
                       busbar.admin_token, is_half)


def registration(busbar, receiver, is_half=False):
    return OpenRequest(busbar.ready["http"], "/api/v1/registrations",
                       {"name": "Ada Lovelace", "email": receiver, "password": PASSWORD}, is_half=is_half)


def are_read(busbar, count):
    """Whether so many connections are open and all that was sent there has been read by the program, as the kernel says."""
    ports = {int(busbar.ready[listener].rpartition(":")[2]) for listener in ("http", "admin")}
    open_ones = 0
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) not in ports or fields[3] not in (ESTABLISHED, LISTENING):
            continue
        open_ones += fields[3] == ESTABLISHED
        if int(fields[4].rpartition(":")[2], 16) > 0:  # of one that listens: connections that nobody has accepted
            return False
    return open_ones == count
