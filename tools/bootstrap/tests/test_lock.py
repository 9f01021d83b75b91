"""The lock file, the table of wanted inputs, and Cargo.lock."""

import json
import tempfile
import unittest
from pathlib import Path

from .. import cargolock, lock, wanted
from ..errors import BootstrapError
from ..repository import Repository
from .support import REPOSITORY, pinned

ROW = {"kind": "wheel", "group": "toolchain", "version": "1", "file": "a-1.whl", "size": 3, "sha256": "0" * 64}


def text(**changes: object) -> str:
    return json.dumps({"formatVersion": 1, "facts": {}, "inputs": {"a": {**ROW, **changes}}})


class LockFile(unittest.TestCase):
    def why(self, content: str) -> str:
        with self.assertRaises(BootstrapError) as caught:
            lock.parse(content, "nix/inputs.lock.json")
        return caught.exception.why

    def test_render_is_the_inverse_of_parse_for_the_real_file(self) -> None:
        path = REPOSITORY / "nix" / "inputs.lock.json"
        content = path.read_text()
        self.assertEqual(lock.render(lock.parse(content, path)), content)

    def test_real_file_has_what_the_table_wants(self) -> None:
        table = wanted.parse((REPOSITORY / "nix" / "inputs.toml").read_text(), "")
        pins = lock.parse((REPOSITORY / "nix" / "inputs.lock.json").read_text(), "")
        names = {pins.facts[row.find.fact] if row.find else row.name for row in table.inputs}
        self.assertEqual(names, {each.name for each in pins.inputs})

    def test_says_which_rule_a_row_breaks(self) -> None:
        for changes, expected in (
            ({"sha256": "F" * 64}, "input `a`: sha256 is '" + "F" * 64 + "', expected 64 hexadecimal digits"),
            ({"size": 0}, "input `a`: size is 0, expected a number of bytes"),
            ({"size": True}, "input `a`: size is True, expected a number of bytes"),
            ({"file": "../a"}, "input `a`: file is '../a', which cannot be a store name"),
            ({"kind": "rpm"}, "input `a`: kind is 'rpm', expected one of bootstrap-tar, crate, deb, wheel"),
            ({"kind": "deb"}, "input `a`: field `suite` is missing"),
            ({"group": "x"}, "input `a`: group is 'x', expected one of toolchain, packages, checks"),
            ({"url": "x"}, "input `a`: unknown field `url`"),
            ({"version": ""}, "input `a`: version is '', expected a string"),
            ({"license": ""}, "input `a`: license is '', expected a string"),
        ):
            with self.subTest(expected):
                self.assertEqual(self.why(text(**changes)), expected)

    def test_refuses_another_format_and_other_documents(self) -> None:
        self.assertEqual(self.why('{"formatVersion": 2}'), "formatVersion is 2, expected 1")
        self.assertEqual(self.why("[]"), "formatVersion is [], expected 1")
        self.assertIn("it is not JSON", self.why("{"))
        self.assertEqual(self.why('{"formatVersion": 1}'), "there is no object `inputs`")


class TableOfWantedInputs(unittest.TestCase):
    def why(self, row: str) -> str:
        with self.assertRaises(BootstrapError) as caught:
            wanted.parse(f"formatVersion = 1\n[[input]]\n{row}", "nix/inputs.toml")
        return caught.exception.why

    def test_says_which_rule_a_row_breaks(self) -> None:
        self.assertEqual(self.why('kind = "deb"'), "input 1 (`?`): it has no name")
        self.assertEqual(
            self.why('name = "a"\nkind = "deb"\ngroup = "checks"'), "input 1 (`a`): kind deb needs `suite`"
        )
        self.assertEqual(
            self.why('name = "a"\nkind = "crate"\ngroup = "checks"\nurl = "x"'), "input 1 (`a`): unknown key `url`"
        )

    def test_finds_names_with_versions_among_dependencies(self) -> None:
        find = wanted.Find("rustc-web", "libllvm([0-9]+)", "f")
        row = wanted.Wanted("llvm-$1", "deb", "toolchain", find=find)
        self.assertEqual(wanted.resolve_name(row, lambda _: ["libc6", "libllvm23"]), "llvm-23")

    def test_says_when_no_dependency_matches(self) -> None:
        row = wanted.Wanted("$0", "deb", "toolchain", find=wanted.Find("rustc-web", "libllvm[0-9]+", "f"))
        with self.assertRaises(BootstrapError) as caught:
            wanted.resolve_name(row, lambda _: ["libc6"])
        self.assertEqual(caught.exception.what, "no dependency of `rustc-web` matches `libllvm[0-9]+`")


