"""What is measured with: the release on free ports, its CPU and memory, a load generator, a line of the table."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "build/bench/app/busbar"
TICKS = os.sysconf("SC_CLK_TCK")


def show(name, value, unit, ratio=None, note=""):
    print(f"{name:<64} {value:12,.1f} {unit:<6}" + (f" {ratio:6.2f} x" if ratio is not None else "") + (f"  {note}" if note else ""), flush=True)


def cpu_seconds(pid):
    """User and system time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class server:
    """The release on free ports with a folder of its own."""

    def __init__(self, folder, **environment):
        self.folder = Path(folder)
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.log = open(self.folder / "log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
             "--ready-file", ready, "--log-level", "warning"],
            stdout=self.log, stderr=self.log, env={**os.environ, **environment})
        while not ready.exists():
            if self.process.poll() is not None:
                sys.exit(f"busbar did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.0005)
        self.start_ms = (time.monotonic() - began) * 1000
        facts = json.loads(ready.read_text())
        self.http, self.admin = facts["http"], facts["admin"]
        self.token = (self.folder / "data/admin.token").read_text().strip()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()

    def post(self, path, body, admin=False):
        connection = http.client.HTTPConnection(self.admin if admin else self.http, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content


def wrk(address, path, seconds, connections=64, script=None):
    """Requests a second and the 99th percentile in ms."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"] + (["-s", script] if script else []) + [f"http://{address}{path}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if errors:
        sys.exit(f"{path}: {errors.group(1)} answers were errors")
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measured(name, pid, work, reference=None, note=""):
    before = cpu_seconds(pid)
    began = time.monotonic()
    rate, p99 = work()
    used = cpu_seconds(pid) - before
    per_request = used / (rate * (time.monotonic() - began)) * 1e6
    show(name, rate, "/s", rate / reference[0] if reference else None, f"p99 {p99:.1f} ms, {per_request:.1f} µs CPU each {note}")
    return rate, per_request
