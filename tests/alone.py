"""Runs the tests of a module alone, as their authors do all day: alone.py SECONDS PROGRAM

They must pass, open no socket and need less than so many seconds of processor time, or "any".
"""

import os
import re
import resource
import subprocess
import sys
import tempfile

RUNS = 5  # at most: what others do to a shared machine's caches and clock only adds, so the least is the program's own
SOCKET_CALLS = "socket,socketpair,bind,connect,accept,accept4"


def sockets_of(program):
    """The calls that the program makes, and what it printed when it failed."""
    with tempfile.NamedTemporaryFile("r") as trace:
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={SOCKET_CALLS}", "-e", "signal=none", "-o", trace.name, program, "--gtest_brief=1"]
        # The search for leaks wants to be the one who traces; it is done where these tests run by themselves.
        without_leaks = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        run = subprocess.run(command, env=without_leaks, capture_output=True, text=True)
        calls = [line.strip() for line in trace if re.search(r"\b\w+\(", line)]
    return calls, "" if run.returncode == 0 else run.stdout + run.stderr


def seconds_of(program):
    """Processor time, which depends little on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program, "--gtest_brief=1"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least_seconds_of(program, limit):
    seconds = seconds_of(program)
    for _ in range(RUNS - 1):
        if seconds >= limit:
            seconds = min(seconds, seconds_of(program))
    return seconds


def main(limit, program):
    calls, failure = sockets_of(program)
    if failure:
        sys.exit(f"{program} fails:\n{failure}")
    if calls:
        sys.exit(f"{program} uses sockets; such tests belong into tests/with_sockets: {calls[0]}")
    if limit == "any":
        return
    seconds = least_seconds_of(program, float(limit))
    print(f"{program}: {seconds:.2f} s")
    if seconds >= float(limit):
        sys.exit(f"{program} takes too long for its author, the limit is {limit} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
