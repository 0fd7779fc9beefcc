"""Looks whether every promise of the README names tests that exist.

promises.py [ROOT]    ends with 0 when they do, with 1 after one line for each finding
"""

import pathlib
import re
import sys

SECTION = "## What the bus promises"


def known_tests(root):
    """suite.test of GoogleTest, test_name of pytest."""
    tests = set()
    for path in root.rglob("*"):
        if "build" in path.relative_to(root).parts:
            continue
        if path.suffix == ".cpp":
            tests.update(f"{suite}.{name}" for suite, name in re.findall(r"\b(?:CO_)?TEST(?:_P|_F)?\((\w+),\s*(\w+)\)", path.read_text()))
        elif path.name.startswith("test_") and path.suffix == ".py":
            tests.update(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    return tests


def rows_shown_by_tests(section):
    """The rows of the tables whose last column is "shown by"."""
    rows, is_shown = [], False
    for line in section.splitlines():
        if not line.startswith("|"):
            is_shown = False
        elif line.rstrip("| ").endswith("| shown by"):
            is_shown = True
        elif is_shown and not re.match(r"\|[ -]*\|", line):
            rows.append(line)
    return rows


def findings(root):
    text = (root / "README.md").read_text()
    if SECTION not in text:
        return [f"README.md has no section {SECTION!r}"]
    section = text.split(SECTION)[1].split("\n## ")[0]
    tests = known_tests(root)
    found = []
    rows = rows_shown_by_tests(section)
    for row in rows:
        names = re.findall(r"`(\w+\.\w+|test_\w+)`", row.rstrip("| ").split("|")[-1])
        if not names:
            found.append(f"no test is named for: {row}")
        found += [f"README.md names {name}, which is no test" for name in names if name not in tests]
    if not rows:
        found.append("README.md promises nothing")
    return found


if __name__ == "__main__":
    problems = findings(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]))
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
