"""Mails a second to a fast SMTP server, with the bus in memory and with RabbitMQ, in turns.

A program that is not ours orders them: over HTTP where there is no broker, else by publishing `email.send` with a bare
JSON body. So the second figure has the broker, the queue and the module's own file in it.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from rabbitmq import rabbitmq  # noqa: E402


class mail_sink:
    """An SMTP server that says yes, in a thread of its own, and counts."""

    def __init__(self):
        self.count = 0
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def serve(self, reader, writer):
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.count += 1
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

    def wait_for(self, count):
        while self.count < count:
            time.sleep(0.001)

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)


def order(i):
    return json.dumps({"to": [f"user{i}@example.org"], "subject": "Bench", "text": "A mail.\n"})


def by_http(server, count):
    def some(first):
        connection = http.client.HTTPConnection(server.admin)
        headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}
        for i in range(first, count, 16):
            connection.request("POST", "/api/v1/emails", order(i), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 202:
                sys.exit(f"POST /api/v1/emails: {answer.status}")
    threads = [threading.Thread(target=some, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_broker(broker, count):
    with broker.channel() as channel:
        for i in range(count):
            channel.basic_publish("busbar.requests", "email.send", order(i))


def rate(server, sink, count, publish):
    before = sink.count
    began = time.monotonic()
    publish(count)
    sink.wait_for(before + count)
    return count / (time.monotonic() - began)


def measure(start_server, folder, count, show):
    sink = mail_sink()
    smtp = f"smtp://127.0.0.1:{sink.port}"
    try:
        with rabbitmq() as broker:
            with start_server(folder / "mails-memory", BUSBAR_EMAIL_SMTP_URL=smtp) as server:
                in_memory = rate(server, sink, count, lambda n: by_http(server, n))
            with start_server(folder / "mails-rabbitmq", BUSBAR_EMAIL_SMTP_URL=smtp, BUSBAR_BUS_URL=broker.url) as server:
                with_broker = rate(server, sink, count, lambda n: by_broker(broker, n))
    finally:
        sink.end()
    show("mails: bus in memory, ordered over HTTP", in_memory, "/s")
    show("mails: bus on RabbitMQ, ordered by a foreign AMQP client", with_broker, "/s", with_broker / in_memory)


def measure_adapter(program):
    """What the adapter carries beside the bare library."""
    subprocess.run([sys.executable, ROOT / "tests/rabbitmq.py", "run", "--", program], check=True)
