"""Runs the tests of modules alone, as their authors do all day: alone.py SECONDS PROGRAM…

Each must pass, open no socket and need less than so many seconds of processor time: two, and more under a sanitizer.
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


def main():
    findings = []
    limit = float(sys.argv[1])
    for program in sys.argv[2:]:
        calls, failure = sockets_of(program)
        if failure:
            findings.append(f"{program} fails:\n{failure}")
            continue
        if calls:
            findings.append(f"{program} uses sockets; such tests belong into tests/with_sockets: {calls[0]}")
        seconds = seconds_of(program)
        for _ in range(RUNS - 1):
            if seconds >= limit:
                seconds = min(seconds, seconds_of(program))
        if seconds >= limit:
            findings.append(f"{program} takes {seconds:.1f} s")
        print(f"{program}: {seconds:.2f} s, {len(calls)} socket calls")
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
