#!/usr/bin/python3
"""Busbar as one process for each module, around a RabbitMQ of their own, until SIGINT or SIGTERM.

    tests/run_split.py BINARY [--data FOLDER] [--listen HOST:PORT] [--admin HOST:PORT]
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from processes import end_child, start_child  # noqa: E402
from rabbitmq import rabbitmq  # noqa: E402
from rabbitmq_command import SIGNALS, end_at_a_signal  # noqa: E402

GATEWAY = "web"
GROUPS = ("registration", "email", "logging", "product", GATEWAY)  # each ends before those to its left
START_LIMIT = 30
STOP_LIMIT = 15


def privately(path, flags):
    return os.open(path, flags, 0o600)


class member:
    """A process of the system: one group of modules with a data folder of its own. A context manager."""

    def __init__(self, given, group, bus_url):
        self.group = group
        self.folder = given.data / group
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.folder / "ready.json"
        self.ready_file.unlink(missing_ok=True)
        is_gateway = group == GATEWAY
        self.command = [given.binary, "serve", "--data", self.folder, "--ready-file", self.ready_file, "--modules", group,
                        "--listen", given.listen, "--admin", given.admin if is_gateway else "127.0.0.1:0"]
        # Not as arguments: everybody on the machine can read those, and the URL holds a password.
        self.variables = {**os.environ, "BUSBAR_BUS_URL": bus_url,
                          "BUSBAR_HTTP_PUBLIC_URL": f"http://{given.listen}"}

    def __enter__(self):
        with open(self.folder / "output.txt", "ab", opener=privately) as output:  # a link that signs in is printed
            self.process = start_child(self.command, end_with=signal.SIGTERM, env=self.variables, stdout=output,
                                       stderr=subprocess.STDOUT)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self):
        end = time.monotonic() + START_LIMIT
        while not self.ready_file.exists():  # complete when it appears
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{self.group} did not start; see {self.folder / 'output.txt'}:\n" + self._last_words())
            time.sleep(0.02)
        self.ready = json.loads(self.ready_file.read_text())

    def _last_words(self):
        return (self.folder / "output.txt").read_text(errors="replace")[-2000:]

    def __exit__(self, *_):
        end_child(self.process, STOP_LIMIT)


def describe(members, given, bus_url_shown):
    print(f"register     http://{given.listen}/register")
    for one in members:
        print(f"{one.group:<12} http://{one.ready['admin']}   sign in: busbar console --data {one.folder}   pid {one.ready['pid']}")
    print(f"broker       {bus_url_shown}")
    print("Ctrl-C ends all of them.", flush=True)


def wait_for_the_end(members, broker):
    """0 at a signal; 1 when one of them ended by itself."""
    mask = {*SIGNALS, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, mask)
    while broker.process.poll() is None and all(one.process.poll() is None for one in members):
        if signal.sigwaitinfo(mask).si_signo != signal.SIGCHLD:
            return 0
    for one in members:
        if one.process.poll() is not None:
            print(f"{one.group} ended with {one.process.returncode}; see {one.folder / 'output.txt'}", file=sys.stderr)
    return 1


def main(arguments):
    parser = argparse.ArgumentParser(prog="run_split.py", description="One process for each module, and a broker.")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("busbar-data-split"))
    parser.add_argument("--listen", default="127.0.0.1:8080", help="where the pages are (default: %(default)s)")
    parser.add_argument("--admin", default="127.0.0.1:8081", help="the admin listener of the gateway (default: %(default)s)")
    given = parser.parse_args(arguments)
    end_at_a_signal()
    with contextlib.ExitStack() as all_of_them:
        broker = all_of_them.enter_context(rabbitmq(data=given.data / "rabbitmq"))
        members = [all_of_them.enter_context(member(given, group, broker.url)) for group in GROUPS]
        describe(members, given, f"127.0.0.1:{broker.port}")
        return wait_for_the_end(members, broker)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
