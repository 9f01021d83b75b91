"""Crates out of cargo's own folder, where other files of the same name may be, and the progress of fetching."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from .. import cargo, cli, fetch
from ..cargo import Cargo
from ..errors import BootstrapError, Exit
from ..lock import Lock
from ..progress import Tell
from ..repository import Repository
from ..wanted import parse
from .support import FolderTest, pinned

CRATE = b"a crate"


class FetchCrates(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.crate = pinned("a", CRATE, kind="crate", group="packages", size=None, file="a-1.crate")
        (self.folder / "Cargo.lock").write_text(
            f'[[package]]\nname = "a"\nversion = "1"\nsource = "registry+r"\nchecksum = "{self.crate.sha256}"\n'
        )
        table = parse('formatVersion = 1\n[cargoLocks]\npackages = ["Cargo.lock"]\n', "")
        self.fetcher = fetch.Fetcher(Repository(self.folder), table, Lock(()), self.cache, Tell(quiet=True))
        environment = mock.patch.dict(os.environ, {"CARGO_HOME": str(self.folder / "cargo")})
        environment.start()
        self.addCleanup(environment.stop)

    def kept(self, registry: str, content: bytes) -> Path:
        """What cargo keeps from one registry."""
        path = self.folder / "cargo" / "registry" / "cache" / registry / "a-1.crate"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def fetch(self, what: Callable[[], object] = lambda: None) -> None:
        """Fetch with a cargo that does `what` instead."""
        with (
            mock.patch.object(cargo, "of_machine", return_value=(Cargo(("cargo",)), "")),
            mock.patch.object(Cargo, "fetch", lambda _cargo, _folder: what()),
            self.cache.locked(),
        ):
            self.fetcher.fetch([self.crate])

    def test_progress_goes_on_when_a_folder_goes_away(self) -> None:
        for name in ("apt-x", "pip-x"):
            (self.cache.work / name).mkdir(parents=True)
            (self.cache.work / name / "half").write_bytes(b"half")
        scandir = os.scandir

        def vanishing(path: object) -> object:
            if str(path).endswith("apt-x"):
                shutil.rmtree(str(path))
            return scandir(path)  # type: ignore[call-overload]

        with mock.patch.object(os, "scandir", vanishing):
            self.assertEqual(self.fetcher._sample([self.crate]), (0, 4))

    def test_what_cargo_keeps_has_not_come_from_a_mirror(self) -> None:
        self.kept("r", CRATE)
        self.assertEqual(self.fetcher._sample([self.crate]), (1, 0))
        self.assertEqual(self.fetcher._sample([self.crate], by_cargo=False), (0, 0))

    def test_space_is_looked_for_before_anything_comes_from_a_mirror(self) -> None:
        large = pinned("large", b"", size=1 << 60)
        error = self.error(cli._fetch, self.fetcher, "http://m.invalid/", [large])
        self.assertEqual(error.what, "cannot fetch the inputs: the disk is full")

    def test_a_copy_with_other_bytes_does_not_hide_a_whole_one(self) -> None:
        self.kept("earlier", CRATE[:3])
        self.kept("later", CRATE)
        self.fetch(lambda: self.fail("there was nothing to fetch"))
        self.assertTrue(self.cache.holds(self.crate))

    def test_a_copy_with_other_bytes_does_not_hide_the_one_that_cargo_fetches(self) -> None:
        self.kept("earlier", b"other bytes")
        self.fetch(lambda: self.kept("later", CRATE))
        self.assertTrue(self.cache.holds(self.crate))

    def test_a_damaged_copy_that_cargo_takes_for_whole_is_named(self) -> None:
        path = self.kept("r", CRATE[:3])
        error = self.error(self.fetch)
        self.assertEqual(
            (error.what, error.where, error.code), ("`a-1.crate` is not the pinned file", str(path), Exit.NO)
        )
        self.assertEqual(error.hint, fetch.DAMAGED_HINT)
        self.assertEqual(path.read_bytes(), CRATE[:3])

    def test_a_damaged_copy_that_cargo_cannot_unpack_is_named(self) -> None:
        path = self.kept("r", CRATE[:3])

        def fail() -> None:
            raise BootstrapError("cannot fetch the crates", why="failed to unpack package `a v1`", hint="update")

        error = self.error(self.fetch, fail)
        self.assertEqual((error.what, error.why), ("cannot fetch the crates", "failed to unpack package `a v1`"))
        self.assertEqual(error.hint, f"update\n{path} is not the pinned file: {fetch.DAMAGED_HINT}")
