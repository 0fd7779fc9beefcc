"""Gives run.py programs that act like fuzzers and looks at what it tells."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import run  # noqa: E402

CLEAN = 'echo "#9 DONE cov: 17 ft: 3" >&2; echo "stat::number_of_executed_units: 9" >&2'
# Like libFuzzer: the finding goes where -artifact_prefix says.
FINDS = """
for argument in "$@"; do case $argument in -artifact_prefix=*) prefix=${argument#*=} ;; esac; done
echo bytes >"${prefix}crash-1"
echo "Test unit written to ${prefix}crash-1" >&2
echo "stat::number_of_executed_units: 5" >&2
exit 77
"""


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = pathlib.Path(folder.name).resolve()
        (self.build / "tests/fuzz").mkdir(parents=True)

    def fuzzers(self, **scripts):
        for name, script in scripts.items():
            program = self.build / f"tests/fuzz/fuzz_{name}"
            program.write_text("#!/bin/sh\n" + script)
            program.chmod(0o755)

    def run_all(self):
        """The exit code and the lines."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = run.main(self.build, "1")
        return code, out.getvalue().splitlines()

    def test_a_clean_one_is_told_with_what_it_did(self):
        self.fuzzers(head=CLEAN, body=CLEAN)
        code, lines = self.run_all()

        self.assertEqual(code, 0)
        self.assertEqual(lines[-1], "2 passed, 0 failed")
        self.assertRegex(lines[0], r"^body +9 executions +coverage +17 +clean$")

    def test_a_finding_is_kept_and_told_how_to_see_again(self):
        self.fuzzers(head=CLEAN, body=FINDS)
        code, lines = self.run_all()
        finding = self.build / "findings/body-crash-1"

        self.assertEqual(code, 1)
        self.assertEqual(lines[-1], "1 passed, 1 failed")
        self.assertIn("failed: body", lines)
        self.assertIn(f"kept as {finding}; again: {self.build}/tests/fuzz/fuzz_body {finding}", lines)
        self.assertEqual(finding.read_text(), "bytes\n")

    def test_one_that_ran_nothing_has_not_passed(self):
        self.fuzzers(head="exit 0")
        code, lines = self.run_all()

        self.assertEqual((code, lines[-1]), (1, "0 passed, 1 failed"))

    def test_no_fuzzer_at_all_is_no_success(self):
        self.assertEqual(self.run_all()[0], 1)

    def test_each_has_seeds_and_its_options(self):
        for source in sorted(run.HERE.glob("*.cpp")):
            if source.stem not in ("entry", "replay"):
                self.assertTrue(any((run.HERE / "corpus" / source.stem).iterdir()), source)
                self.assertTrue(any(option.startswith("-max_len=") for option in run.options_of(source.stem)), source)


if __name__ == "__main__":
    unittest.main()
