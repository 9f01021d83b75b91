"""Tests of what the scripts of this folder decide; nothing is fetched or built."""

import importlib.machinery
import importlib.util
import io
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType


def script(name: str) -> ModuleType:
    """The module in a program without a suffix."""
    path = Path(__file__).resolve().parent.parent / name
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None, name
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
how_to = script("how-to")
nix_versions = script("nix-versions")
readme_blocks = script("readme-blocks")


class Verdict(unittest.TestCase):
    def tell(self, *results: dict[str, list[str]]) -> tuple[int, str]:
        versions = [
            nix_versions.Nix(f"2.{number}", "nix", Path("/nowhere")) for number, _ in enumerate(results, start=8)
        ]
        with redirect_stdout(io.StringIO()) as out:
            code = nix_versions.verdict("files", versions, list(results))
        return code, out.getvalue()

    def test_equal_results_agree(self) -> None:
        code, text = self.tell({"a": ["1"]}, {"a": ["1"]})
        self.assertEqual((code, text), (0, "1 of 1 files are the same with Nix 2.8, 2.9\n"))

    def test_names_what_differs_and_what_is_missing(self) -> None:
        code, text = self.tell({"a": ["1"], "b": ["1"]}, {"a": ["2"]})
        self.assertEqual(code, 1)
        self.assertIn("differs: a\n  nix 2.8: 1\n  nix 2.9: 2\n", text)
        self.assertIn("differs: b\n  nix 2.8: 1\n  nix 2.9: nothing\n", text)
        self.assertIn("0 of 2 files are the same", text)

    def test_nothing_at_all_is_no_pass(self) -> None:
        code, text = self.tell({}, {})
        self.assertEqual((code, text), (2, "could not tell: there are no files\n"))


class Blocks(unittest.TestCase):
    def words(self, text: str) -> list[tuple[int, str, str, str]]:
        return [(each.line, each.word, each.text, each.reason) for each in readme_blocks.blocks(text)]

    def test_tells_line_word_and_text(self) -> None:
        self.assertEqual(
            self.words("# T\n\n```sh\na\n\nb\n```\n```console\n$ c\n```\n"),
            [(3, "sh", "a\n\nb\n", ""), (8, "console", "$ c\n", "")],
        )

    def test_takes_the_indentation_of_a_list_away(self) -> None:
        self.assertEqual(self.words("1. x\n\n   ```sh\n   a\n     b\n   ```\n"), [(3, "sh", "a\n  b\n", "")])

    def test_a_mark_holds_for_the_next_block_alone(self) -> None:
        self.assertEqual(
            self.words("<!-- not run: needs a key -->\n```sh\na\n```\n\n```sh\nb\n```\n"),
            [(2, "sh", "a\n", "needs a key"), (6, "sh", "b\n", "")],
        )

    def test_a_mark_further_up_does_not_count(self) -> None:
        self.assertEqual(self.words("<!-- not run: no -->\ntext\n```sh\na\n```\n"), [(3, "sh", "a\n", "")])

    def test_an_open_block_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "the block of line 2 is not closed"):
            readme_blocks.blocks("x\n```sh\na\n")


class NotRun(unittest.TestCase):
    def lines(self, text: str, name: str = "page.md") -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / name
            page.write_text(text)
            return [each.rpartition(":")[2] for each in how_to.not_run(page)]

    def test_commands_without_a_reason_are_told(self) -> None:
        self.assertEqual(
            self.lines("x\n\n    a\n\n    b\n\ny\n\n    c\n\n```console\n$ d\n```\n```\ne\n```\n"),
            ["3", "9", "11", "14"],
        )

    def test_a_reason_holds_for_the_next_block_alone(self) -> None:
        mark = "<!-- not run: no server -->\n"
        self.assertEqual(self.lines(f"{mark}    a\n\n    b\n\n{mark}\n    c\n\nx\n{mark}```console\n$ d\n```\n"), [])
        self.assertEqual(self.lines(f"{mark}    a\n\ny\n\n    b\n"), ["6"])
        self.assertEqual(self.lines(f"{mark}```toml\na\n```\n\n    b\n"), ["6"])

    def test_text_is_no_command(self) -> None:
        self.assertEqual(self.lines("1. a\n    b\n\n```toml\n\n    c\n```\n"), [])

    def test_what_is_fenced_sh_is_run_on_two_pages(self) -> None:
        text = "```sh\na\n```\n"
        self.assertEqual(self.lines(text), ["1"])
        self.assertEqual(self.lines(text, "sign-a-release.md"), [])

    def test_the_pages_say_why(self) -> None:
        pages = sorted((how_to.ROOT / how_to.FOLDER).glob("*.md"))
        self.assertTrue(pages)
        self.assertEqual([each for page in pages for each in how_to.not_run(page)], [])


if __name__ == "__main__":
    unittest.main()
