"""What was acknowledged is kept: killed under load, traced, and with a full disk."""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from busbar import eventually

CYCLES = 200 if os.environ.get("E2E_FULL") else 20


class Load:
    """Registers new addresses on a few connections until the server is gone."""

    def __init__(self, busbar, cycle, workers=4):
        self.accepted, self.tried = [], []
        self.threads = [threading.Thread(target=self.work, args=(busbar, f"{cycle}-{worker}")) for worker in range(workers)]
        for thread in self.threads:
            thread.start()

    def work(self, busbar, name):
        connection = busbar.connect(timeout=5)
        for number in range(100_000):
            address = f"user-{name}-{number}@example.org"
            self.tried.append(address)
            try:
                status = busbar.register(address, connection=connection).status
            except Exception:  # the server is gone: that is the point
                return
            if status == 202:
                self.accepted.append(address)
            else:
                assert status == 503, status

    def wait_for(self, answers, limit=3.0):
        end = time.monotonic() + limit
        while len(self.accepted) < answers and time.monotonic() < end:
            time.sleep(0.001)

    def join(self):
        for thread in self.threads:
            thread.join()


def rows(busbar, name, query, copy):
    """What a copy of the file says; the server must be down."""
    copy.mkdir(exist_ok=True)
    for suffix in ("", "-wal"):
        if (busbar.data / f"{name}.db{suffix}").exists():
            shutil.copy(busbar.data / f"{name}.db{suffix}", copy)
    database = sqlite3.connect(copy / f"{name}.db")
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        return database.execute(query).fetchall()
    finally:
        database.close()


def all_mails(busbar):
    mails, page = [], 1
    while True:
        answer = busbar.admin("GET", f"/api/v1/emails?size=100&page={page}").json
        mails += answer["items"]
        if not answer["has_more"]:
            return mails
        page += 1


