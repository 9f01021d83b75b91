"""Bringing what is missing into the cache by apt-get, pip and cargo, side by side."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import apt, cargo, pip
from .apt import Apt
from .cache import Cache, difference, fits, wrong_bytes
from .errors import BootstrapError, Exit, disk_full
from .lock import Input, Lock
from .progress import Progress, Tell
from .relock import tar_bytes
from .repository import Repository
from .wanted import Table

GONE_HINT = (
    "take it from the inputs of a published release: ./bootstrap --from DIR|URL\n"
    "or pin today's versions: ./bootstrap --relock (the bytes of provenance and SBOM then differ)"
)
DAMAGED_HINT = "remove it and run ./bootstrap again, because cargo does not fetch anew what it has"


@dataclass
class Fetcher:
    """Everything the three clients need; `install` allows installing a client that is missing."""

    repository: Repository
    table: Table
    lock: Lock
    cache: Cache
    tell: Tell
    mirror: str = ""
    install: bool = True

    def fetch(self, inputs: list[Input]) -> None:
        """Fetch all of `inputs` into the cache. Raises BootstrapError, after the other clients have ended."""
        self._adopt_from_cargo(inputs)
        missing = [each for each in inputs if not self.cache.holds(each)]
        if not missing:
            return
        with self.progress(missing):
            machine_cargo, why_not = cargo.of_machine() if _of(missing, "crate") else (None, "")
            jobs: list[Callable[[], None]] = [
                lambda: self._debs(_of(missing, "deb")),
                lambda: self._wheels(_of(missing, "wheel")),
            ]
            if machine_cargo is not None:
                jobs.append(lambda: self._crates(_of(missing, "crate"), machine_cargo))
            _side_by_side(jobs)
            if machine_cargo is None and _of(missing, "crate"):
                self._crates(_of(missing, "crate"), self.private_cargo(why_not))
            self._tars(_of(missing, "bootstrap-tar"))

    def progress(self, missing: list[Input], by_cargo: bool = True) -> Progress:
        """What people see while `missing` arrives. Raises BootstrapError when there is no space for it."""
        self._check_space(missing)
        size = sum(each.size or 0 for each in missing)
        return Progress(self.tell, "fetching", len(missing), size, lambda: self._sample(missing, by_cargo))

    def apt(self, suite: str) -> Apt:
        """The private apt of a suite, configured but perhaps without lists."""
        self.mirror = self.mirror or apt.configured_mirror()
        client = Apt(self.cache.folder / f"apt-{suite}", suite, self.mirror)
        client.prepare()
        return client

    def private_cargo(self, why: str) -> cargo.Cargo:
        """The cargo that is used when the machine's does not serve."""
        client = self.apt(next(row.suite for row in self.table.inputs if row.name == "cargo-web"))
        client.update()
        return cargo.private(client, self.cache.folder / "cargo", why)

    def _debs(self, inputs: list[Input]) -> None:
        for suite in sorted({each.suite for each in inputs}):
            wanted = [each for each in inputs if each.suite == suite]
            client = self.apt(suite)
            if _gone(client, wanted):
                client.update()
            _refuse_gone(client, wanted)
            with self.cache.temporary("apt") as folder:
                packages = [(each.name, each.version) for each in wanted]
                try:
                    client.download(packages, folder)
                except BootstrapError:
                    # The list may be older than the mirror: ask once more, keeping what has arrived.
                    self.cache.adopt(folder, wanted)
                    client.update()
                    _refuse_gone(client, wanted)
                    wanted = [each for each in wanted if not self.cache.holds(each)]
                    client.download([(each.name, each.version) for each in wanted], folder)
                self.cache.adopt(folder, wanted)
            self._insist(wanted, f"apt-get download from {client.mirror}")

    def _wheels(self, inputs: list[Input]) -> None:
        if not inputs:
            return
        words = pip.command(self.install)
        for each in inputs:
            with self.cache.temporary("pip") as folder:
                pip.download(words, each.name, each.version, pip.platform_of(each.file), folder)
                for path in folder.glob("*.whl"):
                    self.cache.put(path, each, "pip download")

    def _crates(self, inputs: list[Input], client: cargo.Cargo) -> None:
        pinned = {each.name: each for each in self.lock.inputs if each.kind == "crate"}
        with self.cache.temporary("cargo") as folder:
            for each in inputs:
                if each == pinned.get(each.name):
                    with self._adopting([each]):
                        client.fetch_one(each.name, each.version, folder)
                    self._insist([each], "cargo info")
            for group, path in self.repository.cargo_locks(self.table):
                wanted = [
                    each
                    for each in self.repository.crates_of(path, group)
                    if each in inputs and not self.cache.holds(each)
                ]
                if wanted:
                    package = pinned.get(path.parent.name)
                    own = package is not None and path.parent == self.repository.manifests_folder(package)
                    with self._adopting(wanted):
                        client.fetch(self._unpacked(package, folder) if own and package else path.parent)
        self._insist(inputs, "cargo fetch")

    def _unpacked(self, package: Input, folder: Path) -> Path:
        """The published crate's own files: cargo wants to see the sources that its manifest names."""
        if not self.cache.holds(package):
            self.cache.copy_in(Path(package.store_path), package)
        with tarfile.open(self.cache.path(package.sha256)) as crate:
            crate.extractall(folder)
        return folder / f"{package.name}-{package.version}"

    def _tars(self, inputs: list[Input]) -> None:
        for each in inputs:
            deb = self.lock.named(each.source)
            if deb is None:
                raise BootstrapError(
                    f"`{each.name}` is made from `{each.source}`, which is not pinned",
                    where=self.repository.lock_file,
                    hint="write the lock anew: ./bootstrap --relock",
                )
            origin = self.cache.path(deb.sha256) if self.cache.holds(deb) else Path(deb.store_path)
            with self.cache.temporary("tar") as folder:
                path = folder / each.file
                path.write_bytes(tar_bytes(each.name, each.member, origin))
                self.cache.put(path, each, f"made from {origin}")

    def _adopt_from_cargo(self, inputs: list[Input]) -> None:
        """Copy in what cargo keeps, if it is the pinned file; others of the same name are passed over."""
        for each in _of(inputs, "crate"):
            if not self.cache.path(each.sha256).exists():
                path = next((path for path in cargo.downloaded(each.file) if fits(path, each)), None)
                if path is not None:
                    self.cache.copy_in(path, each)

    @contextmanager
    def _adopting(self, inputs: list[Input]) -> Iterator[None]:
        """Copy in what cargo fetches; when it fails, the error names the files that it trips over."""
        try:
            yield
        except BootstrapError as error:
            self._adopt_from_cargo(inputs)
            found = [path for each in inputs if not self.cache.holds(each) for path in cargo.downloaded(each.file)]
            error.hint += "".join(f"\n{path} is not the pinned file: {DAMAGED_HINT}" for path in found)
            raise
        self._adopt_from_cargo(inputs)

    def _insist(self, inputs: list[Input], origin: str) -> None:
        """A client that ended well has brought everything: what is not there had other bytes."""
        for each in inputs:
            if not self.cache.holds(each):
                kept = cargo.downloaded(each.file) if each.kind == "crate" else []
                if kept:
                    raise wrong_bytes(each, str(kept[0]), difference(kept[0], each), DAMAGED_HINT)
                raise wrong_bytes(
                    each, origin, "the client ended well, but no file with the pinned size and SHA-256 came"
                )

    def _check_space(self, missing: list[Input]) -> None:
        needed = sum(each.size or 0 for each in missing)
        for place in (self.cache.folder, Path("/nix/store")):
            free = shutil.disk_usage(place).free if place.exists() else needed
            if free < needed:
                raise disk_full("fetch the inputs", place, f"{needed} bytes are needed, {free} are free")

    def _sample(self, missing: list[Input], by_cargo: bool = True) -> tuple[int, int]:
        """Files and bytes that have arrived; bytes include what a client is still writing."""
        there = [
            each
            for each in missing
            if self.cache.path(each.sha256).exists()
            or (by_cargo and each.kind == "crate" and cargo.downloaded(each.file))
        ]
        writing = 0
        for folder, _, names in os.walk(self.cache.work):  # passes over folders that a client takes away
            for name in names:
                with suppress(OSError):
                    writing += os.lstat(os.path.join(folder, name)).st_size
        return len(there), sum(each.size or 0 for each in there) + writing


