"""Runs clang-tidy over our sources, or over some of them: tidy.py BUILD JOBS [FILE…]"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

from source_groups import groups_of

ROOT = pathlib.Path(__file__).resolve().parent.parent
group_size = 48  # about 1 GiB of memory
# The closures of a test stand in the frame that awaits them, so their coroutines may capture.
test_exemption = "-checks=-cppcoreguidelines-avoid-capturing-lambda-coroutines"


def is_ours(path):
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] not in ("build", ".cmake") and path.suffix == ".cpp"


def flags_of(command):
    """The compiler's words without what is one file's own."""
    words, kept, skip = shlex.split(command["command"].replace("-isystem ", "-isystem"))[1:], [], 0
    for word in words:
        if skip:
            skip -= 1
        elif word in ("-o", "-MF", "-MT", "-c"):
            skip = 1
        elif word != "-MD":
            kept.append(word)
    return tuple(kept)


def own_headers():
    """By name, of which two may have one."""
    found = {}
    for path in ROOT.rglob("*.hpp"):
        if path.relative_to(ROOT).parts[0] != "build":
            found.setdefault(path.name, []).append(path)
    return found


def headers_beside(source, headers):
    """The names of what it includes in quotes, and what that includes."""
    found, unread = set(), [source]
    while unread:
        for name in re.findall(r'#include "(.*)"', unread.pop().read_text()):
            if name not in found:
                found.add(name)
                unread += headers.get(name, [])
    return found


def alike(commands):
    """Pairs of sources that one group may have and the flags that serve all of them. Folders share a group: a header of their own is
    found beside who includes it. Tests include those of what they test too, so one whose name is not the only one keeps them apart."""
    headers = own_headers()
    found = {}
    for source, command in commands.items():
        flags = flags_of(command)
        places = [word for word in flags if word.startswith(("-I", "-isystem", "-D"))]
        rest = tuple(word for word in flags if word not in places)
        is_test = "tests" in source.parts  # has an exemption, so it shares no group with the program
        is_apart = is_test and any(len(headers.get(name, [])) > 1 for name in headers_beside(source, headers))
        shared_with = source.parent if is_apart else is_test
        sources, all_places = found.setdefault((rest, shared_with), ([], {}))
        sources.append(source)
        all_places |= dict.fromkeys(places)
    return [(sources, (*all_places, *rest)) for (rest, _), (sources, all_places) in found.items()]


def check_together(sources, flags, place):
    """Those of them that may have findings. Most of the time of a file goes into Asio's headers, which a group reads once. Names of one
    file may clash with those of another, so a group with findings is halved until what is left stands alone."""
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


def check(source, build):
    exempt = [test_exemption] if "tests" in source.parts else []
    run = subprocess.run(["clang-tidy-19", "-quiet", *exempt, "-p", str(build), str(source)], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout or run.stderr


def main(build, jobs, *files):
    build = pathlib.Path(build).resolve()
    wanted = {pathlib.Path(file).resolve() for file in files}
    commands = {}
    for command in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(command["file"]).resolve()
        if is_ours(source) and (not wanted or source in wanted):
            commands[source] = command
    groups = [(members, flags) for sources, flags in alike(commands) for members in groups_of(sources, group_size)]
    groups.sort(key=lambda group: -len(group[0]))  # the longest first, so that none is waited for at the end
    place = build / "tidy"
    place.mkdir(exist_ok=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        doubtful = pool.map(lambda item: check_together(*item[1], place / f"group{item[0]}.cpp"), enumerate(groups))
        alone = sorted(source for sources in doubtful for source in sources)
        for complaint in pool.map(lambda source: check(source, build), alone):
            if complaint:
                bad += 1
                print(complaint.rstrip(), flush=True)
    print(f"clang-tidy: {len(commands)} files checked, {len(alone)} of them alone, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
