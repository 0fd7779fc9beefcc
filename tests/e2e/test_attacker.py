"""Attacks on the public listener, each refused as it should be while somebody else is served (rows S24 to S28, S47 to S50)."""

import os
import re

import pytest

from attack import Crowds, HealthyClient, SlowCrowd
from busbar import PASSWORD, eventually
from raw_http import ask, status_of
from visitor import FORM, Visitor, confirmed_account, signed_in

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
AMBIGUOUS = {
    "a length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
    "a folded field": POST + b"X: a\r\n Content-Length: 40\r\n\r\n",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Content-Length : 40\r\n\r\n",
    "a chunk of 2^64 bytes": POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx\r\n0\r\n\r\n",
    "a negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
    "a bare LF after a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
    "a bare LF in the head": POST + b"X: a\nContent-Length: 40\r\n\r\n",
    "NUL in a field": POST + b"X: a\0b\r\n\r\n",
    "a CR in a field": POST + b"X: a\rContent-Length: 40\r\n\r\n",
}
TOO_LARGE = {
    "a field": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20000 + b"\r\n\r\n", 431),
    "many fields": (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 101 + b"\r\n", 431),
    "an address": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "a body that is said": (POST + b"Content-Length: 99999999\r\n\r\n", 413),
    "a body in chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b"a" * 0x8000 + b"\r\n") * 10, 413),
    "many parameters": (b"GET /?" + b"a=1&" * 101 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
}
LEADING_OUT = ["/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fadmin.token", "/%c0%ae%c0%ae/", "/a%00b"]
# What a browser says when a page of another site, or of another port of this one, sends something.
FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
           {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:1"}, {"Origin": "http://localhost:1"},
           {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"Origin": ""}, {"Origin": "https://evil.test"},
           {"Sec-Fetch-Site": ""}, {"Sec-Fetch-Site": "cross-site", "Origin": "SELF"}]


def attack_framing(busbar):
    for name, bytes_sent in AMBIGUOUS.items():
        answer = ask(busbar.ready["http"], bytes_sent + SMUGGLED)
        assert len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)) == 1 and status_of(answer) == 400, (name, answer)
        assert b"\r\nConnection: close\r\n" in answer, (name, answer)


def attack_with_sizes(busbar):
    for name, (bytes_sent, status) in TOO_LARGE.items():
        answer = ask(busbar.ready["http"], bytes_sent)
        assert status_of(answer) == status, (name, answer)


def attack_paths(busbar):
    for target in LEADING_OUT:
        request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        assert status_of(ask(busbar.ready["http"], request)) in (400, 404), target


def attack_from_other_pages(busbar, victim):
    form = {"email": "eve@example.org", "csrf_token": victim.token_of_form("/account")}
    for said in FOREIGN:
        headers = {name: busbar.url if value == "SELF" else value for name, value in said.items()}
        answers = [victim.request("POST", "/account/address", f"email=eve%40example.org&csrf_token={form['csrf_token']}",
                                  {"Content-Type": FORM, **headers}),
                   victim.request("PATCH", "/api/v1/users/me", {"name": "Eve"}, headers),
                   busbar.request("POST", "/api/v1/registrations", {"name": "Eve", "email": "eve@example.org",
                                                                    "password": PASSWORD}, headers)]
        assert [answer.status for answer in answers] == [403, 403, 403], (said, answers)
    # A form that needs no leave of the browser (a "simple request") is no JSON.
    plain = victim.request("POST", "/api/v1/registrations", '{"name": "Eve"}', {"Content-Type": "text/plain"})
    assert plain.status == 415, plain


def attack_with_names(busbar):
    port = busbar.ready["http"].rsplit(":", 1)[1]
    for host in ("evil.test", f"evil.test:{port}", f"127.0.0.1.evil.test:{port}", "localhost.", f"a@localhost:{port}"):
        request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        assert status_of(ask(busbar.ready["http"], request)) in (400, 421), host


def attack_with_old_tokens(busbar, victim):
    stolen = victim.token_of_form("/account")
    attacker = Visitor(busbar)
    attacker.token_of_form("/login")
    assert attacker.post("/login", {"email": "ada@example.org", "password": PASSWORD, "csrf_token": stolen}).status == 403
    again = signed_in(busbar, "ada@example.org")
    assert again.post("/account/name", {"name": "Eve", "csrf_token": stolen}).status == 403
    assert again.post("/logout", {"csrf_token": again.token_of_form("/account")}).status == 303
    assert again.post("/account/name", {"name": "Eve", "csrf_token": stolen}).status in (303, 401, 403)
    assert victim.get("/api/v1/users/me").json["name"] == "Ada Lovelace"


def sockets_of(busbar):
    folder = f"/proc/{busbar.pid}/fd"
    count = 0
    for name in os.listdir(folder):
        try:
            count += os.readlink(f"{folder}/{name}").startswith("socket:")
        except FileNotFoundError:
            pass  # closed just now
    return count


def slow_crowds(address):
    """Five hundred connections in three ways."""
    many_answers = b"GET /assets/busbar.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 300
    return [SlowCrowd(address, 200, b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X"),
            SlowCrowd(address, 200, POST + b"Content-Length: 60000\r\n\r\n", b"x"),
            SlowCrowd(address, 100, many_answers, b"", receive_buffer=2048)]


@pytest.fixture
def attacked(new_busbar):
    """With limits so short that the test need not wait for the usual ones."""
    return new_busbar(environment={"BUSBAR_HTTP_HEAD_TIMEOUT": "4s", "BUSBAR_HTTP_BODY_GRACE": "4s",
                                   "BUSBAR_HTTP_WRITE_TIMEOUT": "4s"}).start()


def tell(healthy, record_property, capsys):
    for path, times in healthy.times.items():
        text = f"{healthy.percentile(path, 50):.1f} ms, p99 {healthy.percentile(path, 99):.1f} ms, {len(times)} requests"
        record_property(f"healthy client, {path}", text)
        with capsys.disabled():
            print(f"\nunder attack, GET {path}: median {text}", end="", flush=True)


def test_whoever_attacks_is_refused_while_others_are_served(attacked, record_property, capsys):
    confirmed_account(attacked, "ada@example.org")
    victim = signed_in(attacked, "ada@example.org")
    before = sockets_of(attacked)

    with HealthyClient(attacked) as healthy:
        with Crowds(*slow_crowds(attacked.ready["http"])):
            eventually(lambda: sockets_of(attacked), lambda open_now: open_now >= before + 450, what="the crowd")
            attack_framing(attacked)
            attack_with_sizes(attacked)
            attack_paths(attacked)
            attack_from_other_pages(attacked, victim)
            attack_with_names(attacked)
            attack_with_old_tokens(attacked, victim)
            # Every slow connection is cut off by the server; the attacker has closed none.
            eventually(lambda: sockets_of(attacked), lambda open_now: open_now <= before + 5, limit=60, what="the end of the crowd")

    tell(healthy, record_property, capsys)
    assert healthy.troubles == []
    assert min(len(times) for times in healthy.times.values()) > 20
    assert attacked.register("grace@example.org").status == 202
    assert attacked.stop() == 0
