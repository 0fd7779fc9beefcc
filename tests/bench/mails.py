"""The mail module: mails a second, latency, finding.

Mails a second with the bus in memory and with RabbitMQ are ordered by a program that is not ours: over HTTP where there is
no broker, else by publishing `email.send` with a bare JSON body. So the second figure has the broker, the queue and the
module's own file in it. What a drain measures waits in the queue when the server comes up: the sender alone.
"""

import asyncio
import http.client
import json
import random
import subprocess
import sys
import threading
import time

from server import ROOT, cpu_seconds, rss_mib, server, show, wrk

sys.path.insert(0, str(ROOT / "tests"))

from rabbitmq import rabbitmq  # noqa: E402

ADAPTER = ROOT / "build/bench/bus/amqp/bus_amqp_bench"


class mail_sink:
    """An SMTP server that says yes, after `pause` seconds, in a thread of its own; notes when each mail's DATA came."""

    def __init__(self, pause=0.0, is_up=True):
        self.pause = pause
        self.times = []
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, start_serving=False))
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        if is_up:
            self.come_up()

    def come_up(self):
        asyncio.run_coroutine_threadsafe(self.server.start_serving(), self.loop).result()

    async def serve(self, reader, writer):
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    self.times.append(time.monotonic())
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    if self.pause:
                        await asyncio.sleep(self.pause)
                    writer.write(b"250 taken\r\n")
                elif command == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"250 sink\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client has gone: what was counted is counted
        finally:
            writer.close()

    @property
    def count(self):
        return len(self.times)

    def wait_for(self, count):
        while self.count < count:
            time.sleep(0.001)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)


def order(i):
    return json.dumps({"to": [f"user{i % 1000}@example.org"], "subject": "Bench", "text": "A mail.\n"})


class api:
    """One connection to the admin listener."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.admin, timeout=60)
        self.headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}

    def call(self, method, path, body=None, wanted=200):
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != wanted:
            sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

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


def by_broker(broker, count):
    with broker.channel() as channel:
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
        with server(folder / "mails-rabbitmq", BUSBAR_EMAIL_SMTP_URL=sink.url, BUSBAR_BUS_URL=broker.url) as busbar:
            with_broker = rate(sink, count, lambda n: by_broker(broker, n))
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


def quantiles(times):
    times = sorted(times)
    return f"p95 {times[len(times) * 95 // 100] * 1000:.2f} ms, p99 {times[len(times) * 99 // 100] * 1000:.2f} ms"


def latency(folder, count):
    """One mail at a time: from the moment it is ordered to DATA at the server."""
    folder.mkdir()
    with mail_sink() as sink, server(folder, BUSBAR_EMAIL_SMTP_URL=sink.url) as busbar:
        client = api(busbar)
        times = []
        for i in range(count):
            began = time.monotonic()
            client.order(i)
            sink.wait_for(i + 1)
            times.append(sink.times[i] - began)
            time.sleep(0.02)
        show("a mail alone, from its order over HTTP to DATA (median)", sorted(times)[count // 2] * 1000, "ms", None, quantiles(times))


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
            show(f"find {what} among {have} mails (median)", sorted(times)[100] * 1000, "ms", None, quantiles(times))


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
