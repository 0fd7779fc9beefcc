"""The log store: what is found in it, how it is followed, and what it takes from others."""

import json
import select
import signal
import socket
import subprocess
import time
import urllib.parse

from busbar import BINARY, eventually
from log_stream import Stream


def record(busbar, name, data=None, level="INFO"):
    answer = busbar.admin("POST", "/api/v1/logs", {"name": name, "data": data or {}, "level": level})
    assert answer.status == 202, answer


def found(busbar, **query):
    answer = busbar.admin("GET", "/api/v1/logs?" + urllib.parse.urlencode(query))
    assert answer.status == 200, answer
    return answer.json


def log(busbar, *arguments):
    """busbar log …: (exit code, stdout, stderr)."""
    return busbar.command("log", arguments[0], "--data", str(busbar.data), *arguments[1:])


def tail(busbar, *arguments):
    return subprocess.Popen([BINARY, "log", "tail", "--data", busbar.data, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=busbar.variables(), cwd=busbar.folder, text=True)


def test_entries_are_found_by_words_fields_level_and_time(busbar):
    record(busbar, "a disk is nearly full", {"host": "db-1.internal", "free": 3}, "WARNING")
    record(busbar, "a disk was checked", {"host": "db-2.internal", "free": 300, "by": {"user": "Zoë Ash"}})
    names = lambda words, **more: [entry["name"] for entry in found(busbar, search=words, **more)["items"]]

    assert names("disk") == ["a disk was checked", "a disk is nearly full"]
    assert names("host:db-1") == names("free:3") == names("disk -checked") == ["a disk is nearly full"]
    assert names("by.user:zoe") == names('"was checked"') == ["a disk was checked"]
    assert names("disk", level="warning,error") == ["a disk is nearly full"]
    assert names("disk", module="external", since="2020-01-01T00:00:00Z") == names("disk")
    assert names("disk", until="2020-01-01T00:00:00Z") == names("disk", module="email") == []
    assert found(busbar, search="disk")["total_count"] == 2
    assert busbar.admin("GET", "/api/v1/logs?level=loud").status == 422
    assert busbar.admin("GET", "/api/v1/logs?before=x").status == 422


def test_pages_neither_skip_nor_repeat_while_entries_come(busbar):
    for number in range(25):
        record(busbar, f"entry {number}")
    seen, before = [], {}
    while True:
        page = found(busbar, search="entry", size=10, **before)
        seen += [entry["name"] for entry in page["items"]]
        record(busbar, f"entry later {len(seen)}")
        if page["next"] is None:
            break
        before = {"before": page["next"]}

    assert seen == [f"entry {number}" for number in reversed(range(25))]


def test_what_is_logged_is_followed_and_followed_on(busbar):
    stream = Stream(busbar, "?search=deployed&level=INFO,WARNING")
    assert stream.answer.status == 200 and stream.answer.headers["Content-Type"].startswith("text/event-stream")
    lags = []
    for number in range(5):
        began = time.monotonic()
        record(busbar, f"deployed {number}")
        record(busbar, f"deployed {number}", level="ERROR")
        eventually(lambda: len(stream.events), lambda count: count == number + 1)
        lags.append(stream.events[-1][0] - began)
    last = stream.events[2][1]["id"]
    stream.end()

    again = Stream(busbar, "?search=deployed&level=INFO", {"Last-Event-ID": last})
    eventually(lambda: len(again.events), lambda count: count == 2)
    record(busbar, "deployed 5")
    eventually(lambda: again.names(), lambda names: names == ["deployed 3", "deployed 4", "deployed 5"])
    again.end()
    print(f"G6: an entry was seen after {sorted(lags)[2]:.3f} s")


def test_S29_a_page_of_another_site_cannot_follow_the_log(busbar):
    for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert Stream(busbar, headers=headers).answer.status == 403, headers
    assert busbar.request("GET", "/api/v1/logs/stream", listener="admin").status == 401
    assert busbar.get("/api/v1/logs/stream").status == 404


def raw_stream(busbar, receive_buffer=4096):
    """A client that does not read."""
    host, _, port = busbar.ready["admin"].rpartition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(20)
    client.connect((host, int(port)))
    client.sendall(f"GET /api/v1/logs/stream HTTP/1.1\r\nHost: {busbar.ready['admin']}\r\nAuthorization: Bearer {busbar.admin_token}\r\n\r\n".encode())
    assert client.recv(1000).startswith(b"HTTP/1.1 200")
    return client


def read_to_end(client):
    """The last bytes before the connection ends."""
    tail = b""
    try:
        while piece := client.recv(1 << 20):
            tail = (tail + piece)[-10_000:]
    except ConnectionResetError:
        pass
    client.close()
    return tail


def memory(busbar):
    status = open(f"/proc/{busbar.pid}/status").read()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def test_a_reader_that_falls_behind_is_told_so_and_dropped_and_nobody_else(busbar):
    slow = raw_stream(busbar)
    quick = Stream(busbar, "?search=small")
    for number in range(350):
        record(busbar, f"large {number}", {"text": "x" * 30_000})
    record(busbar, "small")

    eventually(lambda: quick.names(), lambda names: names == ["small"])
    assert read_to_end(slow).rstrip().endswith(b"more was logged than this client has read\"}")
    assert not quick.is_over
    quick.end()
    assert memory(busbar) < 100


def test_a_reader_that_takes_nothing_is_cut_off(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_HTTP_WRITE_TIMEOUT": "1s"}).start()
    stuck = raw_stream(busbar)
    assert is_open_at_server(stuck)
    for number in range(350):
        record(busbar, f"large {number}", {"text": "x" * 30_000})

    eventually(lambda: not is_open_at_server(stuck))
    stuck.close()


def is_open_at_server(client):
    """As the kernel sees the other end: proc(5), state 01 is ESTABLISHED."""
    ports = f":{client.getpeername()[1]:04X}", f":{client.getsockname()[1]:04X}"
    rows = [line.split() for line in open("/proc/net/tcp")]
    return any(row[1].endswith(ports[0]) and row[2].endswith(ports[1]) and row[3] == "01" for row in rows)


def test_places_in_the_stream_are_few_and_free_when_somebody_goes(busbar):
    streams = [Stream(busbar) for _ in range(32)]
    assert {stream.answer.status for stream in streams} == {200}
    assert Stream(busbar).answer.status == 503

    streams.pop().end()

    streams.append(eventually(lambda: Stream(busbar), lambda one: one.answer.status == 200))
    assert busbar.stop() == 0
    eventually(lambda: all(stream.is_over for stream in streams))


def test_a_stream_ends_with_the_token_that_began_it(busbar):
    stream = Stream(busbar)
    assert busbar.command("token", "--rotate", "--data", str(busbar.data))[0] == 0
    eventually(lambda: stream.is_over)


HOSTILE = 'x\n{"level":"error"}\x1b]0;owned\x07\u009b31m\u2028\u202eend'


def test_S59_one_line_stays_one_line_and_no_escape_gets_through(busbar):
    record(busbar, HOSTILE, {HOSTILE: HOSTILE, "kept": "yes"})
    busbar.request("POST", "/api/v1/sessions", {"email": HOSTILE, "password": HOSTILE})
    as_text, as_json = tail(busbar, "kept:yes"), tail(busbar, "kept:yes", "--json")
    eventually(lambda: record(busbar, HOSTILE, {HOSTILE: HOSTILE, "kept": "yes"}) or has_output(as_text) and has_output(as_json))
    code, search, _ = log(busbar, "search", "kept:yes", "--limit", "1")
    line, json_line = as_text.stdout.readline(), as_json.stdout.readline()
    for process in (as_text, as_json):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0

    assert code == 0 and search.count("\n") == 1
    for text in (search, line, busbar.output()):
        for bad in ("\x1b", "\x07", "\u009b", "\u2028", "\u202e"):
            assert bad not in text, (bad, text)
        assert all(not one.startswith('{"level":"error"}') for one in text.splitlines())
    assert json.loads(json_line)["name"] == HOSTILE and "\x1b" not in json_line and "\x07" not in json_line
    assert found(busbar, search="kept:yes", level="ERROR")["total_count"] == 0


def has_output(process):
    return bool(select.select([process.stdout], [], [], 0)[0])


def test_the_commands_search_and_follow(busbar):
    for number in range(3):
        record(busbar, f"sold {number}", {"price": number}, "WARNING" if number == 1 else "INFO")

    code, text, _ = log(busbar, "search", "sold", "--level", "WARNING")
    assert code == 0 and "WARNING external: sold 1  price=1  trace=" in text and text.count("\n") == 1
    code, text, _ = log(busbar, "search", "--json", "--module", "external", "--since", "1h", "--limit", "2", "--", "sold", "-price:2")
    assert code == 0 and [entry["name"] for entry in json.loads(text)] == ["sold 1", "sold 0"]
    assert log(busbar, "search", "nothing like it")[1] == "no entries\n"
    assert log(busbar, "search", "--level", "loud")[0] == 1

    follower = tail(busbar)
    eventually(lambda: record(busbar, "sold again") or has_output(follower))
    assert busbar.stop() == 0
    assert follower.wait(10) == 69
    assert "the server has ended" in follower.stderr.read()
    assert log(busbar, "tail")[0] == 69


def test_the_level_of_a_module_is_set_while_it_runs(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_LOG_LEVEL": "info,email=warning"}).start()
    answered = lambda: found(busbar, module="web", level="DEBUG")["total_count"]

    code, text, _ = log(busbar, "level", "--json")
    assert code == 0
    assert json.loads(text) == {"registration": "INFO", "email": "WARNING", "logging": "INFO", "product": "INFO", "web": "INFO", "bus": "INFO", "app": "INFO"}
    assert log(busbar, "level", "web", "debug")[0] == 0
    eventually(answered)
    levels = busbar.admin("PUT", "/api/v1/logs/levels", {"web": None, "email": "error"}).json
    assert (levels["web"], levels["email"]) == ("INFO", "ERROR")
    assert log(busbar, "level", "email", "default")[0] == 0
    assert busbar.admin("GET", "/api/v1/logs/levels").json["email"] == "WARNING"
    for wrong in ({"web": "loud"}, {"nobody": "INFO"}, []):
        assert busbar.admin("PUT", "/api/v1/logs/levels", wrong).status == 422, wrong
    assert log(busbar, "level", "web")[0] == 64


def test_lines_are_counted(busbar):
    record(busbar, "counted")
    text = busbar.request("GET", "/metrics", listener="admin").text

    for line in ('busbar_log_lines_total{level="INFO"}', 'busbar_log_lines_lost_total{where="terminal"} 0', 'busbar_log_lines_lost_total{where="store"} 0'):
        assert line in text, line
    stored = [line for line in text.splitlines() if line.startswith("busbar_log_stored_")]
    assert len(stored) == 2 and all(float(line.split()[1]) > 0 for line in stored)


def test_the_store_has_a_size(new_busbar):
    busbar = new_busbar(environment={"BUSBAR_LOG_MAX_SIZE": "1MiB"}).start()
    for number in range(120):
        record(busbar, f"large {number}", {"text": "x" * 30_000})

    eventually(lambda: found(busbar, search="large")["total_count"], lambda count: count < 60, limit=30)
    assert found(busbar, search='"large 119"')["total_count"] == 1
