"""What tracing costs a server under load: without it, at its defaults, and with a collector that never answers."""

import socket
import statistics

from server import measured, server, show, wrk

TURNS = 3


def measure(folder, seconds, script_for):
    """In turns, since the machine is not the same from minute to minute; the medians count."""
    hole = socket.create_server(("127.0.0.1", 0), backlog=64)
    ways = {"without traces": {"BUSBAR_TRACING_SAMPLE": "0"}, "traces at their defaults": {},
            "a collector that never answers": {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{hole.getsockname()[1]}"}}
    rates = {name: [] for name in ways}
    times = {name: [] for name in ways}
    for turn in range(TURNS):
        for name, environment in ways.items():
            place = folder / f"traces-{turn}-{name.replace(' ', '-')}"
            place.mkdir()
            with server(place, **environment) as busbar:
                script = script_for(place, busbar.token)

                def work():
                    rate, p99 = wrk(busbar.http, "/api/v1/products", seconds, script=script)
                    times[name].append(p99)
                    return rate, p99

                rates[name].append(measured(f"POST product, 64 connections, {name}", busbar.pid, work)[0])
    hole.close()
    reference = statistics.median(rates["without traces"])
    slowest = statistics.median(times["without traces"])
    for name in ways:
        rate, p99 = statistics.median(rates[name]), statistics.median(times[name])
        show(f"median of {TURNS}: {name}", rate, "/s", rate / reference, f"p99 {p99:.1f} ms, {p99 / slowest:.2f} x")
