"""Runs clang-tidy over our sources: tidy.py BUILD JOBS [FILE…]

Without files, a source is skipped when neither it nor anything it includes nor .clang-tidy has changed since it was last found clean.
"""

import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def dependencies(build):
    """Object file to the files it was made from, as ninja noted them."""
    result, current = {}, None
    for line in subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True).stdout.splitlines():
        if line and not line.startswith(" "):
            current = result.setdefault(line.split(":")[0], [])
        elif line.strip():
            current.append(line.strip())
    return result


def is_ours(path):
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] not in ("build", ".cmake") and path.suffix == ".cpp"


def object_of(command):
    words = shlex.split(command["command"])  # CMake 3.25 has no "output" for it
    return words[words.index("-o") + 1]


def is_clean(stamp, inputs, build):
    if not stamp.exists():
        return False
    noted = stamp.stat().st_mtime
    files = [ROOT / ".clang-tidy", *((build / name) for name in inputs)]
    return bool(inputs) and all(not file.exists() or file.stat().st_mtime < noted for file in files if ".pch" not in file.name)


def check(source, stamp, build):
    # The closures of a test stand in the frame that awaits them, so their coroutines may capture.
    exempt = ["-checks=-cppcoreguidelines-avoid-capturing-lambda-coroutines"] if "tests" in source.parts else []
    command = ["clang-tidy-19", "-quiet", *exempt, "-p", str(build), str(source)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 0:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        return ""
    return run.stdout or run.stderr


def main(build, jobs, *files):
    build = pathlib.Path(build).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    wanted = {pathlib.Path(file).resolve() for file in files}
    notes = dependencies(str(build))
    work = {}
    for command in commands:
        source = pathlib.Path(command["file"]).resolve()
        if not is_ours(source) or (wanted and source not in wanted):
            continue
        stamp = build / "tidy" / source.relative_to(ROOT)
        if wanted or not is_clean(stamp, notes.get(object_of(command), []), build):
            work[source] = stamp
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for complaint in pool.map(lambda item: check(*item, build), sorted(work.items())):
            if complaint:
                bad += 1
                print(complaint.rstrip(), flush=True)
    print(f"clang-tidy: {len(work)} files checked, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
