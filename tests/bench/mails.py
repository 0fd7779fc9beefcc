"""The mail module: mails a second, latency, finding.

Mails a second with the bus in memory and with RabbitMQ are ordered by a program that is not ours: over HTTP where there is
no broker, else by publishing `email.send` with a bare JSON body. So the second figure has the broker, the queue and the
module's own file in it. What a drain measures waits in the queue when the server comes up: the sender alone.
"""

import asyncio
import http.client
import json
import multiprocessing
import random
import secrets
import socket
import subprocess
import sys
import threading
import time

from server import ROOT, cpu_seconds, rss_mib, server, show, wrk

sys.path.insert(0, str(ROOT / "tests"))

from rabbitmq import rabbitmq  # noqa: E402

ADAPTER = ROOT / "build/bench/bus/amqp/bus_amqp_bench"
BARE_MAILER = ROOT / "build/bench/tests/bench/bare_mailer"
WARM_UP = 300
BARE_WARM_UP = 50


class conversation(asyncio.Protocol):
    """With one client of a sink."""

    def __init__(self, sink):
        self.sink = sink
        self.received = b""
        self.data_came = None

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n" if self.data_came is None else b"\r\n.\r\n")) >= 0:
            command = self.received[:4].upper()
            self.received = self.received[end + (2 if self.data_came is None else 5):]
            if self.data_came is not None:
                self.finish()
            elif command == b"DATA":
                self.data_came = time.monotonic()
                self.transport.write(b"354 go on\r\n")
            elif command == b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
            else:
                self.transport.write(b"250 sink\r\n")

    def finish(self):
        if self.sink.pause:
            asyncio.get_running_loop().call_later(self.sink.pause, self.take)
        else:
            self.take()

    def take(self):
        self.sink.note(self.data_came, time.monotonic() - self.data_came)
        self.data_came = None
        self.transport.write(b"250 taken\r\n")


