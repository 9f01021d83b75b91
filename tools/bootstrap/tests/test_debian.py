"""Debian's formats: package lists, packages, and what apt says about its mirrors."""

import os
import unittest
from unittest import mock

from .. import apt, bootstraptar, cargo, debfile, debindex, pip, progress, relock
from ..apt import Target, choose_mirror
from .support import FolderTest, deb

STANZA = """Package: {name}
Version: {version}
Filename: pool/{name}.deb
Size: 10
SHA256: 00
Depends: {depends}
Provides: {provides}"""


def index(*rows: tuple[str, str, str, str]) -> debindex.Index:
    return debindex.parse(
        "\n\n".join(
            STANZA.format(name=name, version=version, depends=depends, provides=provides)
            for name, version, depends, provides in rows
        )
    )


class PackageList(unittest.TestCase):
    def test_follows_dependencies_nearest_first(self) -> None:
        packages = index(
            ("rustc", "1", "libc6 (>= 2.34), std-dev (= 1)", ""),
            ("libc6", "2", "", ""),
            ("std-dev", "1", "std-1.96 (= 1)", ""),
            ("std-1.96", "1", "libllvm22, absent", ""),
            ("libllvm22", "22", "", ""),
        )
        self.assertEqual(packages.reachable(["rustc"]), ["rustc", "libc6", "std-dev", "std-1.96", "libllvm22"])

    def test_takes_the_first_alternative_that_exists_and_virtual_packages(self) -> None:
        packages = index(
            ("a", "1", "x | c | d, mail", ""), ("c", "1", "", ""), ("d", "1", "", ""), ("exim", "1", "", "mail (= 1)")
        )
        self.assertEqual(packages.reachable(["a"]), ["a", "c", "exim"])

    def test_leaves_out_a_dependency_that_is_not_wanted_with_its_alternatives(self) -> None:
        packages = index(
            ("a", "1", "gcc | clang, b", ""), ("gcc", "1", "", ""), ("clang", "1", "", ""), ("b", "1", "", "")
        )
        self.assertEqual(packages.reachable(["a"], frozenset({"gcc"})), ["a", "b"])

    def test_ends_on_a_circle(self) -> None:
        self.assertEqual(index(("a", "1", "b", ""), ("b", "1", "a", "")).reachable(["a"]), ["a", "b"])

    def test_skips_a_stanza_without_a_file(self) -> None:
        self.assertEqual(debindex.parse("Package: a\nVersion: 1\n").packages, {})

    def test_upstream_versions(self) -> None:
        for version, expected in (
            ("1:22.1.8-1~deb13u4", "22.1.8"),
            ("1.96.0+dfsg1-1~deb13u1+b1", "1.96.0"),
            ("2.41-12", "2.41"),
        ):
            self.assertEqual(debindex.upstream(version), expected)


class Package(FolderTest):
    FILES = {"usr/bin/busybox": b"bb", "usr/share/doc/x": b"d", "usr/lib/deep/er/y.so": b"y"}

    def write(self, content: bytes) -> None:
        (self.folder / "p.deb").write_bytes(content)

    def test_reads_members_that_match_part_by_part(self) -> None:
        for compression in ("xz", "gz"):
            self.write(deb(self.FILES, compression))
            self.assertEqual(
                list(debfile.members(self.folder / "p.deb", ("usr/*/busybox", "usr/lib/*.so"))),
                [("usr/bin/busybox", b"bb")],
            )

    def test_unpacks_everything(self) -> None:
        self.write(deb(self.FILES))
        debfile.extract(self.folder / "p.deb", self.folder / "out")
        self.assertEqual((self.folder / "out/usr/lib/deep/er/y.so").read_bytes(), b"y")

    def test_nothing_is_unpacked_outside(self) -> None:
        self.write(deb({"../evil": b"e"}))
        self.error(debfile.extract, self.folder / "p.deb", self.folder / "out")
        self.assertFalse((self.folder / "evil").exists())

    def test_says_what_is_wrong_with_a_file_that_is_no_package(self) -> None:
        self.write(b"<html>")
        error = self.error(debfile.names, self.folder / "p.deb")
        self.assertEqual(
            (error.what, error.why), ("`p.deb` is not a Debian package", "it does not start with `!<arch>`")
        )

    def test_says_when_a_package_is_cut_off(self) -> None:
        self.write(deb(self.FILES)[:-40])
        self.assertEqual(self.error(debfile.names, self.folder / "p.deb").what, "`p.deb` cannot be unpacked")

    def test_the_bootstrap_tar_depends_on_the_content_only(self) -> None:
        self.write(deb(self.FILES))
        made = relock.tar_bytes("busybox", "usr/bin/busybox", self.folder / "p.deb")
        self.assertEqual(made, bootstraptar.build("busybox", b"bb"))
        self.assertNotEqual(made, bootstraptar.build("busybox", b"bc"))

    def test_says_when_the_program_is_not_in_the_package(self) -> None:
        self.write(deb(self.FILES))
        self.assertEqual(
            self.error(relock.tar_bytes, "busybox", "bin/busybox", self.folder / "p.deb").what,
            "`p.deb` has no bin/busybox",
        )


