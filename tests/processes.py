"""Children that leave nothing behind, and free ports, for servers that tests start."""

import contextlib
import ctypes
import os
import pathlib
import random
import signal
import socket
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


given_ports = set()


def free_port():
    """A free port of 127.0.0.1 from below those that the kernel gives to outgoing connections.

    So nobody is given it while its server is down between two starts. None is given twice, and tests that run beside each
    other have ports of their own: between the look and the start of a server another one could take it.
    """
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for port in random.sample([port for port in range(10000 + worker, lowest, workers) if port not in given_ports], 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                given_ports.add(port)
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port of 127.0.0.1 between 10000 and {lowest}")


def start_child(command, end_with=signal.SIGKILL, own_session=True, **options):
    """A child (in a session of its own, away from the keys of the terminal) that gets the signal `end_with` when this process ends, however that happens.

    The kernel sends it when the thread that started the child ends: start servers in the main thread.
    """
    parent = os.getpid()

    def tie_to_parent():
        LIBC.prctl(PR_SET_PDEATHSIG, int(end_with), 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # ours may be waiting for signals
        if os.getppid() != parent:  # it ended before the call above
            os._exit(1)

    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, start_new_session=own_session, preexec_fn=tie_to_parent, **options)


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on, or None when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def running_processes():
    """Parent by pid, without those that have ended and wait to be reaped."""
    parents = {}
    for entry in os.listdir("/proc"):
        fields = stat_fields(entry) if entry.isdigit() else None
        if fields and fields[0] not in "ZX":
            parents[int(entry)] = int(fields[1])
    return parents


def descendants(pid):
    parents = running_processes()
    found, unseen = [], [pid]
    while unseen:
        parent = unseen.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        unseen += children
    return found


def end_child(process, limit):
    """SIGTERM, then SIGKILL after `limit` seconds; with limit 0 SIGKILL at once. What it started ends with it."""
    if process.poll() is not None:
        return
    left = {pid: os.pidfd_open(pid) for pid in _alive(descendants(process.pid))}
    try:
        if limit:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(limit)
        if process.poll() is None:
            process.kill()
            process.wait()
    finally:
        for handle in left.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)


def _alive(pids):
    return [pid for pid in pids if stat_fields(pid)]
