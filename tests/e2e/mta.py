"""Debian's Postfix on free ports of 127.0.0.1, with all it writes below one temporary folder: a server that real mails go through.

It wants TLS and a sign-in, takes whatever is for example.org, and puts it into one Maildir.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

from busbar import eventually, parse_message
from certificates import Authority
from processes import free_port

# Ends the server when nobody holds the other end of its standard input any more: also when the test is killed. The kernel's
# signal at the death of a parent would be lost, since Postfix changes its user.
WATCH = '/usr/lib/postfix/sbin/master -c "$0" & read -r _; kill $!; wait $!'
START_LIMIT = 20
REALM = "busbar.test"
USER, PASSWORD = "busbar", "p:w@d und ü"
# Who the mails belong to: delivery refuses root and Postfix's own user.
NOBODY = pwd.getpwnam("nobody")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.example.org
mydestination =
local_recipient_maps =
alias_maps =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/tls/server.pem
smtpd_tls_key_file = {folder}/tls/server.key
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = {realm}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
"""
MASTER = """
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{smtps}    inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{ascii}    inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=smtputf8
cleanup unix       n - n - 0 cleanup
qmgr    unix       n - n 300 1 qmgr
tlsmgr  unix       - - n 1000? 1 tlsmgr
rewrite unix       - - n - - trivial-rewrite
bounce  unix       - - n - 0 bounce
defer   unix       - - n - 0 bounce
trace   unix       - - n - 0 bounce
virtual unix       - n n - - virtual
error   unix       - - n - - error
retry   unix       - - n - - error
anvil   unix       - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/passwords
mech_list: PLAIN LOGIN
"""


def what_it_lacks():
    """Why it cannot run here, or nothing."""
    if os.geteuid() != 0:
        return "Postfix runs as root only"
    missing = [name for name in ("postfix", "saslpasswd2") if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


class Postfix:
    """Started on construction; end() ends it and removes the folder."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="busbar-postfix-"))
        self.process = None
        self.starttls, self.smtps, self.ascii = (free_port() for _ in range(3))
        try:
            self._write_files()
            subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "conf", "check"], check=True)  # makes the queue's folders
            self.process = subprocess.Popen(["sh", "-c", WATCH, self.folder / "conf"], stdin=subprocess.PIPE, start_new_session=True)
            self._wait()
        except BaseException:
            self.end()
            raise

    def _write_files(self):
        self.folder.chmod(0o755)  # its processes run as users of their own
        for name in ("conf/sasl", "queue", "data", "tls", "mail"):
            (self.folder / name).mkdir(parents=True)
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", NOBODY.pw_uid, NOBODY.pw_gid)
        self.authority = Authority(self.folder / "tls")
        self.authority.issue(self.folder / "tls/server.pem", self.folder / "tls/server.key")
        values = {**vars(self), "realm": REALM, "nobody": NOBODY}
        for name, text in (("conf/main.cf", MAIN), ("conf/master.cf", MASTER), ("conf/sasl/smtpd.conf", SASL)):
            (self.folder / name).write_text(text.format(**values).lstrip())
        subprocess.run(["/usr/sbin/saslpasswd2", "-p", "-c", "-f", self.folder / "passwords", "-u", REALM, USER],
                       input=PASSWORD.encode(), check=True, capture_output=True)
        shutil.chown(self.folder / "passwords", "postfix")

    def _wait(self):
        end = time.monotonic() + START_LIMIT
        while "daemon started" not in self.output():
            assert self.process.poll() is None, f"Postfix ended with {self.process.returncode}:\n{self.output()}"
            assert time.monotonic() < end, f"Postfix was not ready within {START_LIMIT} s:\n{self.output()}"
            time.sleep(0.02)

    def end(self):
        """Twice is once."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self):
        log = self.folder / "log"
        return log.read_text(errors="replace")[-6000:] if log.exists() else ""

    def arrived(self, address, count=1):
        """The bytes of the mails that were delivered to this address, as soon as there are so many."""
        return eventually(lambda: [raw for raw in self._mails() if parse_message(raw)["X-Original-To"] == address],
                          lambda found: len(found) == count, what=f"a mail to {address}")

    def _mails(self):
        return [path.read_bytes() for path in sorted((self.folder / "mail/all/new").glob("*"))]
