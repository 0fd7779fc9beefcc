"""check.py BUILD FILE: FILE compiles, and with CHANGES defined it does not, because of a const that would be lost."""

import json
import pathlib
import shlex
import subprocess
import sys

build, file = map(pathlib.Path, sys.argv[1:])


def flags():
    """As for the bus' own tests, without their precompiled header."""
    commands = json.loads((build / "compile_commands.json").read_text())
    words = shlex.split(next(entry["command"] for entry in commands if "/bus_tests.dir/" in entry["command"]))
    return [word for word in words if word.startswith(("-D", "-I", "-std"))], words[0]


def compile_with(*more):
    chosen, compiler = flags()
    return subprocess.run([compiler, *chosen, "-fsyntax-only", *more, str(file)], capture_output=True, text=True)


right, wrong = compile_with(), compile_with("-DCHANGES")
if right.returncode != 0:
    sys.exit(f"{file.name} should compile:\n{right.stderr}")
if wrong.returncode == 0:
    sys.exit(f"{file.name} compiles with CHANGES: a handler may change an event that others share")
if "const" not in wrong.stderr:
    sys.exit(f"{file.name} does not compile with CHANGES, but for another reason:\n{wrong.stderr}")
