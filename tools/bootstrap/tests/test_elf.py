"""The ELF reader against real files, and the list of stand-in symbols."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

from .. import elf, standins
from ..errors import BootstrapError
from .support import REPOSITORY


def mapped(name: str) -> Path:
    """A library that this very process has loaded, so that it is there on every machine."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = Path(line.split()[-1])
        if path.name.startswith(name):
            return path
    raise unittest.SkipTest(f"this Python does not load {name}")


class RealFiles(unittest.TestCase):
    def test_the_c_library(self) -> None:
        libc = elf.read(mapped("libc.so").read_bytes())
        self.assertEqual(libc.soname, "libc.so.6")
        self.assertLessEqual({"malloc", "printf", "getaddrinfo"}, libc.defined)
        self.assertNotIn("", libc.defined)

    def test_versioned_imports_name_their_library(self) -> None:
        libm = elf.read(mapped("libm.so").read_bytes())
        self.assertIn("libc.so.6", libm.needed)
        found = {each.symbol: each for each in libm.undefined}
        self.assertEqual(found["__stack_chk_fail"].soname if "__stack_chk_fail" in found else "libc.so.6", "libc.so.6")
        self.assertTrue(
            any(each.soname == "libc.so.6" and each.version.startswith("GLIBC_") for each in libm.undefined)
        )

    @unittest.skipUnless(shutil.which("readelf"), "readelf is not installed: nothing to compare with")
    def test_agrees_with_readelf(self) -> None:
        for path in (mapped("libm.so"), mapped("libc.so"), Path("/proc/self/exe").resolve()):
            text = subprocess.run(
                ["readelf", "-W", "--dyn-syms", path], capture_output=True, text=True, check=True
            ).stdout
            expected = set()
            for line in text.splitlines():
                fields = line.split()
                if len(fields) >= 8 and fields[6] == "UND":
                    symbol, _, version = fields[7].replace("@@", "@").partition("@")
                    expected.add((symbol, version))
            self.assertEqual({(each.symbol, each.version) for each in elf.read(path.read_bytes()).undefined}, expected)

    def test_refuses_what_it_cannot_read(self) -> None:
        content = mapped("libm.so").read_bytes()
        for damaged, expected in (
            (b"#!/bin/sh\n", "ELF magic"),
            (content[:4] + b"\x01" + content[5:], "64-bit"),
            (content[:200], "outside the file"),
        ):
            with self.assertRaisesRegex(elf.ElfError, expected):
                elf.read(damaged)


def dynamic(
    soname: str = "", needed: tuple[str, ...] = (), undefined: tuple[elf.Undefined, ...] = (), *defined: str
) -> elf.Dynamic:
    return elf.Dynamic(soname, needed, undefined, frozenset(defined))


class StandIns(unittest.TestCase):
    LIBC = dynamic("libc.so.6", (), (), "malloc")
    PREFIXES = {"libgit2.so": ("git_",)}

    def rows(self, *undefined: elf.Undefined, needed: tuple[str, ...]) -> list[standins.Row]:
        return standins.rows({"libc": self.LIBC, "cargo": dynamic("", needed, undefined)}, self.PREFIXES)

    def test_lists_versioned_and_prefixed_imports_of_libraries_that_are_not_pinned(self) -> None:
        found = self.rows(
            elf.Undefined("libcurl.so.4", "CURL_4", "curl_easy_init"),
            elf.Undefined("", "", "git_clone"),
            elf.Undefined("libc.so.6", "GLIBC_2.2", "malloc"),
            elf.Undefined("", "", "__gmon_start__", weak=True),
            needed=("libc.so.6", "libcurl.so.4", "libgit2.so.1.9"),
        )
        self.assertEqual(standins.render(found), "libcurl.so.4 CURL_4 curl_easy_init\nlibgit2.so.1.9 - git_clone\n")

    def test_a_library_of_which_nothing_is_used_must_still_exist(self) -> None:
        self.assertEqual(self.rows(needed=("libcrypto.so.3",)), [("libcrypto.so.3", "-", "stub_libcrypto")])

    def test_refuses_a_symbol_whose_library_is_unknown(self) -> None:
        with self.assertRaises(BootstrapError) as caught:
            self.rows(elf.Undefined("", "", "foo_open"), needed=("libfoo.so.1",))
        self.assertEqual(caught.exception.why, "cargo: foo_open")

    def test_the_committed_list_is_sorted_and_well_formed(self) -> None:
        lines = (REPOSITORY / "nix" / "stand-ins" / "symbols.txt").read_text().splitlines()
        self.assertEqual(lines, sorted(set(lines)))
        for line in lines:
            self.assertRegex(line, re.compile(r"^lib[a-z0-9]+\.so\.[0-9.]+ \S+ \w+$"))
