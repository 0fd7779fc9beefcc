#!/usr/bin/python3
"""Debian's RabbitMQ on free ports of 127.0.0.1, with all it writes below one temporary folder.

    tests/rabbitmq.py run [--] COMMAND…                    COMMAND with a broker of its own; ends as COMMAND ends
    tests/rabbitmq.py serve [--data FOLDER] [--port N]     one in the foreground, until SIGINT or SIGTERM

COMMAND finds it by BUSBAR_TEST_AMQP (the URL) and BUSBAR_TEST_AMQP_CONTROL (a JSON file, see `description`).
"""

import contextlib
import fcntl
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from processes import end_child, free_port, start_child  # noqa: E402
from rabbitmq_control import CONTROL_SERVER, rabbitmq_control  # noqa: E402
from rabbitmq_files import SCRIPTS, variables, write_files  # noqa: E402

PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
START_LIMIT = 60
STOP_LIMIT = 20


class rabbitmq(rabbitmq_control):
    """One broker: a context manager, or start() … end().

    start() returns when it takes connections. stop() and kill() leave data, ports and name for the next start(); end()
    also removes the folder. Its processes end with this one, even when it is killed; start it in the main thread.
    With `data` the messages are kept there; with `tls` (certificate, key and authority as paths) it has a second listener.
    """

    def __init__(self, port=None, data=None, tls=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="busbar-rabbitmq-"))
        self.data = pathlib.Path(data).resolve() if data else self.folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.tls = tls
        self.tls_port = free_port() if tls else None
        self.epmd_port = free_port()
        self.distribution_port = free_port()
        self.node = self._name()
        self.lock = self.epmd = self.process = None
        write_files(self.folder, self.port, self.tls_port, tls)
        (self.folder / "control.erl").write_text(CONTROL_SERVER)
        assert len(str(self.control_socket)) < 108, f"too long for the path of a socket: {self.control_socket}"

    def _name(self):
        """The database belongs to the node's name, so it is kept beside it."""
        path = self.data / "node"
        if not path.exists():
            path.write_text(f"busbar-{secrets.token_hex(4)}@localhost")
        return path.read_text()

    def variables(self):
        return variables(self.folder, self.data, self.node, self.epmd_port, self.distribution_port)

    # --- life

    def start(self):
        self._lock()
        try:
            with open(self.folder / "output.txt", "ab") as output:
                options = {"env": self.variables(), "cwd": self.folder, "stdout": output, "stderr": subprocess.STDOUT}
                # In the foreground: the one that a node starts by itself outlives it.
                self.epmd = start_child(["epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"], **options)
                self._wait_for(self.epmd, lambda: accepts(self.epmd_port))
                control = f'{{ok, _}} = file:script("{self.folder}/control.erl", [{{\'Path\', "{self.control_socket}"}}])'
                self.process = start_child([SCRIPTS / "rabbitmq-server", "-eval", control], **options)
            self._wait_for(self.process, lambda: speaks_amqp(self.port) and self.control_socket.exists())
        except BaseException:
            self.kill()
            raise
        return self

    def _lock(self):
        self.lock = open(self.data / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"a broker already runs with {self.data}") from None

    def _wait_for(self, process, is_ready):
        end = time.monotonic() + START_LIMIT
        while not is_ready():
            assert process.poll() is None, f"{process.args[0]} ended with {process.returncode}:\n{self.output()}"
            assert time.monotonic() < end, f"{process.args[0]} was not ready within {START_LIMIT} s:\n{self.output()}"
            time.sleep(0.02)

    def stop(self, limit=STOP_LIMIT):
        """SIGTERM, which lets it close its queues; SIGKILL after `limit` seconds."""
        for process in (self.process, self.epmd):
            if process is not None:
                end_child(process, limit)
        self.control_socket.unlink(missing_ok=True)
        if self.lock:
            self.lock.close()

    def kill(self):
        """SIGKILL: a power cut, but for what the kernel still holds for the disk."""
        self.stop(limit=0)

    def restart(self):
        self.stop()
        return self.start()

    def end(self):
        """Twice is once."""
        self.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_):
        self.end()

    # --- what a test asks

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return self.url_of()

    def url_of(self, virtual_host="", name="guest", password="guest"):
        return f"amqp://{name}:{password}@127.0.0.1:{self.port}" + (f"/{virtual_host}" if virtual_host else "")

    def output(self):
        paths = [self.folder / "output.txt", *sorted(self.folder.glob("log/*.log"))]
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in paths if path.exists())

    def description(self):
        """What another program needs to reach the node. `control` is the socket of rabbitmq_control.py."""
        return {"url": self.url, "port": self.port, "tls_port": self.tls_port, "node": self.node, "pid": self.pid,
                "epmd_port": self.epmd_port, "epmd_pid": self.epmd.pid, "distribution_port": self.distribution_port,
                "home": str(self.folder), "control": str(self.control_socket)}


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def speaks_amqp(port):
    """Its listener opens before it takes connections: the answer to the header tells, a method frame (type 1)."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.settimeout(5)
        connection.sendall(PROTOCOL_HEADER)
        return connection.recv(1) == b"\x01"
    return False


if __name__ == "__main__":
    from rabbitmq_command import main
    sys.exit(main(sys.argv[1:]))
