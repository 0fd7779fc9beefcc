"""A large catalogue: import, gets, searches, changes and a rebuild, and how they grow with the number of products."""

import http.client
import json
import random
import re
import subprocess
import time

from server import BINARY, measured, rss_mib, server, show, wrk

SYLLABLES = ("ba", "cor", "den", "fel", "gra", "hin", "jo", "kel", "lum", "mar", "nor", "ost", "pra", "qui", "rin", "sta", "tor", "ul", "ver", "wil")
FEW, MANY = 100_000, 1_000_000


def vocabulary(chance):
    return sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(20_000)})


def write_products(path, count, words, chance):
    """Words as unevenly used as those of a language: the n-th about 1/n as often as the first."""
    weights = [1 / (rank + 1) for rank in range(len(words))]
    drawn = iter(chance.choices(words, weights, k=count * 11))
    with open(path, "w") as out:
        for number in range(count):
            name = " ".join(next(drawn) for _ in range(3))
            description = " ".join(next(drawn) for _ in range(8))
            out.write(json.dumps({"name": f"{name} {number}", "description": description, "price": f"{number % 1000}.90"}) + "\n")


def command(busbar, *arguments):
    began = time.monotonic()
    done = subprocess.run([BINARY, *arguments, "--data", busbar.folder / "data"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    return time.monotonic() - began, done.stdout


def random_gets(folder, paths):
    script = folder / "gets.lua"
    listed = ",".join(f'"{path}"' for path in paths)
    script.write_text(f"local paths = {{{listed}}}\nrequest = function() return wrk.format('GET', paths[math.random(#paths)]) end\n")
    return str(script)


def latencies(address, paths):
    """Each in ms, sorted; one at a time over one connection."""
    connection = http.client.HTTPConnection(address, timeout=30)
    times = []
    for path in paths:
        began = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.monotonic() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body!r}")
    return sorted(times)


def told(name, times, before=None):
    p50, p95, p99 = (times[len(times) * part // 100] for part in (50, 95, 99))
    show(f"{name}, p95", p95, "ms", p95 / before if before else None, f"p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    return p95


def measure(folder, quick):
    before = {}
    for count in (FEW // 5, FEW) if quick else (FEW, MANY):
        chance = random.Random(1)
        words = vocabulary(chance)
        place = folder / f"catalog{count}"
        place.mkdir()
        lines = place / "products.jsonl"
        write_products(lines, count, words, chance)
        with server(place) as busbar:
            took, _ = command(busbar, "product", "import", lines)
            show(f"{count} products: import, of lines", count / took, "/s")
            latencies(busbar.http, ["/api/v1/products?search=ba"])  # until all words are in the index
            paths = ids_of(busbar, count, chance)
            name = f"{count} products: GET of any, 64 connections"
            rate, _ = measured(name, busbar.pid, lambda: wrk(busbar.http, "/", 2 if quick else 5, script=random_gets(place, paths)))
            times = latencies(busbar.http, paths[:2000])
            before["get"] = told(f"{count} products: GET of any, alone", times, before.get("get"))
            rare = [f"/api/v1/products?search={chance.choice(words)}" for _ in range(300)]
            before["search"] = told(f"{count} products: search for a word", latencies(busbar.http, rare), before.get("search"))
            two = [f"/api/v1/products?search={chance.choice(words)[:3]}+{chance.choice(words)[:4]}" for _ in range(300)]
            before["prefixes"] = told(f"{count} products: search for two beginnings of words", latencies(busbar.http, two), before.get("prefixes"))
            newest = [f"/api/v1/products?sort={sort}&page={page}" for sort in ("newest", "name", "price") for page in range(1, 40)]
            before["list"] = told(f"{count} products: a page of the list", latencies(busbar.http, newest), before.get("list"))
            took, _ = command(busbar, "product", "rebuild")
            show(f"{count} products: rebuild while serving", took, "s", None, f"{count / took:,.0f} products/s")
            show(f"{count} products: RSS after it", rss_mib(busbar.pid), "MiB")
            show(f"{count} products: file", (place / "data/product.db").stat().st_size / 2**20, "MiB")


def ids_of(busbar, count, chance):
    """Some of all places: pages far behind are read by export."""
    _, text = command(busbar, "product", "export")
    ids = re.findall(r'"id":"([0-9a-f-]{36})"', text)
    if len(ids) != count:
        raise SystemExit(f"{len(ids)} products of {count} were exported")
    return [f"/api/v1/products/{one}" for one in chance.sample(ids, min(count, 20_000))]
