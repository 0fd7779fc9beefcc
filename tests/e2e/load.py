"""Registrations from several clients at once, and what has to come of them."""

import itertools
import threading
import time

from busbar import eventually


class Load:
    """Registers new addresses on a few connections until stop(), or until the server is gone.

    `accepted`: those with a 202. `others`: every other answer and every broken connection.
    """

    def __init__(self, busbar, name, workers=4):
        self.accepted, self.tried, self.others = [], [], []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(busbar, f"{name}-{worker}")) for worker in range(workers)]
        for thread in self.threads:
            thread.start()

    def work(self, busbar, name):
        connection = busbar.connect(timeout=20)
        for number in itertools.count():
            if self.is_over.is_set():
                return
            address = f"user-{name}-{number}@example.org"
            self.tried.append(address)
            try:
                answer = busbar.register(address, connection=connection)
            except Exception as failure:  # the server is gone: the test says whether it should be
                self.others.append(failure)
                return
            if answer.status == 202:
                self.accepted.append(address)
            else:
                self.others.append(answer)

    def reaches(self, answers, limit=60):
        eventually(lambda: len(self.accepted), lambda count: count >= answers, limit=limit,
                   what=f"{answers} accepted registrations beside {self.others[:3]}")

    def stop(self):
        self.is_over.set()
        self.join()

    def join(self):
        for thread in self.threads:
            thread.join()


def register_all(busbar, name, count):
    """The addresses; each was accepted."""
    addresses = [f"{name}-{number}@example.org" for number in range(count)]
    connection = busbar.connect()
    for address in addresses:
        answer = busbar.register(address, connection=connection)
        assert answer.status == 202, answer
    connection.close()
    return addresses


def receivers(busbar):
    """Of all mails, with each as often as it has mails; nothing while the module email does not answer."""
    found, page = [], 1
    while True:
        answer = busbar.admin("GET", f"/api/v1/emails?size=100&page={page}")
        if answer.status != 200:
            return []
        found += [mail["to"][0] for mail in answer.json["items"]]
        if not answer.json["has_more"]:
            return found
        page += 1


def each_has_one_mail(busbar, addresses, limit=30.0):
    """Waits for the mails, and for one of a later registration: what is to come twice has come by then."""
    count = lambda: len(set(receivers(busbar)))
    wanted = set(addresses)
    eventually(count, lambda number: number >= len(wanted), limit=limit, what=f"mails to {len(wanted)} addresses")
    last = f"last-{time.monotonic_ns()}@example.org"
    assert busbar.register(last).status == 202
    eventually(lambda: last in receivers(busbar), limit=limit, what="the mail to the last one")
    found = [address for address in receivers(busbar) if not address.startswith("last-")]
    assert sorted(found) == sorted(wanted), "a mail is missing, or there are two"
