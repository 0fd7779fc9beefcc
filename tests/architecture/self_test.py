"""Plants one violation after the other in a copy of the tree and expects check.py to name each of them."""

import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("app", "bus", "config", "modules", "storage", "tests", "web")


class PlantedViolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name).resolve()
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, cls.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        cls.before = set(check.findings(cls.root))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def new_findings(self):
        return sorted(set(check.findings(self.root)) - self.before)

    def expect(self, name, text, *words):
        """With `text` in a new file, exactly one more finding, which has these words; without it, none."""
        file = self.root / name
        file.write_text(text)
        try:
            found = self.new_findings()
        finally:
            file.unlink()
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])
        self.assertEqual(self.new_findings(), [])

    def expect_in(self, name, addition, *words):
        """The same with a line added to a file that is there."""
        file = self.root / name
        before = file.read_text()
        file.write_text(before + "\n" + addition + "\n")
        try:
            found = self.new_findings()
        finally:
            file.write_text(before)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_an_include_against_the_arrows_is_named(self):
        self.expect("storage/src/planted.cpp", "#include <bus/message.hpp>\n", "storage/src/planted.cpp:1", "storage may not know bus")

    def test_one_module_that_includes_another_is_named(self):
        self.expect("modules/product/src/planted.cpp", "\n#include <email/messages.hpp>\n", "planted.cpp:2", "product may not know email")

    def test_the_private_source_of_another_module_is_named(self):
        self.expect("modules/email/src/planted.cpp", '#include "../../registration/src/service.hpp"\n', "private")

    def test_a_way_out_of_the_folder_is_named(self):
        self.expect("web/src/planted.cpp", '#include "../../modules/email/include/email/x.hpp"\n', "outside of web")

    def test_a_detached_coroutine_is_named(self):
        self.expect("bus/src/planted.cpp", "auto token = boost::asio::detached;\n", "task_group")

    def test_a_path_of_one_machine_is_named(self):
        self.expect("web/src/planted.cpp", 'auto path = "/home/ada/busbar";\n', "/home/ada")

    def test_a_host_is_named(self):
        self.expect("web/src/planted.cpp", 'auto url = "https://build.busbar.dev/x";\n', "build.busbar.dev")

    def test_a_link_against_the_arrows_is_named(self):
        self.expect_in("storage/CMakeLists.txt", "target_link_libraries(storage PRIVATE bus)", "storage links bus")

    def test_a_link_to_the_code_of_a_module_is_named(self):
        self.expect_in("web/CMakeLists.txt", "target_link_libraries(web PRIVATE email)", "email_contract")

    def test_a_folder_without_a_page_is_named(self):
        folder = self.root / "modules" / "planted"
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        self.assertEqual(self.new_findings(), ["modules/planted: has no README.md (purpose, contract, picture, limits: one page at most)"])

    def test_comments_and_examples_are_no_findings(self):
        file = self.root / "web/src/planted.cpp"
        file.write_text('// asio::detached and /home/ada are banned\nauto url = "https://busbar.example.org/x";\n')
        self.addCleanup(file.unlink)
        self.assertEqual(self.new_findings(), [])


if __name__ == "__main__":
    unittest.main()
