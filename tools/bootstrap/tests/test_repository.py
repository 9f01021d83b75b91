"""Files that bootstrap writes: in one step, and read by nobody who could not read the one before."""

import os
import stat
import unittest
from pathlib import Path
from unittest import mock

from ..repository import write_atomically
from .support import FolderTest


class WriteAtomically(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "nix.conf"

    def mode(self, path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    def test_a_new_file_can_be_read_by_all(self) -> None:
        self.assertTrue(write_atomically(self.folder / "new" / "nix.conf", b"a"))
        self.assertEqual(self.mode(self.folder / "new" / "nix.conf"), 0o644)

    def test_keeps_the_mode_of_the_file_that_it_replaces(self) -> None:
        for mode in (0o600, 0o640, 0o664):
            with self.subTest(mode=oct(mode)):
                self.path.write_bytes(b"access-tokens = secret")
                self.path.chmod(mode)
                self.assertTrue(write_atomically(self.path, b"changed"))
                self.assertEqual((self.path.read_bytes(), self.mode(self.path)), (b"changed", mode))

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_keeps_owner_and_group_of_the_file_that_it_replaces(self) -> None:
        self.path.write_bytes(b"access-tokens = secret")
        self.path.chmod(0o640)
        os.chown(self.path, 1234, 5678)
        write_atomically(self.path, b"changed")
        now = self.path.stat()
        self.assertEqual((now.st_uid, now.st_gid, self.mode(self.path)), (1234, 5678, 0o640))

    def test_a_group_that_cannot_be_kept_gives_another_group_no_more_than_all_others_have(self) -> None:
        for before, after in ((0o640, 0o600), (0o664, 0o644), (0o660, 0o600)):
            with self.subTest(mode=oct(before)), mock.patch("os.fchown", side_effect=PermissionError):
                self.path.write_bytes(b"access-tokens = secret")
                self.path.chmod(before)
                write_atomically(self.path, b"changed")
                self.assertEqual(self.mode(self.path), after)
