"""Adds up JUnit files. A line for each, then `N passed, M failed` as the last one.

Ends with 1 when a test failed, when a file is missing or when it names no test: a runner that fell over has not passed.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def count(path):
    """(passed, failed, skipped) of one file, counted test by test."""
    passed = failed = skipped = 0
    for case in xml.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"} or case.get("status") == "fail":
            failed += 1
        elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main(paths):
    sums = [0, 0]
    broken = False
    for path in paths:
        name = pathlib.Path(path).stem
        try:
            passed, failed, skipped = count(path)
        except (OSError, xml.ParseError) as reason:
            print(f"{name:<8} no result: {reason}")
            broken = True
            continue
        broken = broken or passed + failed == 0
        print(f"{name:<8} {passed} passed, {failed} failed, {skipped} skipped")
        sums[0] += passed
        sums[1] += failed
    if broken:
        sums[1] += 1  # the runner itself
    print(f"{sums[0]} passed, {sums[1]} failed")
    return 1 if sums[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
