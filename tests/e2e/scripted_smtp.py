"""An SMTP server that does at each step of a conversation what a test says."""

import contextlib
import dataclasses
import re
import socket
import socketserver
import threading

USUAL = {"CONNECT": "220 scripted", "EHLO": "250 scripted", "HELO": "250 scripted", "MAIL": "250 known", "RCPT": "250 known",
         "DATA": "354 go on", "BODY": None, "MESSAGE": "250 taken", "RSET": "250 known", "NOOP": "250 known", "QUIT": "221 bye"}


@dataclasses.dataclass(frozen=True)
class last_words:
    """Sent as they are, and then the connection is closed."""

    raw: bytes = b""


CLOSE = last_words()
HOLD = object()  # no answer until release(), which closes the connection


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 from construction to end().

    `script` has an answer for each step that is not as usual: CONNECT, a command, BODY (between the reply to DATA and the
    message) or MESSAGE (when all of it is there). The answer is a reply without its line end, last_words, HOLD, a list of
    those, one a time and then as usual, or a function of the line that gives one or None.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, **script):
        self.script = script
        self.mails = []  # all messages that arrived whole, whatever was said of them
        self.replied = 0  # so many of them
        self.held = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.open = set()
        super().__init__(("127.0.0.1", 0), Conversation)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, step, line):
        with self.lock:
            said = self.script.get(step)
            if isinstance(said, list):
                said = said.pop(0) if said else None
        if callable(said):
            said = said(line)
        return USUAL.get(step, "502 what?") if said is None else said

    def hold(self):
        with self.lock:
            self.held += 1
            released = self.released
        released.wait()

    def release(self, **script):
        """Closes what is held, and goes on by another script."""
        with self.lock:
            self.script, self.held = script, 0
            self.released.set()
            self.released = threading.Event()

    def end(self):
        self.shutdown()
        self.thread.join()
        self.server_close()
        self.release()
        with self.lock:
            for connection in self.open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Conversation(socketserver.StreamRequestHandler):
    def setup(self):
        super().setup()
        with self.server.lock:
            self.server.open.add(self.request)

    def finish(self):
        with self.server.lock:
            self.server.open.discard(self.request)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self):
        with contextlib.suppress(OSError):  # the client is gone
            self.to = []
            if self.goes_on("CONNECT"):
                while self.serve(self.rfile.readline()):
                    pass

    def serve(self, line):
        step = line[:4].decode(errors="replace").strip().upper()
        if not step or not self.goes_on(step, line.decode(errors="replace").rstrip()):
            return False
        if step == "MAIL":
            self.to = []
        return step != "QUIT" and (step != "DATA" or self.said[:3] != "354" or self.takes_message())

    def takes_message(self):
        if not self.goes_on("BODY"):
            return False
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b"."))
        raw = b"".join(lines)
        [message_id] = re.findall(rb"(?im)^Message-ID: *<(\S+)>", raw)
        with self.server.lock:
            self.server.mails.append({"to": self.to, "id": message_id.decode(), "raw": raw})
        goes_on = self.goes_on("MESSAGE")
        with self.server.lock:
            self.server.replied += 1
        return goes_on

    def goes_on(self, step, line=""):
        self.said = self.server.answer(step, line)
        if self.said is HOLD:
            self.server.hold()
            return False
        if isinstance(self.said, last_words):
            self.wfile.write(self.said.raw)
            return False
        if self.said is not None:
            self.wfile.write(self.said.encode("latin-1") + b"\r\n")
        if step == "RCPT" and self.said[0] == "2":
            self.to.append(re.search("<(.*)>", line)[1])
        return True
