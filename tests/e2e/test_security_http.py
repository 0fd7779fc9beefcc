"""The rows S26 to S54 of tests/security/rows.txt as somebody outside sees them."""

import re
import sqlite3
import urllib.parse

import pytest

from busbar import ROOT, eventually, link_in
from log_stream import Stream
from raw_http import ask, status_of
from visitor import confirmed_account, signed_in

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
# Path, Accept, status, and the content type of the answer.
ANSWERS = [
    ("/", "text/html", 200, "text/html; charset=utf-8"),
    ("/register", "text/html", 200, "text/html; charset=utf-8"),
    ("/login", "text/html", 200, "text/html; charset=utf-8"),
    ("/products", "text/html", 200, "text/html; charset=utf-8"),
    ("/products/none", "text/html", 404, "text/html; charset=utf-8"),
    ("/products?page=x", "text/html", 422, "text/html; charset=utf-8"),
    ("/nowhere", "text/html", 404, "text/html; charset=utf-8"),
    ("/a%00b", "text/html", 400, "text/html; charset=utf-8"),
    ("/nowhere", "application/json", 404, "application/problem+json; charset=utf-8"),
    ("/assets/busbar.css", "*/*", 200, "text/css; charset=utf-8"),
    ("/assets/password.js", "*/*", 200, "text/javascript; charset=utf-8"),
    ("/assets/favicon.svg", "*/*", 200, "image/svg+xml; charset=utf-8"),
    ("/livez", "*/*", 200, "application/json; charset=utf-8"),
    ("/api/v1/products/none", "*/*", 404, "application/problem+json; charset=utf-8"),
    ("/api/v1/users/me", "*/*", 401, "application/problem+json; charset=utf-8"),
]


@pytest.mark.parametrize("path, accept, status, kind", ANSWERS)
def test_S45_S51_every_answer_says_what_it_is_and_what_it_may(shared, path, accept, status, kind):
    assert_headers(shared.get(path, {"Accept": accept}), status, kind)


@pytest.mark.parametrize("path, accept, status, kind", [
    ("/", "text/html", 200, "text/html; charset=utf-8"),
    ("/nowhere", "text/html", 404, "text/html; charset=utf-8"),
    ("/api/v1/emails", "text/html", 401, "application/problem+json; charset=utf-8"),
    ("/readyz", "*/*", 200, "application/json; charset=utf-8"),
])
def test_S45_S51_so_does_the_admin_listener(shared, path, accept, status, kind):
    assert_headers(shared.request("GET", path, headers={"Accept": accept}, listener="admin"), status, kind)


def test_S51_every_file_of_the_pages_has_its_type(shared):
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    files = [path for path in (ROOT / "web/assets").iterdir()]

    assert len(files) > 3
    for file in files:
        assert_headers(shared.get(f"/assets/{file.name}"), 200, types[file.suffix] + "; charset=utf-8")


def assert_headers(answer, status, kind):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin", "strict-origin-when-cross-origin")
    assert answer.headers["Server"] == "busbar"
    assert "X-XSS-Protection" not in answer.headers and "X-Powered-By" not in answer.headers
    if answer.headers["Content-Type"].startswith("text/html"):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Permissions-Policy"]