class mail_sink:
    """An SMTP server that says yes, after `pause` seconds, in a process of its own, so that it shares no interpreter with
    those that order mails; notes when each mail's DATA came, and how long after it the mail was taken."""

    most = 1_000_000

    def __init__(self, pause=0.0, is_up=True):
        fork = multiprocessing.get_context("fork")
        self.pause = pause
        self.times = fork.RawArray("d", self.most)
        self.took = fork.RawArray("d", self.most)
        self.counted = fork.RawValue("q", 0)
        self.bell = fork.Semaphore(0)
        self.is_to_come_up = fork.Event()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.process = fork.Process(target=lambda: asyncio.run(self.run()), daemon=True)
        self.process.start()
        if is_up:
            self.come_up()

    def come_up(self):
        self.socket.listen(1024)  # both processes have it
        self.is_to_come_up.set()

    async def run(self):
        await asyncio.to_thread(self.is_to_come_up.wait)
        server = await asyncio.get_running_loop().create_server(lambda: conversation(self), sock=self.socket, backlog=1024)
        await server.serve_forever()

    def note(self, came, took):
        self.times[self.count] = came
        self.took[self.count] = took
        self.counted.value += 1
        self.bell.release()

    @property
    def count(self):
        return self.counted.value

    def wait_for(self, count):
        while self.count < count:
            self.bell.acquire(timeout=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()
        self.socket.close()


def order(i):
    return json.dumps({"to": [f"user{i % 1000}@example.org"], "subject": "Bench", "text": "A mail.\n"})


class api:
    """One connection to the admin listener."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.admin, timeout=60)
        self.headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}

    def begin(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)

    def end(self):
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def ask(self, method, path, body=None):
        self.begin(method, path, body)
        return self.end()

    def call(self, method, path, body=None, wanted=200):
        status, answer = self.ask(method, path, body)
        if status != wanted:
            sys.exit(f"{method} {path}: {status} {answer}")
        return answer

    def order(self, i):
        return self.call("POST", "/api/v1/emails", order(i), 202)

    def count(self, query=""):
        return self.call("GET", f"/api/v1/emails?size=1{query}")["total_count"]


def by_http(server, count):
    def some(first):
        client = api(server)
        for i in range(first, count, 16):
            client.order(i)
    threads = [threading.Thread(target=some, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_broker(channel, count):
    for i in range(count):
        channel.basic_publish("busbar.requests", "email.send", order(i))


def rate(sink, count, publish):
    before = sink.count
    began = time.monotonic()
    publish(count)
    sink.wait_for(before + count)
    return count / (time.monotonic() - began)


def whole_way(folder, count):
    """From the order to the server's yes."""
    with mail_sink() as sink, rabbitmq() as broker:
        with server(folder / "mails-memory", BUSBAR_EMAIL_SMTP_URL=sink.url) as busbar:
            in_memory = rate(sink, count, lambda n: by_http(busbar, n))
        with server(folder / "mails-rabbitmq", BUSBAR_EMAIL_SMTP_URL=sink.url, BUSBAR_BUS_URL=broker.url):
            # Without confirms, what a quorum queue has not taken yet goes with the channel: it stays open until all have come.
            with broker.channel() as channel:
                with_broker = rate(sink, count, lambda n: by_broker(channel, n))
    show("mails: bus in memory, ordered over HTTP", in_memory, "/s")
    show("mails: bus on RabbitMQ, ordered by a foreign AMQP client", with_broker, "/s", with_broker / in_memory)


def drain(folder, count, connections, pause):
    """Mails that wait go to a server that comes up."""
    folder.mkdir()
    with mail_sink(pause, is_up=False) as sink:
        with server(folder, BUSBAR_EMAIL_SMTP_URL=sink.url, BUSBAR_EMAIL_CONNECTIONS=str(connections)) as busbar:
            by_http(busbar, count)
            used = cpu_seconds(busbar.pid)
            sink.come_up()
            sink.wait_for(count)
            used = cpu_seconds(busbar.pid) - used
            took = sink.times[count - 1] - sink.times[0]
            server_time = f"{pause * 1000:.0f} ms" if pause else "no time"
            show(f"mails that wait, {connections} connections, a server that needs {server_time}", count / took, "/s", None,
                 f"{used / count * 1000:.2f} ms CPU each, RSS {rss_mib(busbar.pid):.0f} MiB")


def median(times):
    """In ms."""
    return sorted(times)[len(times) // 2] * 1000


def quantiles(times):
    times = sorted(times)
    p50, p95, p99 = (times[len(times) * part // 100] * 1000 for part in (50, 95, 99))
    return f"p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms"


def latency(folder, count):
    """One mail at a time: from the moment it is ordered to DATA at the server, beside a mailer as it is usually written."""
    folder.mkdir()
    with rabbitmq() as broker, mail_sink() as sink:
        usual = times_of_bare_mailer(broker, sink, count)
        show("a mail alone, a bare mailer behind RabbitMQ (median)", median(usual), "ms", None, quantiles(usual))
    with mail_sink() as sink, server(folder, BUSBAR_EMAIL_SMTP_URL=sink.url) as busbar:
        # Until the write-ahead log has its size: a file that grows makes each commit dearer.
        by_http(busbar, WARM_UP)
        sink.wait_for(WARM_UP)
        client = api(busbar)
        times = []
        traces = []
        for i in range(count):
            traces.append(secrets.token_hex(16))
            client.headers["traceparent"] = f"00-{traces[i]}-{secrets.token_hex(8)}-01"
            began = time.monotonic()
            client.begin("POST", "/api/v1/emails", order(i))
            # The answer comes first, and is read later: what reads it would take a core from the mail.
            sink.wait_for(WARM_UP + i + 1)
            if client.end()[0] != 202:
                sys.exit("the mail was not ordered")
            times.append(sink.times[WARM_UP + i] - began)
            time.sleep(0.02)
        show("a mail alone, from its order over HTTP to DATA (median)", median(times), "ms", median(times) / median(usual), quantiles(times))
        published = [from_publishing(client, trace) - sink.took[WARM_UP + i] for i, trace in enumerate(traces)]
        show("a mail alone, from its request on the bus to DATA (median)", median(published), "ms", median(published) / median(usual),
             quantiles(published))


def times_of_bare_mailer(broker, sink, count):
    before = sink.count
    done = subprocess.run([BARE_MAILER, broker.url, sink.url, str(BARE_WARM_UP + count)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the bare mailer: {done.stderr}")
    return [sink.times[before + i] - float(published) for i, published in enumerate(done.stdout.split())][BARE_WARM_UP:]


def from_publishing(client, trace):
    """Until the mail was taken, in seconds, by the trace of its order. Spans are stored a moment later."""
    spans = {}
    while "smtp send" not in spans:
        status, answer = client.ask("GET", f"/api/v1/traces/{trace}")
        if status not in (200, 404):
            sys.exit(f"trace {trace}: {status} {answer}")
        spans = {span["name"]: span for span in answer.get("spans", [])}
    sent = spans["smtp send"]
    return (sent["offset_ms"] + sent["duration_ms"] - spans["email.send"]["offset_ms"]) / 1000


def finding(folder, mails, seconds):
    """In a history of so many mails."""
    folder.mkdir()
    with server(folder) as busbar:
        script = folder / "mails.lua"
        script.write_text(f'''
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {busbar.token}"
local number = 0
function request()
    number = number + 1
    return wrk.format(nil, nil, nil, string.format('{{"to":["user%d@example.org"],"subject":"Bench %d","text":"A mail.\\\\n"}}', number % 1000, number))
end
''')
        client = api(busbar)
        began = time.monotonic()
        while (have := client.count()) < mails:
            wrk(busbar.admin, "/api/v1/emails", 1 if mails - have < 5000 else seconds, script=str(script))
        show("mails captured, ordered over HTTP on 64 connections", have / (time.monotonic() - began), "/s")
        for what, query in (("by receiver", "receiver=user{}@example.org"), ("by status", "status=captured&page={}"),
                            ("by a word", "search=bench+{}")):
            times = []
            for _ in range(200):
                began = time.monotonic()
                client.call("GET", "/api/v1/emails?" + query.format(random.randrange(1, 1000)))
                times.append(time.monotonic() - began)
            show(f"find {what} among {have} mails (median)", median(times), "ms", None, quantiles(times))


def measure(folder, seconds):
    for name in ("mails-memory", "mails-rabbitmq"):
        (folder / name).mkdir()
    whole_way(folder, seconds * 500)
    for connections in (8, 24):
        for pause in (0.0, 0.02):
            drain(folder / f"drain-{connections}-{pause}", seconds * 500, connections, pause)
    latency(folder / "latency", seconds * 20)
    finding(folder / "finding", seconds * 12_000, seconds)


def measure_adapter():
    """What the adapter carries beside the bare library."""
    subprocess.run([sys.executable, ROOT / "tests/rabbitmq.py", "run", "--", ADAPTER], check=True)
