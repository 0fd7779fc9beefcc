"""What tracing costs a server under load: at its defaults, without it, and with a collector that never answers."""

import socket

from server import measured, server, wrk

WAYS = (("without traces", {"BUSBAR_TRACING_SAMPLE": "0"}), ("at its defaults", {}), ("with a collector that never answers", None))


def measure(folder, seconds, script_for):
    """The three in turns, each twice, since the machine is not the same from minute to minute."""
    hole = socket.create_server(("127.0.0.1", 0), backlog=64)
    reference = None
    for turn in range(2):
        for name, environment in WAYS:
            place = folder / f"traces-{turn}-{name.replace(' ', '-')}"
            place.mkdir()
            if environment is None:
                environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{hole.getsockname()[1]}"}
            with server(place, **environment) as busbar:
                script = script_for(place, busbar.token)
                found = measured(f"POST product, 64 connections, {name}", busbar.pid,
                                 lambda: wrk(busbar.http, "/api/v1/products", seconds, script=script), reference)
            reference = reference or found
    hole.close()
