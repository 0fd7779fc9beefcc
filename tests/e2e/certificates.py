"""Throwaway certificates, made with the program openssl."""

import os
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)


class Authority:
    """An authority with one below it, which signs the servers: who does not send the chain is not trusted."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "authority.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=busbar test root", "-keyout", folder / "authority.key", "-out", self.file)
        self._sign("between", "/CN=busbar test", "basicConstraints=critical,CA:TRUE\n", "authority.pem", "authority.key")

    def issue(self, certificate, key, name="localhost"):
        """Writes certificate and key of a server on this machine into the two files."""
        self._sign("server", f"/CN={name}", "subjectAltName=DNS:localhost,IP:127.0.0.1\n", "between.pem", "between.key")
        certificate.write_bytes((self.folder / "server.pem").read_bytes() + (self.folder / "between.pem").read_bytes())
        aside = key.with_suffix(".new")
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write((self.folder / "server.key").read_bytes())
        aside.rename(key)

    def _sign(self, what, subject, extensions, authority, authority_key):
        place = self.folder
        (place / f"{what}.cnf").write_text(extensions)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", place / f"{what}.key", "-out", place / f"{what}.csr")
        openssl("x509", "-req", "-in", place / f"{what}.csr", "-CA", place / authority, "-CAkey", place / authority_key,
                "-CAcreateserial", "-days", "1", "-extfile", place / f"{what}.cnf", "-out", place / f"{what}.pem")
