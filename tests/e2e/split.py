"""Busbar in several processes around one RabbitMQ."""

from busbar import eventually
from processes import free_port

MODULES = ("registration", "email", "logging", "product")


class Split:
    """One process for each group of modules. All have the same public URL, that of the one which runs `web`."""

    def __init__(self, new_busbar, bus_url, groups=("web", *MODULES), folders=None,
                 environment=None):
        listen = f"127.0.0.1:{free_port()}"
        environment = {"BUSBAR_BUS_URL": bus_url, "BUSBAR_HTTP_PUBLIC_URL": f"http://{listen}", **(environment or {})}
        self.processes = {}
        for group in groups:
            own = ("--listen", listen) if "web" in group.split(",") else ()
            self.processes[group] = new_busbar("--modules", group, *own, environment=environment,
                                               folder=(folders or {}).get(group))

    def __getitem__(self, group):
        return self.processes[group]

    @property
    def gateway(self):
        return next(process for group, process in self.processes.items() if "web" in group.split(","))

    def start(self):
        """All of them, and waits until each is known to the gateway."""
        for process in self.processes.values():
            process.start()
        self.complete()
        return self

    def complete(self):
        """When the gateway lacks nothing any more."""
        eventually(lambda: self.gateway.get("/readyz").json, lambda answer: answer == {"status": "ok"},
                   what="a gateway that lacks nothing")

    def stop(self):
        for process in self.processes.values():
            assert process.stop() == 0, process.output()