def _of(inputs: list[Input], kind: str) -> list[Input]:
    return [each for each in inputs if each.kind == kind]


def _gone(client: Apt, wanted: list[Input]) -> list[Input]:
    """Those packages whose pinned version the suite's list does not have."""
    index = client.index()
    return [each for each in wanted if (package := index.get(each.name)) is None or package.version != each.version]


def _refuse_gone(client: Apt, wanted: list[Input]) -> None:
    gone = _gone(client, wanted)
    if gone:
        index = client.index()
        now = {each.name: package.version if (package := index.get(each.name)) else "nothing" for each in gone}
        raise BootstrapError(
            f"the mirror no longer has {len(gone)} pinned Debian package{'s' if len(gone) > 1 else ''}",
            why="\n".join(f"{each.name} {each.version}: {client.suite} now has {now[each.name]}" for each in gone),
            where=client.mirror,
            hint=GONE_HINT,
            code=Exit.NO,
        )
    for each in wanted:
        package = client.index().packages[each.name]
        if package.sha256 != each.sha256:
            raise wrong_bytes(
                each, client.mirror, f"the mirror's list says SHA-256 {package.sha256}, the lock says {each.sha256}"
            )


def _side_by_side(jobs: list[Callable[[], None]]) -> None:
    """Run the jobs in threads; when some fail, the first one's error is raised and names how many others did."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(job) for job in jobs]
        failures = [error for future in futures if (error := future.exception()) is not None]
    if failures:
        first = failures[0]
        others = [error.what for error in failures[1:] if isinstance(error, BootstrapError)]
        if isinstance(first, BootstrapError) and others:
            first.why = "\n".join(filter(None, [first.why, *(f"also: {what}" for what in others)]))
        raise first