def test_killed_under_load_it_loses_and_doubles_nothing(new_busbar, tmp_path):
    busbar = new_busbar(environment={"BUSBAR_LOG_LEVEL": "warning"})
    chance = random.Random(5)
    accepted, tried = set(), set()
    for cycle in range(CYCLES):
        busbar.start()
        load = Load(busbar, cycle)
        # At any moment: after a number of answers, and then somewhere in the midst of the next ones.
        load.wait_for(chance.randint(0, 25))
        threading.Event().wait(chance.uniform(0, 0.05))
        busbar.kill()
        load.join()
        accepted |= set(load.accepted)
        tried |= set(load.tried)
    assert len(accepted) > CYCLES, "the load was too thin to tell anything"

    busbar.start()
    waiting = lambda: [mail for mail in all_mails(busbar) if mail["status"] != "captured"]
    count = lambda: len(all_mails(busbar))
    eventually(count, lambda number: number >= len(accepted), limit=60, what="a mail for each accepted registration")
    eventually(waiting, lambda found: not found, limit=60, what="the queue's end")
    # An address can be known without its 202 having arrived. Its mail may be the last to come.
    busbar.register("last@example.org")
    busbar.mail_to("last@example.org")
    mails = all_mails(busbar)
    assert busbar.stop() == 0

    users = [row[0] for row in rows(busbar, "registration", "SELECT email FROM users", tmp_path / "copy")]
    receivers = [mail["to"][0] for mail in mails]
    assert len(users) == len(set(users))
    assert accepted <= set(users), "an acknowledged registration has no user"
    assert set(users) <= tried | {"last@example.org"}
    assert sorted(receivers) == sorted(users), "each user has exactly one mail, and each mail its user"
    print(f"{CYCLES} kills, {len(accepted)} acknowledged of {len(tried)} tried, {len(users)} users, {len(mails)} mails")


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def test_a_sync_lies_between_each_registration_and_its_answer(new_busbar, tmp_path):
    if not can_trace():
        pytest.skip("strace may not trace here")
    trace = tmp_path / "trace.txt"
    calls = "trace=fsync,fdatasync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg"
    busbar = new_busbar(wrapper=["strace", "-f", "-y", "-s", "120", "-e", calls, "-o", str(trace)])
    busbar.start()
    connection = busbar.connect()
    for number in range(5):
        assert busbar.register(f"user{number}@example.org", connection=connection).status == 202
    os.kill(busbar.pid, 15)
    busbar.process.wait(20)

    answered, synced, open_syncs = 0, None, {}
    for line in trace.read_text(errors="replace").splitlines():
        thread = line.split()[0]
        if "POST /api/v1/registrations" in line:
            assert synced is None, "a second request before the first answer"
            synced = False
        elif "HTTP/1.1 202" in line:
            assert synced, "answered 202 with no sync of registration.db since the request came"
            synced = None
            answered += 1
        elif re.search(r"\b(fsync|fdatasync)\(\d+<[^>]*registration\.db", line):
            if "unfinished" in line:
                open_syncs[thread] = True
            elif re.search(r"= 0$", line) and synced is False:
                synced = True
        elif re.search(r"(fsync|fdatasync) resumed>", line) and open_syncs.pop(thread, False):
            if re.search(r"= 0$", line) and synced is False:
                synced = True
    assert answered == 5


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs may not be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, leave=0):
    """Up to the last byte, or until so many are left."""
    with open(folder / "filler", "ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    disk = os.statvfs(folder)
                    if disk.f_bavail * disk.f_frsize - size < leave:
                        break
                    file.write(b"x" * size)
            except OSError:
                pass
    return folder / "filler"


# With a reserve the edge refuses changes in time; without one SQLite itself runs into the end of the disk.
@pytest.mark.parametrize("reserve", ["4MiB", "0"])
def test_a_full_disk_stops_writes_and_nothing_else(new_busbar, small_disk, reserve):
    busbar = new_busbar(folder=small_disk, environment={"BUSBAR_STORAGE_RESERVE": reserve})
    busbar.start()
    product = busbar.admin("POST", "/api/v1/products", {"name": "a", "description": "", "price": "1"})
    assert product.status == 201
    path = f"/api/v1/products/{product.json['id']}"
    filler = fill(small_disk)

    write = lambda: busbar.admin("POST", "/api/v1/products", {"name": "b", "description": "x" * 9000, "price": "1"})
    refused = eventually(write, lambda answer: answer.status != 201, limit=20, what="a refusal")
    assert refused.status in (503, 507), refused
    assert busbar.get(path).status == 200
    assert busbar.get("/livez").status == 200
    assert busbar.get("/register").status == 200
    assert busbar.register("ada@example.org").status in (202, 503, 507)

    filler.unlink()
    eventually(write, lambda answer: answer.status == 201, limit=5, what="a write after there was room again")
    assert busbar.register("grace@example.org").status == 202
    busbar.mail_to("grace@example.org")
    assert busbar.stop() == 0
    for name in ("registration", "email", "product", "logging"):
        database = sqlite3.connect(busbar.data / f"{name}.db")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()


def test_below_the_reserve_changes_are_refused_until_there_is_room(new_busbar, small_disk):
    busbar = new_busbar(folder=small_disk).start()
    reserve = 4 << 20
    ready = lambda: busbar.get("/readyz")
    assert ready().status == 200

    filler = fill(small_disk, leave=reserve // 2)
    unready = eventually(ready, lambda answer: answer.status == 503, what="a full disk")
    assert [part["part"] for part in unready.json["failing"]] == ["storage"] and "storage.reserve" in unready.text
    refused = busbar.register("ada@example.org")
    assert refused.status == 507 and refused.json["status"] == 507
    assert busbar.admin("POST", "/api/v1/emails", {"to": ["a@example.org"], "subject": "a", "text": "b"}).status == 507
    assert busbar.get("/register").status == 200 and busbar.admin("GET", "/api/v1/events").status == 200
    # What an operator does about it goes on.
    assert busbar.admin("POST", "/api/v1/dead-letters/retry", {"all": True}).status == 202

    filler.unlink()
    eventually(ready, lambda answer: answer.status == 200, what="room")
    assert busbar.register("ada@example.org").status == 202
    busbar.mail_to("ada@example.org")


@pytest.mark.parametrize("reserve, left, words", [("8MiB", 6 << 20, "storage.reserve"), ("4MiB", 1 << 20, "free")])
def test_a_start_without_room_is_refused_with_the_reason(new_busbar, small_disk, reserve, left, words):
    busbar = new_busbar(folder=small_disk, environment={"BUSBAR_STORAGE_RESERVE": reserve}).start()
    assert busbar.stop() == 0
    filler = fill(small_disk, leave=left)

    assert busbar.run_to_its_end() == 74
    assert words in (busbar.folder / f"stderr-{busbar.starts}.txt").read_text()

    filler.unlink()
    busbar.start()
    assert busbar.register("ada@example.org").status == 202