class Mirror(unittest.TestCase):
    MAIN = Target("http://a.invalid/d", "Debian", "Debian", "bookworm", "main")

    def test_takes_the_one_that_calls_itself_debian(self) -> None:
        others = [
            Target("http://s.invalid/debian", "Debian", "Debian-Security", "bookworm-security", "main"),
            Target("http://u.invalid/debian", "Ubuntu", "Ubuntu", "noble", "main"),
            Target("http://b.invalid/d", "Debian Backports", "Debian Backports", "bookworm-backports", "main"),
        ]
        self.assertEqual(choose_mirror([*others, self.MAIN]), self.MAIN.uri)
        self.assertIsNone(choose_mirror(others))

    def test_goes_by_the_address_before_the_first_update(self) -> None:
        self.assertEqual(
            choose_mirror([Target("http://a.invalid/debian/", "", "", "bookworm", "main")]), "http://a.invalid/debian/"
        )
        self.assertIsNone(choose_mirror([Target("http://a.invalid/ubuntu/", "", "", "noble", "main")]))

    def test_unknown_fields_of_apt_are_empty(self) -> None:
        self.assertEqual(apt._known("$(ORIGIN)"), "")


class PrivateApt(FolderTest):
    def test_a_damaged_list_is_told_and_removed_so_that_it_is_fetched_again(self) -> None:
        program = self.folder / "apt-cache"
        program.write_text("#!/bin/sh\necho 'E: Encountered a section with no Package: header' >&2\nexit 100\n")
        program.chmod(0o755)
        client = apt.Apt(self.folder / "apt", "trixie", "http://m.invalid/debian")
        lists = self.folder / "apt" / "state" / "lists"
        (lists / "partial").mkdir(parents=True)
        (lists / "m.invalid_Packages").write_text("Packa")
        with mock.patch.dict(os.environ, {"PATH": str(self.folder)}):
            error = self.error(client.index)
        self.assertEqual(error.what, "cannot read the package list of trixie")
        self.assertIn("E: Encountered a section with no Package: header", error.why)
        self.assertEqual((error.where, error.hint), (str(lists), apt.DAMAGED_HINT))
        self.assertFalse(lists.exists())


class Words(unittest.TestCase):
    def test_cargo_versions(self) -> None:
        self.assertEqual(cargo.version_of("cargo 1.65.0\n"), (1, 65))
        self.assertEqual(cargo.version_of("cargo 1.97.0-nightly (x 2026-01-01)"), (1, 97))
        self.assertIsNone(cargo.version_of("error: rustup could not choose a version of cargo"))
        self.assertLess((1, 65), cargo.OLDEST)

    def test_wheel_platforms(self) -> None:
        self.assertEqual(
            pip.platform_of("z-1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.whl"), "manylinux_2_12_x86_64"
        )

    def test_progress(self) -> None:
        self.assertEqual(progress.amount(1, 190, 3_000_000, 272_400_000), "1/190 files, 3/272 MB")
        self.assertEqual(progress.amount(1, 190, 0, 0), "1/190 files")