def test_S46_over_plain_http_nothing_is_said_of_tls(shared):
    for path in ("/", "/login", "/nowhere", "/livez"):
        assert "Strict-Transport-Security" not in shared.get(path).headers


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:1"])
@pytest.mark.parametrize("listener", ["http", "admin"])
def test_S27_no_other_site_is_let_in(shared, listener, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    path = {"http": "/api/v1/registrations", "admin": "/api/v1/emails"}[listener]
    for method, status in (("OPTIONS", 204), ("GET", 405 if listener == "http" else 401), ("POST", 403)):
        answer = shared.request(method, path, headers=headers, listener=listener)
        assert answer.status == status and not [name for name in answer.headers if name.lower().startswith("access-control-")], answer


@pytest.mark.parametrize("kind", [None, "text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded",
                                  "multipart/form-data; boundary=x"])
def test_S26_no_simple_request_reaches_the_api(shared, kind):
    found = [(path.name, target) for path in sorted((ROOT / "web/src").glob("routes_*.cpp"))
             for target in re.findall(r'\brouter\.add\("POST", "(/api/[^"]+)"', path.read_text())]
    headers = {"Authorization": f"Bearer {shared.admin_token}", **({"Content-Type": kind} if kind else {})}

    assert len(found) >= 7
    for listener, targets in (("http", [target for _, target in found]),
                              ("admin", ["/api/v1/products", "/api/v1/emails", "/api/v1/logs", "/api/v1/bus/replay",
                                         "/api/v1/dead-letters/retry"])):
        for target in targets:
            answer = shared.request("POST", target, '{"email": "ada@example.org"}', headers, listener=listener)
            assert answer.status == 415, (target, answer)


def admin_routes():
    """Method and path of every route for administrators, from the sources: none can be forgotten here."""
    found = []
    for path in sorted((ROOT / "web/src").glob("routes_*.cpp")):
        text = path.read_text()
        constants = dict(re.findall(r"std::string (\w+) ?[={] ?\"(/api[^\"]+)\"", text))
        for method, constant, rest in re.findall(r'\badmin\.add\("(\w+)",\s*(?:(\w+) \+ )?"([^"]+)"', text):
            assert not constant or constant in constants, f"{path.name} builds an address of {constant}"
            found.append((method, re.sub(r"\{\w+\}", "1", constants.get(constant, "") + rest)))
        for method, rest in re.findall(r'\badmin\.add\("(\w+)", (\w+),', text):
            assert rest in ("start", "sign_in_path"), f"{path.name} builds an address of {rest}"  # for anyone: to sign in
    return found


def test_S33_S32_every_route_of_administrators_wants_the_token(shared):
    routes = admin_routes()

    assert {("POST", "/api/v1/users/1/disable"), ("POST", "/api/v1/console-links")} < set(routes) and len(routes) >= 15
    for method, path in routes:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "__Host-busbar_session=x; __Host-busbar_console=x"}):
            answer = shared.request(method, path, headers=headers, listener="admin")
            assert answer.status in (401, 403), (method, path, answer)
        # On the public listener it is not there, whatever one shows.
        own = {"Authorization": f"Bearer {shared.admin_token}"}
        assert shared.request(method, path, headers=own).status == 404, (method, path)


def rows_of(busbar):
    """Of all tables, by file, but for those that tell what was done: to read is traced too."""
    found = {}
    for file in sorted(busbar.data.glob("*.db")):
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        found |= {(file.name, name): database.execute(f'SELECT * FROM "{name}"').fetchall() for name, in tables.fetchall()}
        database.close()
    return {name: rows for name, rows in found.items() if name not in (("logging.db", "spans"), ("logging.db", "traces"))}


def test_S33_reading_changes_nothing(busbar):
    confirmed_account(busbar, "ada@example.org")
    visitor = signed_in(busbar, "ada@example.org")
    busbar.post("/api/v1/password-resets", {"email": "ada@example.org"})
    mails = eventually(lambda: busbar.mails_to("ada@example.org"), lambda found: len(found) == 2)
    eventually(lambda: busbar.admin("GET", "/api/v1/bus").json["handlers"],
               lambda handlers: all(one["lag"] == 0 and one["in_flight"] == 0 for one in handlers))
    # What was written is put into the index of words a moment later, or when somebody searches.
    before = eventually(lambda: rows_of(busbar), lambda rows: rows["email.db", "email_index"] == [(len(mails),)])
    assert before["registration.db", "users"] and before["email.db", "emails"]

    for method, path in admin_routes():
        for read in ("GET", "HEAD"):
            if (read, path) == ("GET", "/api/v1/logs/stream"):  # without an end
                Stream(busbar).end()
                continue
            answer = busbar.admin(read, path.replace("/emails/1", f"/emails/{mails[0]['id']}"))
            # What only changes cannot be reached by reading.
            assert answer.status in ((200, 404) if method == "GET" else (200, 404, 405)), (read, path, answer)
    link = link_in(busbar.admin("GET", f"/api/v1/emails/{mails[0]['id']}").json["text"]).removeprefix(busbar.url)
    for path in ("/", "/register", "/registered", "/login", "/logout", "/forgot", "/resend", "/sent", "/account", link,
                 link.replace("reset", "confirm"), "/account/delete", "/api/v1/users/me", "/api/v1/users/me/sessions"):
        visitor.get(path)

    after = rows_of(busbar)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/console", "/openapi.yaml", "/readyz?verbose", "/debug/pprof"])
