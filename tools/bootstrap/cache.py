"""The content-addressed cache of fetched files: `sha256/<hex>`, each file whole or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BootstrapError, Exit
from .lock import Input

BLOCK_BYTES = 1 << 20


def default_folder() -> Path:
    """`$XDG_CACHE_HOME/relhelper-inputs`, or the same below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "relhelper-inputs"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Cache:
    """Fetched files below `folder`; `work` holds what the clients are still writing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "sha256"
        self.work = folder / "work"

    @contextmanager
    def locked(self, wanted: Iterable[Input] = ()) -> Iterator[None]:
        """Keep a second bootstrap out. Whatever ends the block, also an earlier one that was killed:

        of the files that clients left in `work`, those that are whole and wanted are kept, all others removed.
        """
        self.files.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BootstrapError(
                    "another ./bootstrap is at work",
                    why="it holds the cache's lock",
                    where=self.folder / "lock",
                    hint="wait until it is done",
                ) from error
            self._clear(wanted)
            try:
                yield
            finally:
                self._clear(wanted)

    def _clear(self, wanted: Iterable[Input]) -> None:
        self.adopt(self.work, wanted)
        shutil.rmtree(self.work, ignore_errors=True)

    def path(self, sha256: str) -> Path:
        """Where the file with this digest is kept; it need not be there.

        Raises BootstrapError for what is no digest: as a path it could lead out of the cache.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise BootstrapError(
                "a file cannot be looked for in the cache",
                why=f"its SHA-256 is {sha256!r}, expected 64 hexadecimal digits",
                where=self.files,
                hint="correct the lock file or package list that says so",
            )
        return self.files / sha256

    def holds(self, wanted: Input) -> bool:
        """Whether the file is there, whole. A damaged one is removed, so that it is fetched again."""
        path = self.path(wanted.sha256)
        if not path.is_file():
            return False
        if fits(path, wanted):
            return True
        path.unlink()
        return False

    def put(self, path: Path, wanted: Input, origin: str) -> Path:
        """Move a fetched file in, if it is what the lock says.

        Raises BootstrapError (and removes the file) when size or digest differ.
        """
        problem = difference(path, wanted)
        if problem:
            path.unlink(missing_ok=True)
            raise wrong_bytes(wanted, origin, problem)
        target = self.path(wanted.sha256)
        os.replace(path, target)
        return target

    def copy_in(self, path: Path, wanted: Input, origin: str = "") -> None:
        """Like `put`, but the file stays where it is: in the Nix store, or in cargo's folder.

        Never a link to it: what writes into one would write into the other.
        """
        with self.temporary("copy") as folder:
            copy = folder / wanted.file
            shutil.copyfile(path, copy)
            self.put(copy, wanted, origin or str(path))

    def adopt(self, folder: Path, wanted: Iterable[Input]) -> None:
        """Move every file below `folder` in that is one of `wanted`, whatever its name."""
        sizes: dict[int | None, list[Input]] = {}
        for each in wanted:
            sizes.setdefault(each.size, []).append(each)
        for path in folder.rglob("*") if folder.is_dir() else ():
            candidates = path.is_file() and not path.is_symlink() and sizes.get(path.stat().st_size, [])
            for each in candidates or ():
                if path.exists() and fits(path, each):
                    self.put(path, each, str(folder))

    @contextmanager
    def temporary(self, name: str) -> Iterator[Path]:
        """An empty folder on the cache's file system, gone afterwards."""
        self.work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.work))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def fits(path: Path, wanted: Input) -> bool:
    """Whether the file has the pinned size and digest."""
    return not difference(path, wanted)


def difference(path: Path, wanted: Input) -> str:
    """What is wrong with the file, or an empty string. The size is looked at first."""
    size = path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        return f"it has {size} bytes, the lock says {wanted.size}"
    found = sha256_of(path)
    return "" if found == wanted.sha256 else f"its SHA-256 is {found}, the lock says {wanted.sha256}"


def wrong_bytes(wanted: Input, origin: str, problem: str, hint: str = "") -> BootstrapError:
    """The error for a file that is not what the lock pins."""
    return BootstrapError(
        f"`{wanted.file}` is not the pinned file",
        why=problem,
        where=origin,
        hint=hint
        or "nothing was added to the store; try again, and if it stays so, this source serves other bytes:\n"
        "use another mirror, or ./bootstrap --from DIR|URL with the inputs of a published release",
        code=Exit.NO,
    )
