"""Changes a copy of the rows in one way after the other and expects security_rows.py to say so."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import security_rows  # noqa: E402

GOOD = {row: "suite.one test_two" for row in security_rows.WANTED}


class Rows(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "tests/security").mkdir(parents=True)
        (self.root / "one_test.cpp").write_text("CO_TEST(suite,\n     one) {}\n")
        (self.root / "test_two.py").write_text("def test_two(busbar):\n    pass\n")

    def findings(self, rows, *more):
        lines = ["# a comment", "", *(f"{row}  {rest}" for row, rest in rows.items()), *more]
        (self.root / security_rows.FILE).write_text("\n".join(lines) + "\n")
        return list(security_rows.findings(self.root))

    def test_rows_with_tests_or_with_what_builds_them_are_well(self):
        self.assertEqual(self.findings({**GOOD, "S31": "later: the console"}, "S01  test_two"), [])

    def test_a_missing_row_is_named(self):
        rows = {row: rest for row, rest in GOOD.items() if row != "S33"}

        self.assertEqual(self.findings(rows), ["tests/security/rows.txt: S33 is missing"])

    def test_a_test_that_is_not_there_is_named(self):
        [found] = self.findings({**GOOD, "S02": "suite.one suite.three"})

        self.assertEqual(found, "tests/security/rows.txt:4: S02 names suite.three, which is no test")

    def test_a_row_without_a_test_is_named(self):
        [found] = self.findings({**GOOD, "S02": ""})

        self.assertIn("S02 names no test", found)

    def test_later_has_to_say_what_builds_it(self):
        [found] = self.findings({**GOOD, "S31": "later:"})

        self.assertIn("S31 does not say", found)

    def test_later_and_a_test_exclude_each_other(self):
        [found] = self.findings(GOOD, "S01  later: the console")

        self.assertIn("S01 is both", found)

    def test_a_line_that_is_no_row_is_named(self):
        [found] = self.findings(GOOD, "X01  test_two")

        self.assertIn("X01 is no row", found)


if __name__ == "__main__":
    unittest.main()
