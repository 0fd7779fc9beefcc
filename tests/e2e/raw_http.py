"""HTTP by the byte, for what no client library sends."""

import socket


def connect(address, timeout=10):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=timeout)


def read_all(connection):
    """Until the other side ends or resets the connection."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def ask(address, request):
    """All that comes back until the connection ends, so the request has to be the last one or a wrong one."""
    with connect(address) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before all of it was sent
        return read_all(connection)


def status_of(answer):
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer.split()[1])
