"""Adds up JUnit files. What failed with the end of its output, a line for each file, then `N passed, M failed` as the last.

Ends with 1 when a test failed, when a file is missing or when it names no test: a runner that fell over has not passed.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


LINES_OF_OUTPUT = 25


def end_of_output(case):
    # ctest keeps all in system-out; pytest has the traceback in the failure itself.
    text = "\n".join(part.text for part in case if part.tag in ("system-out", "failure", "error") and part.text)
    return ["    " + line for line in text.strip().splitlines()[-LINES_OF_OUTPUT:]]


def count(path):
    """(passed, failures, skipped) of one file, counted test by test; each failure as the lines that tell of it."""
    passed = skipped = 0
    failures = []
    for case in xml.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"} or case.get("status") == "fail":
            failures.append(["failed: " + case.get("name", "a test without a name"), *end_of_output(case)])
        elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failures, skipped


def main(paths):
    sums = [0, 0]
    lines = []
    broken = False
    for path in paths:
        name = pathlib.Path(path).stem
        try:
            passed, failures, skipped = count(path)
        except (OSError, xml.ParseError) as reason:
            lines += [f"{name:<8} no result: {reason}"]
            broken = True
            continue
        broken = broken or passed + len(failures) == 0
        lines += [f"{name:<8} {passed} passed, {len(failures)} failed, {skipped} skipped"]
        for failure in failures:
            print(*failure, sep="\n")
        sums[0] += passed
        sums[1] += len(failures)
    if broken:
        sums[1] += 1  # the runner itself
    print(*lines, sep="\n")
    print(f"{sums[0]} passed, {sums[1]} failed")
    return 1 if sums[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
