"""Runs the fuzzers, two at a time, each for so many seconds, and tells what they did.

run.py BUILD_FOLDER [SECONDS]    ends with 0 when none found anything

What a fuzzer learns stays in BUILD_FOLDER/corpus, for the next time. What it finds is kept in BUILD_FOLDER/findings.
"""

import concurrent.futures
import configparser
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
AT_ONCE = 2
USUAL_SECONDS = 60
TIME_FOR_ONE_INPUT = 10  # seconds; what takes longer is a finding
MEMORY = 1024  # MiB; what takes more is a finding
TIME_TO_END = 60  # seconds for a fuzzer to start and to end, besides its time


def options_of(name):
    """Arguments from NAME.options: names and values as libFuzzer has them, paths from this folder."""
    file = configparser.ConfigParser()
    file.read(HERE / f"{name}.options")
    wanted = dict(file["libfuzzer"])
    if "dict" in wanted:
        wanted["dict"] = HERE / wanted["dict"]
    return [f"-{option}={value}" for option, value in wanted.items()]


class Run:
    """One fuzzer and how it went."""

    def __init__(self, program, build, seconds):
        self.program = program
        self.name = program.name.removeprefix("fuzz_")
        self.build = build
        self.seconds = seconds
        self.code = None
        self.told = ""

    def finish(self):
        corpus = self.build / "corpus" / self.name
        corpus.mkdir(parents=True, exist_ok=True)
        findings = self.build / "findings"
        findings.mkdir(exist_ok=True)
        command = [self.program, f"-max_total_time={self.seconds}", f"-timeout={TIME_FOR_ONE_INPUT}",
                   f"-rss_limit_mb={MEMORY}", f"-artifact_prefix={findings}/{self.name}-", "-print_final_stats=1",
                   *options_of(self.name), corpus, HERE / "corpus" / self.name]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=self.seconds + TIME_TO_END)
            self.code, self.told = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as late:
            self.code, self.told = -1, (late.stdout or b"").decode(errors="replace") + "\nit did not end"
        return self

    def number(self, pattern):
        found = re.findall(pattern, self.told)
        return int(found[-1]) if found else 0

    @property
    def executions(self):
        return self.number(r"stat::number_of_executed_units: *(\d+)")

    @property
    def is_good(self):
        return self.code == 0 and self.executions > 0  # one that ran nothing has shown nothing

    def line(self):
        coverage = self.number(r"\bcov: (\d+)")
        return f"{self.name:<9} {self.executions:>10} executions  coverage {coverage:>5}  {'clean' if self.is_good else 'FAILED'}"

    def details(self):
        """What it found, and how to see it again."""
        lines = [f"failed: {self.name}", *("    " + line for line in self.told.splitlines()[-40:])]
        for path in re.findall(r"Test unit written to (\S+)", self.told):
            lines.append(f"kept as {path}; again: {self.program} {path}")
        return lines


def main(build, seconds=USUAL_SECONDS):
    build = pathlib.Path(build).resolve()
    programs = sorted(path for path in (build / "tests/fuzz").glob("fuzz_*") if path.is_file())
    runs = [Run(program, build, int(seconds)) for program in programs]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        for run in threads.map(Run.finish, runs):
            print(run.line(), flush=True)
    failed = [run for run in runs if not run.is_good]
    for run in failed:
        print(*run.details(), sep="\n")
    print(f"{len(runs) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not runs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
