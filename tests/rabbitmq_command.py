"""The commands of rabbitmq.py: `run` and `serve`."""

import argparse
import json
import os
import shutil
import signal
import sys

from processes import start_child
from rabbitmq import rabbitmq

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FROM_THE_TERMINAL = 0x80  # SI_KERNEL: the terminal has sent it to COMMAND, too


def end_at_a_signal():
    """While the broker starts, which may take long: leave through the clean-up."""
    def leave(number, _):
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the clean-up itself is not interrupted
        sys.exit(128 + number)
    for number in SIGNALS:
        signal.signal(number, leave)


def run(command):
    """The exit code of the command, 128 + N if signal N ended it."""
    end_at_a_signal()
    with rabbitmq() as broker:
        path = broker.folder / "control.json"
        path.write_text(json.dumps(broker.description()))
        variables = {**os.environ, "BUSBAR_TEST_AMQP": broker.url, "BUSBAR_TEST_AMQP_CONTROL": str(path)}
        return run_to_its_end(command, variables)


def run_to_its_end(command, variables):
    """Waits for signals and for the end of the command at once: what comes between the two is not lost."""
    mask = {*SIGNALS, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, mask)
    child = start_child(command, end_with=signal.SIGTERM, env=variables, stdin=None, own_session=False)
    while child.poll() is None:
        arrived = signal.sigwaitinfo(mask)
        if arrived.si_signo != signal.SIGCHLD and arrived.si_code != FROM_THE_TERMINAL:
            child.send_signal(arrived.si_signo)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def serve(data, port):
    end_at_a_signal()
    with rabbitmq(port=port, data=data) as broker:
        print(broker.url, flush=True)
        mask = {*SIGNALS, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, mask)
        while broker.process.poll() is None and broker.epmd.poll() is None:
            if signal.sigwaitinfo(mask).si_signo != signal.SIGCHLD:
                return 0
        print(f"the broker ended by itself:\n{broker.output()}", file=sys.stderr)
        return 1


def main(arguments):
    parser = argparse.ArgumentParser(prog="rabbitmq.py", description="Debian's RabbitMQ on free ports of 127.0.0.1.")
    commands = parser.add_subparsers(dest="name", required=True)
    runner = commands.add_parser("run", help="a command with a broker of its own")
    runner.add_argument("command", nargs=argparse.REMAINDER, metavar="[--] COMMAND…")
    server = commands.add_parser("serve", help="one in the foreground")
    server.add_argument("--data", metavar="FOLDER", help="where the messages are kept (default: nowhere)")
    server.add_argument("--port", type=int, metavar="N", help="where it listens (default: a free port)")
    given = parser.parse_args(arguments)
    if given.name == "serve":
        return serve(given.data, given.port)
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        runner.error("which command?")
    if not shutil.which(command[0]):
        runner.error(f"there is no command {command[0]}")
    return run(command)
