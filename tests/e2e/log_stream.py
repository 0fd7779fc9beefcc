"""The log as Server-Sent Events."""

import json
import socket
import threading
import time


class Stream:
    """Server-Sent Events as they come, on a connection of its own."""

    def __init__(self, busbar, query="", headers=None):
        self.connection = busbar.connect("admin", timeout=20)
        self.connection.request("GET", f"/api/v1/logs/stream{query}", headers={"Authorization": f"Bearer {busbar.admin_token}", **(headers or {})})
        self.socket = self.connection.sock  # the answer takes it over
        self.answer = self.connection.getresponse()
        self.events = []  # of what it knows: (time, fields)
        self.is_over = False
        if self.answer.status == 200:
            self.thread = threading.Thread(target=self.read, daemon=True)
            self.thread.start()

    def read(self):
        fields = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n")
                if not line and "data" in fields:
                    self.events.append((time.monotonic(), fields))
                if not line:
                    fields = {}
                elif not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
        except OSError:
            pass
        self.is_over = True

    def names(self):
        return [json.loads(fields["data"]).get("name") for _, fields in self.events]

    def end(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
