"""Reads the include graph and the CMake links of the tree and says in words what is against the architecture.

check.py [ROOT]    ends with 0 when nothing is, with 1 after one line for each finding
"""

import pathlib
import re
import sys

SOURCE = {".cpp", ".hpp", ".h", ".c"}
PLAIN_PARTS = {"core": "app/core", "config": "config", "storage": "storage", "bus": "bus", "web": "web", "app": "app", "tests": "tests"}

# Hosts that stand for no machine: loopback, the names reserved for examples and tests, and the names of specifications.
HARMLESS_HOST = re.compile(
    r"^(localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+"
    r"|([\w.-]+\.)?example(\.(org|com|net))?|([\w.-]+\.)?(test|invalid|localhost)|(www\.)?w3\.org|www\.rfc-editor\.org"
    r"|sqlite\.org|www\.sqlite\.org|json-schema\.org|spec\.openapis\.org|[^.]*)$"
)
MACHINE_PATH = re.compile(r"""["'(= ](/(?:home|root|work|Users|mnt|media|srv|opt)/[\w.-]+)""")
URL_HOST = re.compile(r"\bhttps?://(?:[\w.%-]+(?::[^@\s/\"']*)?@)?(\[[0-9a-fA-F:]+\]|[\w.-]+)")


def parts(root):
    """Name to folder of every part that the tree has."""
    found = {name: root / folder for name, folder in PLAIN_PARTS.items() if (root / folder).is_dir()}
    for folder in sorted((root / "modules").glob("*")):
        if folder.is_dir() and not folder.name.startswith("."):  # .template is no module
            found[folder.name] = folder
    return found


def allowed_edges(root):
    edges = set()
    for line in (root / "tests/architecture/allowed_edges.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            edges.add(tuple(side.strip() for side in line.split("->")))
    return edges


def sources(folder, skip=()):
    for path in sorted(folder.rglob("*")):
        if path.suffix in SOURCE and not any(path.is_relative_to(other) for other in skip):
            yield path


def without_comments(text):
    """The code with comments blanked, line by line the same; string literals stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    blank = lambda found: found.group() if found.group().startswith('"') else re.sub(r"[^\n]", " ", found.group())
    return pattern.sub(blank, text)


def lines(path):
    return enumerate(without_comments(path.read_text(errors="replace")).splitlines(), 1)


def check_includes(root, all_parts, edges):
    for name, folder in all_parts.items():
        if name == "tests":
            continue  # may know everything
        nested = [other for other in all_parts.values() if other != folder and other.is_relative_to(folder)]
        for path in sources(folder, nested):
            for number, line in lines(path):
                include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                if not include:
                    continue
                where = f"{path.relative_to(root)}:{number}"
                bracket, target = include.groups()
                other = target.split("/")[0]
                if "/src/" in target or target.startswith("src/"):
                    yield f"{where}: includes {target}; another part's src is private, its contract is in its include folder"
                elif bracket == '"' and ".." in target and not (path.parent / target).resolve().is_relative_to(folder.resolve()):
                    yield f"{where}: includes {target}, which is outside of {name}; use the public headers: #include <part/header.hpp>"
                elif path.is_relative_to(folder / "tests"):
                    continue  # a test may build what it needs, from public headers
                elif other in all_parts and other != name and "/" in target and (name, other) not in edges:
                    yield (f"{where}: {name} includes <{target}>, but {name} may not know {other}; "
                           "talk to it over the bus, or decide on a new line in tests/architecture/allowed_edges.txt")


def cmake_calls(text):
    """(command, [arguments]) of a CMakeLists.txt."""
    text = re.sub(r"#[^\n]*", "", text)
    for call in re.finditer(r"(\w+)\s*\(([^()]*)\)", text):
        yield call.group(1), call.group(2).split()


def check_links(root, all_parts, edges):
    for name, folder in all_parts.items():
        file = folder / "CMakeLists.txt"
        if name == "tests" or not file.exists():
            continue
        is_module = folder.parent.name == "modules"
        for command, arguments in cmake_calls(file.read_text()):
            if command not in ("busbar_component", "busbar_module", "target_link_libraries") or not arguments:
                continue
            if arguments[0].endswith("_tests"):
                continue
            contracts = False
            for argument in arguments[1:]:
                if argument.isupper():
                    contracts = argument == "CONTRACTS"
                    continue
                other = argument.removesuffix("_contract")
                if other not in all_parts or other == name:
                    continue
                where = str(file.relative_to(root))
                if (name, other) not in edges:
                    yield f"{where}: {name} links {argument}, but {name} may not know {other} (tests/architecture/allowed_edges.txt)"
                elif all_parts[other].parent.name == "modules" and argument == other and not contracts and name != "app":
                    kind = "module" if is_module else "part"
                    yield f"{where}: the {kind} {name} links the code of module {other}; link {other}_contract instead"


def check_code(root, all_parts):
    for path in sources(root):
        if path.is_relative_to(root / "build"):
            continue
        for number, line in lines(path):
            where = f"{path.relative_to(root)}:{number}"
            if re.search(r"\b(asio|net|experimental)\s*::\s*detached\b", line):
                yield f"{where}: uses detached, which swallows exceptions; give the coroutine an owner: core::task_group"
            for machine_path in MACHINE_PATH.findall(line):
                yield f"{where}: names {machine_path}, a path of one machine; take it from the configuration"
            for host in URL_HOST.findall(line):
                if not HARMLESS_HOST.match(host.strip("[]").rstrip(".")):
                    yield f"{where}: names the host {host}; take it from the configuration, or use example.org"


def check_readmes(root, all_parts):
    for name, folder in all_parts.items():
        if not (folder / "README.md").exists():
            yield f"{folder.relative_to(root)}: has no README.md (purpose, contract, picture, limits: one page at most)"


def findings(root):
    all_parts = parts(root)
    edges = allowed_edges(root)
    for edge in sorted(edges):
        for side in edge:
            if side not in all_parts:
                yield f"tests/architecture/allowed_edges.txt: names {side}, and there is no such part"
    yield from check_includes(root, all_parts, edges)
    yield from check_links(root, all_parts, edges)
    yield from check_code(root, all_parts)
    yield from check_readmes(root, all_parts)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = list(findings(root))
    for finding in found:
        print(finding)
    print(f"{len(found)} findings" if found else "the tree is as tests/architecture/allowed_edges.txt says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
