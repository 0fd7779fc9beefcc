"""The broker around a command, and the one in the foreground."""

import json
import signal
import subprocess
import sys
import tempfile

import pika
import pytest

from busbar import ROOT, eventually
from leftovers import nothing_is_left, ports_of, processes_of
from rabbitmq import accepts, rabbitmq as broker

COMMAND = [sys.executable, str(ROOT / "tests/rabbitmq.py")]


@pytest.fixture
def described(tmp_path, monkeypatch):
    """Starts a program below `run`; gives the process and the broker's description, once COMMAND has begun."""
    started = []
    folder = tempfile.TemporaryDirectory(prefix="busbar-")  # pytest's may be too long for a Unix socket
    monkeypatch.setenv("TMPDIR", folder.name)

    def start(script):
        copy = tmp_path / "description.json"
        program = f'cp "$BUSBAR_TEST_AMQP_CONTROL" {copy}.new; mv {copy}.new {copy}; {script}'
        started.append(subprocess.Popen([*COMMAND, "run", "--", "sh", "-c", program], start_new_session=True))
        eventually(copy.exists, limit=60, what="the start of the command")
        return started[-1], json.loads(copy.read_text())

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
    folder.cleanup()


@pytest.mark.parametrize("script, code", [("exit 7", 7), ("kill -9 $$", 137)])
def test_run_ends_as_its_command_does(described, script, code):
    process, description = described(f'test "$BUSBAR_TEST_AMQP" || exit 99; {script}')

    assert process.wait(30) == code
    assert nothing_is_left(description)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_forwards_a_signal_and_tidies_up(described, number):
    process, description = described("trap 'exit 5' TERM INT; while :; do sleep 0.05; done")
    assert accepts(description["port"])

    process.send_signal(number)

    assert process.wait(30) == 5
    assert nothing_is_left(description)


def test_with_run_killed_no_process_is_left(described):
    process, description = described("while :; do sleep 0.05; done")

    process.kill()
    process.wait()

    eventually(lambda: processes_of(description["home"]), lambda left: not left, what="the end of all processes")
    assert not any(accepts(port) for port in ports_of(description))


def test_serve_says_where_and_keeps_the_data(tmp_path):
    for expected in ([], ["letters"]):
        process = subprocess.Popen([*COMMAND, "serve", "--data", str(tmp_path)], stdout=subprocess.PIPE, text=True)
        try:
            url = process.stdout.readline().strip()
            connection = pika.BlockingConnection(pika.URLParameters(url))
            channel = connection.channel()
            for name in expected:
                channel.queue_declare(name, passive=True)
            channel.queue_declare("letters", durable=True)
            connection.close()
            with pytest.raises(RuntimeError, match="already runs"), broker(data=tmp_path):
                pass
        finally:
            process.terminate()
            assert process.wait(30) == 0
            process.stdout.close()
    assert processes_of(tmp_path) == []
