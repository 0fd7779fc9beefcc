"""Debian's aiosmtpd on a free loopback port: a mail server that is not ours."""

import ssl
import subprocess

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP


class Mailbox:
    """Takes what comes and keeps it. `replies` are given first, one a mail, instead of taking it; `refused` says what is said of an
    address."""

    def __init__(self):
        self.mails = []
        self.replies = []
        self.refused = {}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server, session, envelope):
        if self.replies:
            return self.replies.pop(0)
        self.mails.append({
            "from": envelope.mail_from, "to": list(envelope.rcpt_tos), "raw": envelope.content,
            "tls": session.ssl is not None, "user": getattr(session, "auth_data", None),
        })
        return "250 taken"


class Server(Controller):
    """Started on construction; end() ends it."""

    def __init__(self, account=None, tls_folder=None, port=0):
        self.box = Mailbox()
        self.account = account
        self.sign_ins = 0
        self.options = {}
        self.certificate = None
        if tls_folder is not None:
            self.certificate, key = make_certificate(tls_folder)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate, key)
            self.options = {"tls_context": context, "require_starttls": True}
        if account is not None:
            self.options |= {"auth_required": True, "authenticator": self.authenticate, "auth_require_tls": tls_folder is not None}
        super().__init__(self.box, hostname="127.0.0.1", port=port, ready_timeout=10)
        self.start()

    def factory(self):
        return SMTP(self.handler, hostname="mail.example.org", **self.options)

    def authenticate(self, server, session, envelope, mechanism, data):
        self.sign_ins += 1
        ok = (data.login.decode(), data.password.decode()) == self.account
        return AuthResult(success=ok, handled=False, auth_data=data.login.decode() if ok else None)

    # The controller connects to itself to see that it listens; with port 0 it must ask the socket for the number first.
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def end(self):
        """Twice is once."""
        if not self.loop.is_closed():
            self.stop(no_assert=True)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def mails(self):
        return list(self.box.mails)


def make_certificate(folder, names="DNS:localhost,IP:127.0.0.1"):
    certificate, key = folder / "smtp.pem", folder / "smtp.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}",
         "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key
