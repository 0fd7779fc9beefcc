"""What holds for every request: methods, hosts, origins, headers, limits."""

import re
import socket

import pytest

from busbar import PASSWORD

PAGES = ("/", "/register", "/registered", "/confirm?token=x", "/nowhere")


def test_an_unknown_path_is_not_found(shared):
    answer = shared.get("/api/v1/nothing")

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["status"] == 404 and len(answer.json["trace_id"]) == 32
    assert answer.headers["X-Trace-Id"] == answer.json["trace_id"]


@pytest.mark.parametrize("method, path, allowed", [
    ("DELETE", "/api/v1/registrations", "POST"),
    ("GET", "/api/v1/confirmations", "POST"),
    ("PUT", "/register", "GET"),
])
def test_a_wrong_method_is_refused_with_those_allowed(shared, method, path, allowed):
    answer = shared.request(method, path)

    assert answer.status == 405
    assert allowed in answer.headers["Allow"]


def test_trace_is_refused(shared):
    assert shared.request("TRACE", "/").status == 405


@pytest.mark.parametrize("listener", ["http", "admin"])
def test_an_unknown_host_is_misdirected(shared, listener):
    assert shared.request("GET", "/livez", headers={"Host": "evil.test"}, listener=listener).status == 421
    assert shared.request("GET", "/livez", headers={"Host": "localhost"}, listener=listener).status == 200


def test_links_never_come_from_the_host_header(new_busbar):
    busbar = new_busbar("--public-url", "https://busbar.example.org").start()
    answer = busbar.request("POST", "/api/v1/registrations", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD},
                            {"Host": "busbar.example.org", "X-Forwarded-Host": "evil.test"})

    assert answer.status == 202
    evil = busbar.request("POST", "/api/v1/registrations", {"name": "Eve", "email": "eve@example.org", "password": PASSWORD},
                          {"Host": "evil.test"})
    assert evil.status == 421
    text = busbar.mail_to("ada@example.org")["text"]
    assert "https://busbar.example.org/confirm?token=" in text and "evil.test" not in text


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://evil.test"},
    {"Origin": "null"},
])
def test_a_foreign_page_cannot_post(shared, headers):
    answer = shared.post("/api/v1/registrations", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}, headers)

    assert answer.status == 403, answer


def test_a_form_without_its_token_is_refused(shared):
    form = "name=Ada&email=ada%40example.org&password=correct+horse+battery+staple"
    answer = shared.post("/register", form, {"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status == 403, answer


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_the_security_headers(shared, path):
    answer = shared.get(path, {"Accept": "text/html"})

    policy = answer.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not any(digit in answer.headers.get("Server", "") for digit in "0123456789")


def test_the_page_of_a_mailed_link_gives_no_referrer(shared):
    assert shared.get("/confirm?token=x").headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/api/v1/emails", "/api/v1/logs", "/metrics", "/docs", "/asyncapi.json"])
def test_what_is_for_admins_is_not_on_the_public_listener(shared, path):
    answer = shared.request("GET", path, headers={"Authorization": f"Bearer {shared.admin_token}"})

    assert answer.status == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YWRtaW46YWRtaW4="}])
@pytest.mark.parametrize("path", ["/api/v1/emails", "/api/v1/logs"])
def test_the_admin_listener_wants_the_token(shared, path, headers):
    assert shared.request("GET", path, headers=headers, listener="admin").status == 401


def test_the_admin_token_is_for_its_owner_only(shared):
    assert (shared.data / "admin.token").stat().st_mode & 0o777 == 0o600


def test_live_and_ready(shared):
    for listener in ("http", "admin"):
        for path in ("/livez", "/readyz"):
            assert shared.request("GET", path, listener=listener).status == 200


def test_a_trace_goes_on(shared):
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = shared.get("/livez", {"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert answer.headers["X-Trace-Id"] == trace


RAW = [
    (b"GET / HTTP/1.1\r\n\r\n", (400,)),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", (400,)),
    (b"POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,)),
    (b"POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", (400,)),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", (400,)),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (414,)),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17000 + b"\r\n\r\n", (431,)),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(120)) + b"\r\n", (431,)),
    (b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404)),
    (b"GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404)),
    (b"nonsense\r\n\r\n", (400,)),
]


@pytest.mark.parametrize("sent, wanted", RAW, ids=[str(number) for number in range(len(RAW))])
def test_strange_requests_are_refused(shared, sent, wanted):
    host, port = shared.ready["http"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while b"\r\n" not in answer:
            piece = connection.recv(4096)
            if not piece:
                break
            answer += piece
    assert int(answer.split()[1]) in wanted, answer


def test_requests_that_are_sent_together_are_answered_in_order(shared):
    host, port = shared.ready["http"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
        connection.sendall(request % (b"/livez", b"") + request % (b"/nowhere", b"") + request % (b"/livez", b"Connection: close\r\n"))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"404", b"200"]
