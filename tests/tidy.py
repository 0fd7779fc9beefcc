"""Runs clang-tidy over our sources: tidy.py BUILD JOBS [FILE…]

Without files, a source is skipped when neither it nor anything it includes nor .clang-tidy has changed since it was last found clean.
"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
group_size = 24  # about 3 GiB of memory
# The closures of a test stand in the frame that awaits them, so their coroutines may capture.
test_exemption = "-checks=-cppcoreguidelines-avoid-capturing-lambda-coroutines"


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


def flags_of(command):
    """The compiler's words without what is one file's own."""
    words, kept, skip = shlex.split(command["command"])[1:], [], 0
    for word in words:
        if skip:
            skip -= 1
        elif word in ("-o", "-MF", "-MT", "-c"):
            skip = 1
        elif word != "-MD":
            kept.append(word)
    return tuple(kept)


def local_names(source):
    """What a file declares for itself alone, and another one of its group must not: a guess, since a clash costs only time."""
    names, is_local = set(), False
    for line in source.read_text().splitlines():
        if line == "namespace {":
            is_local = True
        elif line.startswith("}  // namespace"):
            is_local = False
        elif is_local and line[:1].isalpha() and not re.match(r"template|using|\w+:$", line) and "TEST" not in line:
            type_or_value = re.match(r"(?:struct|class|enum class|enum) (\w+)|(?:inline |static )*const\w* .*?(\w+)(?:\[\w*\])? ?[={]", line)
            names.add(next(filter(None, type_or_value.groups())) if type_or_value else line.split(" {")[0])
    return names


def groups_of(sources):
    """Lists of sources without a name twice, none too long."""
    groups = []
    for source in sources:
        names = local_names(source)
        for members, taken in groups:
            if len(members) < group_size and not names & taken:
                members.append(source)
                taken |= names
                break
        else:
            groups.append(([source], names))
    return [members for members, _ in groups]


def check_together(sources, flags, place):
    """Those of them that may have findings. Most of the time of a file goes into Asio's headers, which a group reads once. Names of one
    file may clash with those of another, so a group with findings is halved until what is left stands alone."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(f'#include "{source}"\n' for source in sources))
    exempt = ["-checks=-bugprone-suspicious-include"]  # that is what a group consists of
    if any("tests" in source.parts for source in sources):
        exempt = [exempt[0] + "," + test_exemption.removeprefix("-checks=")]
    command = ["clang-tidy-19", "-quiet", *exempt, f"--config-file={ROOT / '.clang-tidy'}", "--header-filter=.*\\.cpp$", str(place), "--", *flags]
    if subprocess.run(command, capture_output=True, text=True).returncode == 0:
        return []
    half = len(sources) // 2
    if half < 2:  # alone is as quick
        return sources
    return check_together(sources[:half], flags, place) + check_together(sources[half:], flags, place)


def check(source, stamp, build):
    exempt = [test_exemption] if "tests" in source.parts else []
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
    work, alike = {}, {}
    for command in commands:
        source = pathlib.Path(command["file"]).resolve()
        if not is_ours(source) or (wanted and source not in wanted):
            continue
        stamp = build / "tidy" / source.relative_to(ROOT)
        if wanted or not is_clean(stamp, notes.get(object_of(command), []), build):
            work[source] = stamp
            alike.setdefault((flags_of(command), source.parent), []).append(source)
    groups = [(members, flags) for (flags, _), sources in sorted(alike.items()) for members in groups_of(sources)]
    groups.sort(key=lambda group: -len(group[0]))  # the longest first, so that none is waited for at the end
    left = dict(work)
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        doubtful = pool.map(lambda item: check_together(*item[1], build / "tidy" / f"group{item[0]}.cpp"), enumerate(groups))
        for (members, _), unclear in zip(groups, doubtful):
            for source in set(members) - set(unclear):
                work[source].parent.mkdir(parents=True, exist_ok=True)
                work[source].touch()
                del left[source]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for complaint in pool.map(lambda item: check(*item, build), sorted(left.items())):
            if complaint:
                bad += 1
                print(complaint.rstrip(), flush=True)
    print(f"clang-tidy: {len(work)} files checked, {len(left)} of them alone, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
