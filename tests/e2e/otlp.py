"""A collector of traces that is not ours, and the shape of traces."""

import json
import socket
import subprocess
import threading

from busbar import ROOT, eventually

PACKAGES = ROOT / "build/npm/node_modules"
KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


class Collector:
    """otlp_collector.js, which reads with OpenTelemetry's definitions. From construction to end().

    `planned`: what it answers first, one a request: {"status": 503, "retry_after": 1, "rejected": 2}.
    """

    def __init__(self, *planned):
        script = ROOT / "tests/e2e/otlp_collector.js"
        self.process = subprocess.Popen(["node", str(script), str(PACKAGES.parent), json.dumps(planned)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.requests = []
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.requests.append(json.loads(line))

    @property
    def spans(self):
        """Those that it took."""
        assert not any("broken" in request for request in self.requests), self.requests
        return [span for request in list(self.requests) if request["status"] == 200 for span in request["spans"]]

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()


class BlackHole:
    """Takes connections and never says anything."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def end(self):
        self.listener.close()


def trace_with(busbar, trace_id, names, limit=10):
    """The trace, as soon as it has spans of all these names, as often as they stand there."""
    def is_there(answer):
        found = [span["name"] for span in answer.json["spans"]] if answer.status == 200 else []
        return all(found.count(name) >= names.count(name) for name in names)
    return eventually(lambda: busbar.admin("GET", f"/api/v1/traces/{trace_id}"), is_there, limit=limit,
                      what=f"a trace with {names}").json


def path_to(trace, span):
    """The names from the first span to this one."""
    by_id = {one["span_id"]: one for one in trace["spans"]}
    names = [span["name"]]
    while span["parent_span_id"] in by_id:
        span = by_id[span["parent_span_id"]]
        names.insert(0, span["name"])
    return names


def named(trace, name):
    return [span for span in trace["spans"] if span["name"] == name]
