"""What tests of a troubled broker look at."""

import contextlib
import sqlite3
import time

from busbar import eventually
from processes import stat_fields
from rabbitmq_control import binary
from tcp_gate import tcp_gate

# With `email` in a process of its own there is a broker between the event and its mail.
REST = "web,registration,logging,product"
GROUPS = (REST, "email")


def lacking(busbar):
    """What it says that it lacks, as one text. It must be ready all the same: the trouble is elsewhere."""
    answer = busbar.request("GET", "/readyz", listener="admin")
    assert answer.status == 200, answer
    return "; ".join(one["reason"] for one in answer.json.get("lacking", []))


def lacks(busbar, text, limit=15.0):
    return eventually(lambda: lacking(busbar), lambda found: text in found, limit=limit, what=f"'{text}' in /readyz")


def is_whole(busbar, limit=15.0):
    eventually(lambda: lacking(busbar), lambda found: found == "", limit=limit, what="an end of what it lacks")


def says(busbar, text, limit=15.0, times=1):
    """In its log."""
    eventually(lambda: busbar.output().count(text), lambda count: count >= times, limit=limit,
               what=f"{times} × '{text}' in the log")


def sent(busbar, module="registration"):
    """How far the module's log is with the broker, as the process says itself."""
    status = busbar.admin("GET", "/api/v1/bus").json
    return next(one["sent"][module] for one in status["processes"] if module in one["modules"])


def published(busbar, module="registration"):
    status = busbar.admin("GET", "/api/v1/bus").json
    return next(one["published"] for one in status["processes"] if module in one["modules"])


def all_is_sent(busbar, limit=20.0):
    eventually(lambda: (sent(busbar), published(busbar)), lambda pair: pair[0] == pair[1], limit=limit,
               what="a log that is with the broker")


def rows(busbar, module, query):
    """Of the module's file, while the process has it open."""
    with contextlib.closing(sqlite3.connect(f"file:{busbar.data}/{module}.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def gated(broker, virtual_host):
    """A gate before the broker and the URL through it."""
    gate = tcp_gate("127.0.0.1", broker.port)
    return gate, f"amqp://guest:guest@127.0.0.1:{gate.port}/{virtual_host}"


def unacknowledged(broker, virtual_host, queue="busbar.email"):
    """How many messages of it are with its consumer."""
    value = broker.evaluate(f"""
        {{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r({binary(virtual_host)}, queue, {binary(queue)})),
        integer_to_binary(proplists:get_value(messages_unacknowledged,
            rabbit_amqqueue:info(Queue, [messages_unacknowledged])))""")
    return int(value)


def queue_of(broker, virtual_host, name="busbar.email"):
    """As list_queues() describes it; nothing when there is none."""
    return next((one for one in broker.list_queues(virtual_host) if one["name"] == name), None)


def cpu_seconds(pid):
    """That the process has used until now."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / 100  # utime, stime in USER_HZ


def cpu_share(pids, seconds=10.0):
    """Of one core, for each, over a span of time."""
    before = {pid: cpu_seconds(pid) for pid in pids}
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began, lambda passed: passed >= seconds, limit=seconds + 10)
    passed = time.monotonic() - began
    return {pid: (cpu_seconds(pid) - before[pid]) / passed for pid in pids}


@contextlib.contextmanager
def alarm(broker, resource):
    change = getattr(broker, f"set_{resource}_alarm")
    change(True)
    try:
        yield
    finally:
        change(False)
