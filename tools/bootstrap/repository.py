"""The files of this repository that bootstrap reads and writes."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cargolock, lock, wanted
from .errors import BootstrapError
from .lock import Input, Lock


@dataclass(frozen=True)
class Repository:
    """Paths below `root`, and the folders of products of other repositories whose crates are wanted too."""

    root: Path
    projects: tuple[Path, ...] = ()

    @property
    def lock_file(self) -> Path:
        return self.root / "nix" / "inputs.lock.json"

    @property
    def table_file(self) -> Path:
        return self.root / "nix" / "inputs.toml"

    @property
    def symbols_file(self) -> Path:
        return self.root / "nix" / "stand-ins" / "symbols.txt"

    def manifests_folder(self, crate: Input) -> Path:
        """Where a pinned crate's Cargo.toml and Cargo.lock are kept."""
        return self.root / ("checks/fixtures" if crate.group == "checks" else "packages") / crate.name

    def table(self) -> wanted.Table:
        return wanted.parse(self._read(self.table_file), self.table_file)

    def lock(self) -> Lock:
        return lock.parse(self._read(self.lock_file), self.lock_file)

    def cargo_locks(self, table: wanted.Table) -> list[tuple[str, Path]]:
        """(group, path) of every Cargo.lock the table names, and of every project beside this repository."""
        beside = [("packages", folder / "Cargo.lock") for folder in self.projects]
        return beside + [
            (group, path)
            for group, globs in sorted(table.cargo_locks.items())
            for pattern in globs
            for path in sorted(self.root.glob(pattern))
        ]

    def crates(self, table: wanted.Table, groups: frozenset[str]) -> list[Input]:
        """The crates of every Cargo.lock of these groups, each file once."""
        found: dict[str, Input] = {}
        for group, path in self.cargo_locks(table):
            if group in groups:
                for each in self.crates_of(path, group):
                    found.setdefault(each.file + each.sha256, each)
        return sorted(found.values())

    def crates_of(self, path: Path, group: str) -> list[Input]:
        """The crates of one Cargo.lock."""
        return cargolock.crates(self._read(path), group, path)

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            hint = (
                "write it by ./bootstrap --relock"
                if path == self.lock_file
                else "--project names the folder of a Cargo.lock; `cargo generate-lockfile` writes one"
                if path.parent in self.projects
                else "run ./bootstrap of a complete checkout"
            )
            raise BootstrapError("a file that tells the inputs is missing", where=path, hint=hint) from error
        except UnicodeDecodeError as error:
            raise BootstrapError(
                "a file that tells the inputs cannot be read",
                why="it is not UTF-8",
                where=path,
                hint="take it from version control again",
            ) from error


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Replace a file in one step; returns whether its content changed.

    A file that is there keeps its mode and its owner; a new one gets `mode`.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(handle, _take_owner(handle, path.stat()) if path.is_file() else mode)
            os.fsync(handle)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return True


def _take_owner(handle: int, old: os.stat_result) -> int:
    """Give a new file the owner and group of the old one, as far as this user can; returns the mode that then fits."""
    mode = stat.S_IMODE(old.st_mode)
    try:
        os.fchown(handle, old.st_uid if os.geteuid() == 0 else -1, old.st_gid)
    except OSError:
        # Another group than the old one gets no more than all others have.
        return mode & 0o707 | mode & (mode & 0o007) << 3
    return mode
