"""The real program, as a user starts it, and an HTTP client for it."""

import email
import email.policy
import http.client
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("E2E_BINARY", ROOT / "build/release/app/busbar")).resolve()
START_LIMIT = 20
PASSWORD = "correct horse battery staple"
# All tests come from one address; those of the limits set them.
WITHOUT_LIMITS = {f"BUSBAR_LIMITS_{what}": "off" for what in (
    "REGISTRATIONS_PER_ADDRESS", "SIGN_INS_PER_ADDRESS", "SIGN_INS_PER_ACCOUNT", "SIGN_INS", "MAILS_PER_ACCOUNT")}


def eventually(read, wanted=bool, limit=10.0, what="what the test waits for"):
    """Asks until the answer is as wanted, and returns it."""
    end = time.monotonic() + limit
    while True:
        answer = read()
        if wanted(answer):
            return answer
        assert time.monotonic() < end, f"{what} did not come within {limit} s; the last answer was {answer!r}"
        time.sleep(0.02)


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:600]!r}"


class Busbar:
    """One `busbar serve` with its own data and free ports. Its output goes to files beside the data."""

    def __init__(self, folder, arguments=(), environment=None, wrapper=()):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.arguments = list(arguments)
        self.environment = {**WITHOUT_LIMITS, **(environment or {})}
        self.wrapper = list(wrapper)  # a program that starts it, such as strace
        self.process = None
        self.ready = {}
        self.starts = 0

    # --- life

    def variables(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BUSBAR_")}
        return {**kept, **self.environment}

    def spawn(self, *more):
        self.starts += 1
        ready_file = self.folder / f"ready-{self.starts}.json"
        ready_file.unlink(missing_ok=True)  # of another one in the same folder
        command = [*self.wrapper, str(BINARY), "serve", "--data", str(self.data), "--ready-file", str(ready_file)]
        if not any(argument.startswith("--listen") for argument in [*self.arguments, *more]):
            command += ["--listen", "127.0.0.1:0"]
        if not any(argument.startswith("--admin") for argument in [*self.arguments, *more]):
            command += ["--admin", "127.0.0.1:0"]
        self.out = open(self.folder / f"stdout-{self.starts}.txt", "wb")
        self.err = open(self.folder / f"stderr-{self.starts}.txt", "wb")
        self.process = subprocess.Popen(
            [*command, *self.arguments, *more], stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
            env=self.variables(), cwd=self.folder)
        return ready_file

    def start(self, *more):
        ready_file = self.spawn(*more)
        end = time.monotonic() + START_LIMIT
        while True:
            if ready_file.exists():
                try:
                    self.ready = json.loads(ready_file.read_text())
                    break
                except ValueError:
                    pass  # half written would be a fault of the program; the limit below tells
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.output()}"
            assert time.monotonic() < end, f"it was not ready within {START_LIMIT} s:\n{self.output()}"
            time.sleep(0.005)
        return self

    def run_to_its_end(self, *more, limit=START_LIMIT):
        """For a start that must fail: the exit code."""
        self.spawn(*more)
        try:
            return self.process.wait(limit)
        finally:
            self.end()

    @property
    def pid(self):
        return self.ready["pid"]

    def stop(self, limit=15):
        """SIGTERM; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(limit)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            if self.wrapper and self.ready:  # the wrapper ends with its child
                try:
                    os.kill(self.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            else:
                self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()

    def output(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("std*.txt")))

    def command(self, *arguments, limit=20):
        """Another command of the program on the same data: (exit code, stdout, stderr)."""
        done = subprocess.run([str(BINARY), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.variables(), cwd=self.folder, timeout=limit)
        return done.returncode, done.stdout, done.stderr

    # --- HTTP

    @property
    def url(self):
        return f"http://{self.ready['http']}"

    @property
    def admin_token(self):
        return (self.data / "admin.token").read_text().strip()

    def connect(self, listener="http", timeout=20):
        return http.client.HTTPConnection(self.ready[listener], timeout=timeout)

    def request(self, method, path, body=None, headers=None, listener="http", connection=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        own = connection or self.connect(listener)
        try:
            own.request(method, path, body, headers)
            response = own.getresponse()
            return Answer(response, response.read())
        finally:
            if connection is None:
                own.close()

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, body, headers)

    def admin(self, method, path, body=None, headers=None):
        headers = {"Authorization": f"Bearer {self.admin_token}", **(headers or {})}
        return self.request(method, path, body, headers, listener="admin")

    # --- what many tests do

    def register(self, address, name="Ada Lovelace", password=PASSWORD, connection=None):
        return self.request("POST", "/api/v1/registrations", {"name": name, "email": address, "password": password},
                            connection=connection)

    def mails_to(self, address):
        answer = self.admin("GET", f"/api/v1/emails?receiver={address.replace('+', '%2B').replace('@', '%40')}&size=100")
        assert answer.status == 200, answer
        return answer.json["items"]

    def mail_to(self, address, status="captured"):
        """The one mail to this address, as soon as it has this status."""
        mails = eventually(lambda: self.mails_to(address), lambda found: found and found[0]["status"] == status,
                           what=f"a mail to {address}")
        assert len(mails) == 1, mails
        return self.admin("GET", f"/api/v1/emails/{mails[0]['id']}").json

    def token_for(self, address):
        return token_in(self.mail_to(address)["text"])


def append_event(busbar, data, key, type="registration.user_registered"):
    """To the log of registration, as if it had been published; the server must be down."""
    database = sqlite3.connect(busbar.data / "registration.db")
    with database:
        sequence, epoch, time = database.execute("SELECT max(sequence), max(epoch), max(time) FROM event_log").fetchone()
        database.execute(
            "INSERT INTO event_log (sequence, epoch, id, type, version, key, time, traceparent, cause, data) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, ?, '', ?)",
            (sequence + 1, epoch, str(uuid.uuid4()), type, key, time, f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01", data))
    database.close()
    return sequence + 1


def token_in(text):
    found = re.search(r"/confirm\?token=([\w-]+)", text)
    assert found, f"no confirmation link in {text!r}"
    return found.group(1)


def link_in(text):
    return re.search(r"https?://\S+/(?:confirm|reset)\?token=[\w-]+", text).group()


def parse_message(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def part_of(message, kind):
    return message.get_body((kind,)).get_content()