def test_S32_what_is_for_operators_is_not_told_to_others(shared, path):
    answer = shared.get(path)

    if path.startswith("/readyz"):
        assert answer.status == 200 and answer.body == shared.get("/readyz").body
    else:
        assert answer.status == 404
    for sign_in in ("/sign-in", "/sign-out"):  # of operators
        assert shared.request("POST", sign_in, "token=x", {"Content-Type": "application/x-www-form-urlencoded"}).status == 404


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "localhost.evil.test", "127.0.0.1.evil.test", "[::2]",
                                  "localhost:80:80", "0.0.0.0", "", "localhost@evil.test", "192.168.0.1"])
@pytest.mark.parametrize("listener", ["http", "admin"])
def test_S28_a_rebound_name_reaches_nothing(shared, listener, host):
    request = f"GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()

    assert status_of(ask(shared.ready[listener], request)) in (400, 421)


@pytest.mark.parametrize("target", [
    "/../etc/passwd", "/assets/../../etc/passwd", "/assets/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/%2e%2e%5c%2e%2e", "/assets/..;/x", "/assets//etc/passwd", "/assets/", "/assets", "/assets/%00", "/%00",
    "/%c0%ae%c0%ae/etc/passwd", "/%e0%80%ae%e0%80%ae/", "/%uff0e%uff0e/", "/assets/busbar.css%00.txt", "/.git/config",
    "/.env", "/%", "/%4", "/%zz", "/assets/%252e%252e%252f", "/assets/..\\..\\etc", "file:///etc/passwd", "//evil.test/",
    "/./", "/assets/.", "/proc/self/environ", "/busbar.json", "/admin.token", "/registration.db",
])
def test_S50_no_path_leads_out(shared, target):
    for method in ("GET", "HEAD"):
        answer = ask(shared.ready["http"], f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert status_of(answer) in (400, 404), answer
        assert b"root:" not in answer and b"Index of" not in answer


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND", "get", "BREW"])
def test_S50_unknown_methods_are_refused(shared, method):
    answer = ask(shared.ready["http"], f"{method} / HTTP/1.1\r\nHost: localhost\r\nX-Canary: 7f3e\r\nConnection: close\r\n\r\n".encode())

    assert status_of(answer) in (400, 405, 501)
    assert b"7f3e" not in answer


@pytest.mark.parametrize("text", ['"', '""', "*", "NEAR(", "a AND", "a OR OR b", "^", "col:x", "-", "(", "')--", "%00", "x" * 4000,
                                  "(" * 4000, "a* " * 1300, '"a" ' * 800])
@pytest.mark.parametrize("path", ["/api/v1/emails", "/api/v1/logs", "/api/v1/users"])
def test_S52_S54_any_search_has_an_answer(shared, path, text):
    answer = shared.admin("GET", f"{path}?search={text.replace('%', '%25').replace(' ', '+').replace('^', '%5E')}"
                          .replace('"', "%22"))

    assert answer.status in (200, 400, 422), answer


def test_S54_no_regular_expression_reads_input():
    folders = [ROOT / name for name in ("app", "bus", "config", "modules", "storage", "web")]
    files = [path for folder in folders for path in folder.rglob("*.[ch]pp") if "tests" not in path.relative_to(ROOT).parts]

    assert len(files) > 200
    assert [path for path in files if re.search(r"#include\s*<(regex|boost/regex)", path.read_text())] == []


@pytest.mark.parametrize("target", ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/\t/evil.test",
                                    "\\\\evil.test", " //evil.test", "/%0d%0aSet-Cookie:x=y", "evil.test"])
def test_S53_the_sign_in_leads_to_no_other_site(shared, target):
    def kept(next_page):
        page = shared.get(f"/login?next={urllib.parse.quote(next_page)}", {"Accept": "text/html"})
        assert page.status == 200
        return re.findall(r'name="next" value="([^"]*)"', page.text)

    assert kept("/products/new") == ["/products/new"]
    assert kept(target) in ([], ["/%0d%0aSet-Cookie:x=y"])  # the last one is a path: its escapes stay escapes
