"""Looks whether every row of tests/security/rows.txt names tests that exist, and whether no row is missing.

security_rows.py [ROOT]    ends with 0 when all is well, with 1 after one line for each finding
"""

import pathlib
import re
import sys

from promises import known_tests

FILE = "tests/security/rows.txt"
WANTED = [f"S{number:02}" for number in (*range(1, 41), 43, *range(45, 61))]
LATER = "later:"


def read_rows(text):
    """(line number, row, what stands behind it) of each line that is no comment."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            row, _, rest = line.partition(" ")
            yield number, row, rest.strip()


def findings(root):
    tests = known_tests(root)
    seen = {}
    for number, row, rest in read_rows((root / FILE).read_text()):
        where = f"{FILE}:{number}: {row}"
        if not re.fullmatch(r"S\d\d", row):
            yield f"{where} is no row"
            continue
        is_later = rest.startswith(LATER)
        if seen.setdefault(row, is_later) != is_later:
            yield f"{where} is both built and to be built later"
        if is_later and not rest.removeprefix(LATER).strip():
            yield f"{where} does not say what builds it"
        elif not is_later and not rest:
            yield f"{where} names no test"
        elif not is_later:
            yield from (f"{where} names {name}, which is no test" for name in rest.split() if name not in tests)
    yield from (f"{FILE}: {row} is missing" for row in WANTED if row not in seen)


if __name__ == "__main__":
    problems = list(findings(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])))
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
