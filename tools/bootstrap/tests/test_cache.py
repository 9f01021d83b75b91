"""The cache: whole files or none."""

import os
import unittest

from .. import store
from ..errors import Exit
from .support import FolderTest, pinned


class TheCache(FolderTest):
    def test_removes_a_damaged_file_so_that_it_is_fetched_again(self) -> None:
        each = pinned("a", b"right")
        self.cache.path(each.sha256).write_bytes(b"wrong")
        self.assertFalse(self.cache.holds(each))
        self.assertFalse(self.cache.path(each.sha256).exists())

    def test_removes_a_truncated_file(self) -> None:
        each = pinned("a", b"right")
        self.cache.path(each.sha256).write_bytes(b"righ")
        self.assertFalse(self.cache.holds(each))

    def test_what_is_no_digest_names_no_file_outside(self) -> None:
        outside = self.folder / "outside"
        outside.write_bytes(b"kept")
        for sha256 in (str(outside), "../../outside", "", ".", "F" * 64, "0" * 63, "0" * 64 + "\n"):
            with self.subTest(sha256):
                error = self.error(self.cache.holds, pinned("a", b"right", sha256=sha256))
                self.assertEqual(error.why, f"its SHA-256 is {sha256!r}, expected 64 hexadecimal digits")
        self.assertTrue(outside.exists())

    def test_put_refuses_other_bytes_and_names_both_digests(self) -> None:
        path = self.folder / "a"
        path.write_bytes(b"wrong")
        each = pinned("a", b"right")
        error = self.error(self.cache.put, path, each, "here")
        self.assertEqual((error.what, error.where, error.code), ("`a-1.whl` is not the pinned file", "here", Exit.NO))
        self.assertIn(each.sha256, error.why)
        self.assertFalse(path.exists())
        self.assert_nothing_half_made()

    def test_adopts_whole_files_whatever_their_name_and_leaves_others(self) -> None:
        left = self.folder / "left"
        left.mkdir()
        (left / "a%3a1.deb").write_bytes(b"right")
        (left / "b.deb").write_bytes(b"rig")
        whole, partial = pinned("a", b"right"), pinned("b", b"right too")
        self.cache.adopt(left, [whole, partial])
        self.assertTrue(self.cache.holds(whole))
        self.assertFalse(self.cache.holds(partial))

    def test_what_a_killed_run_left_is_kept_when_whole_and_removed_otherwise(self) -> None:
        work = self.cache.work / "apt-x"
        work.mkdir(parents=True)
        (work / "whole").write_bytes(b"right")
        (work / "half").write_bytes(b"righ")
        each = pinned("a", b"right")
        with self.cache.locked([each]):
            self.assertTrue(self.cache.holds(each))
        self.assert_nothing_half_made()

    def test_a_failure_inside_leaves_nothing_half_made(self) -> None:
        with self.assertRaises(ZeroDivisionError), self.cache.locked(), self.cache.temporary("x") as folder:
            (folder / "half").write_bytes(b"h")
            raise ZeroDivisionError
        self.assert_nothing_half_made()

    def test_a_second_bootstrap_is_kept_out(self) -> None:
        with self.cache.locked():
            error = self.error(self.cache.locked().__enter__)
        self.assertEqual(error.what, "another ./bootstrap is at work")

    def test_copies_in_without_taking_the_original_away(self) -> None:
        path = self.folder / "crate"
        path.write_bytes(b"right")
        self.cache.copy_in(path, pinned("a", b"right"))
        self.assertTrue(path.exists() and self.cache.holds(pinned("a", b"right")))
        self.assertEqual(path.stat().st_nlink, 1)

    def test_a_damaged_file_is_never_added_to_the_store(self) -> None:
        each = pinned("a", b"right")
        self.cache.path(each.sha256).write_bytes(b"wrong")
        error = self.error(store.add, [each], self.cache, lambda _: None)
        self.assertEqual((error.what, error.code), ("`a-1.whl` was damaged in the cache", Exit.NO))

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_without_rights_is_an_error(self) -> None:
        self.cache.folder.chmod(0o500)
        self.addCleanup(self.cache.folder.chmod, 0o700)
        with self.assertRaises(PermissionError), self.cache.locked():
            pass
