"""The log: what a line costs, what 20,000 a second do to requests, and how long searches take in many."""

import http.client
import json
import random
import re
import time
from urllib.parse import urlencode

from server import cpu_seconds, rss_mib, server, show, wrk

CONNECTIONS = 64
PAUSE_MS = 2  # of each connection between two requests: together about 20,000 a second
FEW, MANY = 100_000, 1_000_000

PACED_GETS = """
function delay() return %d end
"""

# Lines of several modules with fields as ours have, each with some that no other has.
RANDOM_LINES = """
local token = "%s"
local names = {"a request was answered", "a mail was sent", "a product was created", "a handler failed and is tried again", "a user signed in", "the cache was refreshed"}
local hosts = {"mail.example.org", "db-1.internal", "queue.example.net"}
local levels = {"INFO", "INFO", "INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARNING", "ERROR"}
local words = {}
function init()
    math.randomseed(7)
    for i = 1, 20000 do words[i] = string.format("w%%05x", (i * 7919) %% 1048576) end
end
function request()
    local r = math.random
    local body = string.format('{"name":"%%s","level":"%%s","data":{"method":"GET","path":"/api/v1/products/%%08x-%%04x-7%%03x-8%%03x-%%012x","status":%%d,"user_id":"user%%d","host":"%%s","note":"%%s %%s"}}',
        names[r(#names)], levels[r(#levels)], r(0, 2147483647), r(0, 65535), r(0, 4095), r(0, 4095), r(0, 2147483647), r(10) == 1 and 500 or 200, r(50000), hosts[r(#hosts)], words[r(#words)], words[r(#words)])
    return wrk.format("POST", "/api/v1/logs", {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}, body)
end
"""

SEARCHES = {
    "a word that is rare": lambda chance: {"search": "w%05x" % (chance.randrange(1, 20_001) * 7919 % 1048576)},
    "a word of one in six": lambda chance: {"search": chance.choice(["signed", "refreshed", "sent"])},
    "a word of every line": lambda chance: {"search": chance.choice(["products", "get", "path:api"])},
    "three letters": lambda chance: {"search": chance.choice(["sig", "ref", "han", "w0%x" % chance.randrange(16)])},
    "field:value": lambda chance: {"search": f"user_id:user{chance.randrange(1, 50_001)}"},
    "status:500": lambda chance: {"search": "status:500"},
    "module and level": lambda chance: {"module": "external", "level": chance.choice(["ERROR", "WARNING,ERROR", "INFO"])},
    "two words of one level": lambda chance: {"search": "handler failed", "level": "ERROR"},
    "a trace": lambda chance: {"trace_id": "%032x" % chance.getrandbits(128)},
    "the newest": lambda chance: {},
}


def metrics(busbar):
    connection = http.client.HTTPConnection(busbar.admin, timeout=30)
    connection.request("GET", "/metrics")
    return dict(re.findall(r"^(busbar_log_\S+) (\S+)$", connection.getresponse().read().decode(), re.MULTILINE))


def lost(values):
    return sum(float(value) for name, value in values.items() if name.startswith("busbar_log_lines_lost_total"))


def stored(busbar):
    return float(metrics(busbar)["busbar_log_stored_lines"])


def set_level(busbar, module, level):
    connection = http.client.HTTPConnection(busbar.admin, timeout=30)
    connection.request("PUT", "/api/v1/logs/levels", json.dumps({module: level}), {"Content-Type": "application/json", "Authorization": f"Bearer {busbar.token}"})
    if connection.getresponse().status != 200:
        raise SystemExit("the level of a module cannot be set")


def paced(folder, name, level, seconds):
    """p99 in ms and CPU a request in µs of about 20,000 requests a second; and lines stored a second."""
    place = folder / name
    place.mkdir()
    script = place / "paced.lua"
    script.write_text(PACED_GETS % PAUSE_MS)
    with server(place) as busbar:
        set_level(busbar, "web", level)
        _, body = busbar.post("/api/v1/products", {"name": "Teapot", "description": "A green one", "price": "19.90"})
        path = f"/api/v1/products/{json.loads(body)['id']}"
        wrk(busbar.http, path, 1, CONNECTIONS, str(script))
        results = []
        for _ in range(3):
            before, began, cpu = stored(busbar), time.monotonic(), cpu_seconds(busbar.pid)
            rate, p99 = wrk(busbar.http, path, seconds, CONNECTIONS, str(script))
            took = time.monotonic() - began
            results.append((p99, rate, (cpu_seconds(busbar.pid) - cpu) / (rate * took) * 1e6, (stored(busbar) - before) / took))
        return sorted(results)[1], lost(metrics(busbar)), rss_mib(busbar.pid)


def requests_beside_lines(folder, seconds):
    (p99, rate, cost, _), _, _ = paced(folder, "quiet", "WARNING", seconds)
    show("GET product, paced, nothing logged: p99", p99, "ms", None, f"{rate:,.0f}/s, {cost:.1f} µs CPU each")
    (logged, rate, more, lines), missed, rss = paced(folder, "logged", "DEBUG", seconds)
    show("the same with a line each: p99", logged, "ms", logged / p99, f"{rate:,.0f}/s; {missed:,.0f} lines lost; RSS {rss:.0f} MiB")
    show("lines stored and indexed meanwhile", lines, "/s")
    show("CPU of a line: logged, stored, indexed", more - cost, "µs")


def searches(folder, count):
    place = folder / f"logs{count}"
    place.mkdir()
    script = place / "lines.lua"
    with server(place) as busbar:
        script.write_text(RANDOM_LINES % busbar.token)
        began = time.monotonic()
        while stored(busbar) < count:
            wrk(busbar.admin, "/", 5, CONNECTIONS, str(script))
        took, there = time.monotonic() - began, stored(busbar)
        show(f"{there:,.0f} lines: POST, 64 connections", there / took, "/s", None, f"{float(metrics(busbar)['busbar_log_stored_bytes']) / there:,.0f} bytes of file each")
        chance = random.Random(1)
        all_times = []
        for name, make in SEARCHES.items():
            times = [search(busbar, make(chance)) for _ in range(40)]
            all_times += times
            times.sort()
            show(f"{there:,.0f} lines: {name}, p95", times[38], "ms", None, f"p50 {times[20]:.1f} ms")
        all_times.sort()
        show(f"{there:,.0f} lines: all of these, p95", all_times[len(all_times) * 95 // 100], "ms")
        show(f"{there:,.0f} lines: RSS", rss_mib(busbar.pid), "MiB")


def search(busbar, query):
    connection = http.client.HTTPConnection(busbar.admin, timeout=60)
    began = time.monotonic()
    connection.request("GET", "/api/v1/logs?" + urlencode(query), headers={"Authorization": f"Bearer {busbar.token}"})
    answer = connection.getresponse()
    body = answer.read()
    took = (time.monotonic() - began) * 1000
    if answer.status != 200:
        raise SystemExit(f"{query}: {answer.status} {body!r}")
    connection.close()
    return took


def measure(folder, seconds, quick):
    requests_beside_lines(folder, seconds)
    for count in (FEW,) if quick else (FEW, MANY):
        searches(folder, count)