class CargoLock(unittest.TestCase):
    def test_takes_registry_crates_and_leaves_the_workspace_out(self) -> None:
        content = (
            'version = 4\n[[package]]\nname = "own"\nversion = "0.1.0"\n'
            f'[[package]]\nname = "b"\nversion = "1.0.0+x.1"\nsource = "registry+r"\nchecksum = "{"1" * 64}"\n'
        )
        expected = pinned(
            "b",
            b"",
            kind="crate",
            group="packages",
            version="1.0.0+x.1",
            file="b-1.0.0+x.1.crate",
            size=None,
            sha256="1" * 64,
        )
        self.assertEqual(cargolock.crates(content, "packages", ""), [expected])

    def test_refuses_a_git_dependency_by_name(self) -> None:
        content = '[[package]]\nname = "g"\nversion = "1.0.0"\nsource = "git+https://git.invalid/g#abc"\n'
        with self.assertRaises(BootstrapError) as caught:
            cargolock.crates(content, "packages", "Cargo.lock")
        self.assertEqual(caught.exception.what, "the crate g 1.0.0 cannot be pinned")
        self.assertIn("`git`", caught.exception.why)

    def test_refuses_what_is_no_digest_or_no_file_name(self) -> None:
        for changes, expected in (
            ({"checksum": "/root/.ssh/authorized_keys"}, "checksum is '/root/.ssh/authorized_keys', expected 64"),
            ({"checksum": "../../x"}, "checksum is '../../x', expected 64"),
            ({"checksum": "1" * 64 + "\n"}, "checksum is '" + "1" * 64 + "\\n', expected 64"),
            ({"checksum": 1}, "checksum is 1, expected a string"),
            ({"name": 1}, "name is 1, expected a string"),
            ({"version": ["1"]}, "version is ['1'], expected a string"),
            ({"source": True}, "source is True, expected a string"),
            ({"name": "../b"}, "its file would be '../b-1.crate', which cannot be a store name"),
            ({"version": "1/../../x"}, "its file would be 'b-1/../../x.crate', which cannot be a store name"),
            ({"name": "b" * 300}, f"its file would be '{'b' * 300}-1.crate', which cannot be a store name"),
        ):
            row = {"name": "b", "version": "1", "source": "registry+r", "checksum": "1" * 64, **changes}
            # What JSON says of strings, numbers and lists, TOML says too.
            content = "[[package]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
            with self.subTest(expected), self.assertRaises(BootstrapError) as caught:
                cargolock.crates(content, "packages", "other/Cargo.lock")
            error = caught.exception
            self.assertIn(expected, error.why)
            self.assertEqual(error.what, f"the crate {row['name']} {row['version']} cannot be pinned")
            self.assertEqual(error.where, "other/Cargo.lock")

    def test_a_lock_file_that_is_no_text_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "Cargo.lock"
            path.write_bytes(b"\xff")
            with self.assertRaises(BootstrapError) as caught:
                Repository(Path(folder)).crates_of(path, "packages")
        error = caught.exception
        self.assertEqual(
            (error.what, error.why, error.where),
            ("a file that tells the inputs cannot be read", "it is not UTF-8", str(path)),
        )

    def test_refuses_a_lock_file_of_another_form(self) -> None:
        for content in ("package = 1", "package = [1]", '[package]\nname = "b"', "[[package]]"):
            with self.subTest(content), self.assertRaises(BootstrapError):
                cargolock.crates(content, "packages", "Cargo.lock")
