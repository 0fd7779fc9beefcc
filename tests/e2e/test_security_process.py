"""The rows S55 to S59 of tests/security/rows.txt: the process, its program file and what it writes."""

import json
import os
import pathlib
import platform
import re
import subprocess
import tempfile
import urllib.parse

import pytest

from busbar import BINARY, ROOT
from visitor import begin_session

CANARY = "canary-5c1f0e-secret"
RELEASE = ROOT / "build/release/app/busbar"


def status_of(pid, name):
    return re.search(rf"^{name}:\s+(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE).group(1)


def test_S55_a_secret_is_nowhere_but_in_the_file_it_came_from(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_EMAIL_SMTP_URL_FILE": "smtp.secret", "BUSBAR_LOG_LEVEL": "debug"})
    secret = busbar.folder / "smtp.secret"
    secret.write_text(f"smtp://ada:{CANARY}@127.0.0.1:9\n")  # nobody listens there, so each mail fails and is told of
    secret.chmod(0o600)
    busbar.start()
    busbar.register("ada@example.org")
    mails = busbar.mails_to("ada@example.org")
    code, shown, told = busbar.command("config")

    assert code == 0 and CANARY not in shown + told
    assert CANARY not in json.dumps(mails)
    assert CANARY.encode() not in pathlib.Path(f"/proc/{busbar.pid}/cmdline").read_bytes()
    assert busbar.stop() == 0
    holders = {path.name for path in busbar.folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()}
    assert holders == {"smtp.secret"}


def test_S55_the_token_of_the_admin_is_no_argument(busbar):
    token = busbar.admin_token.encode()

    for name in ("cmdline", "environ"):
        assert token not in pathlib.Path(f"/proc/{busbar.pid}/{name}").read_bytes()


def test_S56_what_it_writes_is_for_its_user_alone(busbar):
    busbar.register("ada@example.org")

    assert re.search(r"Max core file size\s+0\s+0", pathlib.Path(f"/proc/{busbar.pid}/limits").read_text())
    assert status_of(busbar.pid, "Umask") == "0077"
    for path in [busbar.data, *busbar.data.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


ORDINARY_USER = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"]


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can become another user; everybody else is an ordinary one")
def test_S56_an_ordinary_user_can_run_it(new_busbar):
    if subprocess.run([*ORDINARY_USER, "test", "-x", str(BINARY)]).returncode != 0:
        pytest.skip("the program is in a folder that is closed to others")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534)
        busbar = new_busbar(folder=pathlib.Path(folder), wrapper=ORDINARY_USER).start()

        assert status_of(busbar.pid, "Uid").split() == ["65534"] * 4
        assert status_of(busbar.pid, "CapEff") == "0" * 16
        assert busbar.register("ada@example.org").status == 202
        assert busbar.stop() == 0


def test_S56_it_starts_no_other_program_and_its_memory_is_no_file(new_busbar, tmp_path):
    trace = tmp_path / "calls.txt"
    busbar = new_busbar(wrapper=["strace", "-f", "-qq", "-e", "trace=execve,execveat,prctl", "-o", str(trace)]).start()
    busbar.register("ada@example.org; touch x")
    busbar.register("`id`@example.org", name="$(id)")
    busbar.mail_to("`id`@example.org")
    begin_session(busbar, "`id`@example.org", "$(id)")
    busbar.admin("POST", "/api/v1/emails", {"to": ["|/bin/sh@example.org"], "subject": "x", "text": "y"})
    assert busbar.stop() == 0

    calls = trace.read_text()
    started = re.findall(r"execve(?:at)?\(.*", calls)
    assert len(started) == 1 and str(BINARY) in started[0], started
    # Without it a handler of core dumps gets the memory, whatever the limit of their size is.
    assert re.search(r"prctl\(PR_SET_DUMPABLE, (SUID_DUMP_DISABLE|0)\)\s+= 0", calls)


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments, str(RELEASE)], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not RELEASE.exists(), reason="the release is not built")
def test_S57_the_release_is_hardened():
    assert re.search(r"Type:\s+DYN", readelf("-h"))  # can be loaded anywhere
    segments = readelf("-l")
    assert "GNU_RELRO" in segments
    assert re.search(r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW ", segments)  # the stack holds no code
    assert not re.search(r"LOAD\s+\S+ \S+ \S+ \S+ \S+ RWE", segments)
    dynamic = readelf("-d")
    assert re.search(r"\b(BIND_NOW|FLAGS_1.*\bNOW)\b", dynamic) and "TEXTREL" not in dynamic
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
    symbols = readelf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", ""))  # _FORTIFY_SOURCE
    if platform.machine() == "x86_64":
        assert RELEASE.read_bytes().count(b"\xf3\x0f\x1e\xfa") > 1000  # endbr64, where a call may land: -fcf-protection


# What a terminal takes for a command, or a program for a line of its own, and nobody refuses in a name.
ACCEPTED = 'Ada \x9b31m\x90q\x85{"level":"error","message":"forged"}\u2028\u202edlrow'
DANGEROUS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("form", ["json", "text"])
def test_S59_what_is_accepted_stays_in_its_line_in_logs_and_in_lists(new_busbar, form):
    busbar = new_busbar(environment={"BUSBAR_LOG_LEVEL": "debug", "BUSBAR_LOG_FORMAT": form}).start()
    assert busbar.register("ada@example.org", name=ACCEPTED).status == 202
    mail = busbar.mail_to("ada@example.org")
    text = f"{ACCEPTED}\x1b]0;owned\x07\nforged  line"
    assert busbar.admin("POST", "/api/v1/emails", {"to": ["eve@example.org"], "subject": ACCEPTED, "text": text}).status == 202
    other = busbar.mail_to("eve@example.org")

    for arguments in (("user", "list"), ("mail", "list"), ("mail", "show", mail["id"]), ("mail", "show", other["id"])):
        code, shown, told = busbar.command(*arguments, "--data", str(busbar.data))
        assert code == 0 and "Ada" in shown, (arguments, told)
        assert not DANGEROUS.search(shown + told), (arguments, shown)
    # A path that leads to a module is logged, decoded.
    assert busbar.get("/api/v1/products/known-" + urllib.parse.quote(ACCEPTED)).status == 404
    # A person is one line of a table.
    assert len(busbar.command("user", "list", "--data", str(busbar.data))[1].splitlines()) == 2
    assert busbar.stop() == 0
    assert "/api/v1/products/known-Ada" in busbar.output() and not DANGEROUS.search(busbar.output())
    assert not re.search(r'^\s*\{"level":"error"', busbar.output(), re.MULTILINE)


def test_S59_what_users_write_stays_in_its_line(new_busbar):
    hostile = 'Ada\n{"level":"error","message":"forged"}\x1b]0;owned\x07\u2028\x9b31m'
    busbar = new_busbar(environment={"BUSBAR_LOG_LEVEL": "debug", "BUSBAR_LOG_FORMAT": "json"}).start()
    busbar.register("ada@example.org", name=hostile)
    busbar.register(f"{hostile}@example.org")
    busbar.get("/nowhere/%1b%5d0;owned%07%0a?x=%0a", {"User-Agent": "x\x1b[31m", "Accept": "text/html"})
    begin_session(busbar, hostile)
    busbar.admin("POST", "/api/v1/logs", {"name": "shop.order", "data": {"text": hostile}})
    assert busbar.stop() == 0

    text = b"".join(path.read_bytes() for path in busbar.folder.glob("stderr-*.txt"))
    assert text and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80\xa8", text)
    for line in text.splitlines():
        assert json.loads(line).get("message") != "forged"
