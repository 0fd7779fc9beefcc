"""What ./dev new-module writes is a module that builds, passes its tests and fits into the architecture.

new_module.py BUILD    BUILD: a build of this tree; what it has of the other parts is linked and not built again.
With E2E_FULL=1 the new module's tests are built from nothing instead, as their author does.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
NAME = "price_list"
KEPT = ("CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER", "CMAKE_CXX_FLAGS_DEBUG", "BUSBAR_SANITIZE")


def run(*command, cwd=None, check=True):
    done = subprocess.run([str(word) for word in command], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, command))}\n{done.stdout}")
    return done


def without_precompiled_header(command):
    return re.sub(r"-Xclang -include(-pch)? -Xclang \S+", "", command)


class NewModule(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.tree = pathlib.Path(folder.name).resolve() / "tree"
        shutil.copytree(ROOT, cls.tree, ignore=shutil.ignore_patterns("build", "busbar-data", ".git", "__pycache__"))
        cls.build = cls.tree / "build" / "dev"
        cls.said = run(cls.tree / "dev", "new-module", NAME).stdout

    def test_fits_into_the_architecture(self):
        run(sys.executable, "-B", self.tree / "tests/architecture/check.py", self.tree)

    def test_says_the_next_steps(self):
        for step in ("./dev test price_list", "app/src/process.cpp", "web -> price_list"):
            self.assertIn(step, self.said)

    def test_refuses_names_that_cannot_be(self):
        for name in ("PriceList", "price-list", "2nd", "_x", "x_", "a__b", "class", "bus", "email", NAME, "x_tests", "../x", "", "x" * 41):
            done = run(self.tree / "dev", "new-module", name, check=False)
            self.assertEqual(done.returncode, 64, f"{name}: {done.stdout}")
        self.assertEqual(run(self.tree / "dev", "new-module", check=False).returncode, 64)

    def test_builds_and_passes_its_tests(self):
        self.configure()
        if os.environ.get("E2E_FULL"):
            run("ninja", "-C", self.build, f"{NAME}_tests")
        else:
            self.build_alone()
        printed = run(self.build / "modules" / NAME / f"{NAME}_tests").stdout
        self.assertRegex(printed, r"\[  PASSED  \] [1-9]\d* tests")

    def configure(self):
        cache = dict(line.split("=", 1) for line in (BUILD / "CMakeCache.txt").read_text().splitlines() if re.match(r"\w+:", line))
        kept = [f"-D{entry}={value}" for entry, value in cache.items() if entry.split(":")[0] in KEPT]
        run("cmake", "-G", "Ninja", "-S", self.tree, "-B", self.build, *kept)

    def build_alone(self):
        for library in BUILD.rglob("*.a"):
            place = self.build / library.relative_to(BUILD)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(library)
        commands = run("ninja", "-C", self.build, "-t", "commands", f"{NAME}_tests").stdout.splitlines()
        own = [command for command in commands if f"modules/{NAME}" in command]
        self.assertGreaterEqual(len(own), 5, "generate, compile three files, archive, link")
        waiting = []
        for command in map(without_precompiled_header, own):
            if " -c " in command:
                waiting.append(subprocess.Popen(command, shell=True, cwd=self.build, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
                if len(waiting) < 2:
                    continue
            self.finish(waiting)
            if " -c " not in command:
                run("/bin/sh", "-c", command, cwd=self.build)

    def finish(self, waiting):
        while waiting:
            compiler = waiting.pop()
            printed, _ = compiler.communicate()
            self.assertEqual(compiler.returncode, 0, printed)


if __name__ == "__main__":
    unittest.main()
