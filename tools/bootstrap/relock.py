"""`--relock`: pin today's versions, and everything that follows from them."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

from . import bootstraptar, cargo, debfile, licenses, pip, standins
from .apt import Apt
from .cache import Cache, sha256_of
from .debindex import Index
from .errors import BootstrapError
from .lock import Input, Lock, render
from .repository import Repository, write_atomically
from .storepath import store_name
from .wanted import Table, Wanted, resolve_name


@dataclass
class Clients:
    """The ways to fetch: one apt a suite, pip's words, cargo."""

    apts: dict[str, Apt]
    pip: list[str]
    cargo: cargo.Cargo


def relock(table: Table, cache: Cache, clients: Clients) -> Lock:
    """Fetch what the table wants and return the lock of it; writes nothing but the cache.

    Raises BootstrapError when a package is not there or its shape is not the expected one.
    """
    indexes = {suite: apt.index() for suite, apt in clients.apts.items()}
    rows = [_resolved(row, indexes) for row in table.inputs]
    inputs = {each.name: each for each in _debs(rows, indexes, cache, clients.apts)}
    for row in rows:
        if row.kind == "wheel":
            inputs[row.name] = _wheel(row, cache, clients.pip)
        elif row.kind == "crate":
            inputs[row.name] = _crate(row, cache, clients.cargo)
        elif row.kind == "bootstrap-tar":
            inputs[row.name] = _tar(row, inputs[row.source], cache)
    facts = {row.find.fact: row.name for row in rows if row.find is not None}
    return Lock(with_licenses(sorted(inputs.values()), cache), facts)


def with_licenses(inputs: list[Input], cache: Cache) -> tuple[Input, ...]:
    """The inputs with the licences that their files state; a bootstrap tar has that of its package."""
    stated = {each.name: licenses.of(each, cache.path(each.sha256)) for each in inputs}
    return tuple(replace(each, license=stated[each.source or each.name]) for each in inputs)


def write(repository: Repository, lock: Lock, symbols: list[standins.Row], cache: Cache) -> list[Path]:
    """Write the lock and what goes with it; returns the files that changed."""
    contents = {
        repository.symbols_file: standins.render(symbols).encode(),
        repository.lock_file: render(lock).encode(),
    }
    for each in lock.inputs:
        if each.kind == "crate":
            for name, content in crate_manifests(cache.path(each.sha256), each).items():
                contents[repository.manifests_folder(each) / name] = content
    return [path for path, content in contents.items() if write_atomically(path, content)]


def crate_manifests(path: Path, each: Input) -> dict[str, bytes]:
    """Cargo.toml and Cargo.lock of a published crate. Raises BootstrapError when one is not in it."""
    found = {}
    with tarfile.open(path, "r:gz") as crate:
        for name in ("Cargo.toml", "Cargo.lock"):
            try:
                member = crate.extractfile(f"{each.name}-{each.version}/{name}")
            except KeyError:
                member = None
            if member is None:
                raise BootstrapError(
                    f"the crate {each.file} has no {name}",
                    why="only a crate that pins its dependencies can be packaged",
                    where="nix/inputs.toml",
                )
            found[name] = member.read()
    return found


def describe(old: Lock | None, new: Lock) -> list[str]:
    """One line for every input that changed, for people."""
    before = {each.name: each for each in old.inputs} if old else {}
    lines = []
    for each in new.inputs:
        was = before.pop(each.name, None)
        if was is None:
            lines.append(f"  new      {each.name} {each.version}")
        elif was.sha256 != each.sha256:
            change = (
                f"{was.version} -> {each.version}" if was.version != each.version else f"{each.version} (other bytes)"
            )
            lines.append(f"  changed  {each.name} {change}")
        elif was.license != each.license:
            lines.append(f"  changed  {each.name} {was.license or 'no licence'} -> {each.license or 'no licence'}")
    return lines + [f"  gone     {name} {was.version}" for name, was in sorted(before.items())]


def _resolved(row: Wanted, indexes: dict[str, Index]) -> Wanted:
    """The row with the name of the package that its pattern found."""
    return replace(row, name=resolve_name(row, lambda root: indexes[row.suite].reachable([root])))


def _debs(rows: list[Wanted], indexes: dict[str, Index], cache: Cache, apts: dict[str, Apt]) -> list[Input]:
    inputs, gone = [], []
    for row in rows:
        if row.kind != "deb":
            continue
        package = indexes[row.suite].get(row.name)
        if package is None or (row.version and row.version != package.version):
            gone.append(f"{row.suite}: {row.name} {row.version}".rstrip())
            continue
        inputs.append(
            Input(
                row.name,
                "deb",
                row.group,
                package.version,
                store_name(package.filename.rsplit("/", 1)[-1]),
                package.size,
                package.sha256,
                row.suite,
            )
        )
    if gone:
        raise BootstrapError(
            "the mirror does not have some wanted packages",
            why="\n".join(gone),
            where="nix/inputs.toml",
            hint="correct the name, the suite or the version",
        )
    for suite, apt in apts.items():
        absent = [each for each in inputs if each.suite == suite and not cache.holds(each)]
        if absent:
            with cache.temporary("apt") as folder:
                apt.download([(each.name, each.version) for each in absent], folder)
                cache.adopt(folder, absent)
    return inputs


def _wheel(row: Wanted, cache: Cache, words: list[str]) -> Input:
    with cache.temporary("pip") as folder:
        pip.download(words, row.name, row.version, row.platform, folder)
        path = next(folder.glob("*.whl"))
        each = _described(row, path, path.name.split("-")[1], store_name(path.name))
        cache.put(path, each, "pip")
        return each


def _crate(row: Wanted, cache: Cache, client: cargo.Cargo) -> Input:
    with cache.temporary("cargo") as folder:
        version = client.fetch_one(row.name, row.version, folder)
        path = next(iter(cargo.downloaded(f"{row.name}-{version}.crate")), None)
        if path is None:
            raise BootstrapError(
                f"cargo did not keep the crate {row.name} {version}", where="$CARGO_HOME/registry/cache"
            )
        each = _described(row, path, version, path.name)
        cache.copy_in(path, each)
        return each


def _tar(row: Wanted, deb: Input, cache: Cache) -> Input:
    with cache.temporary("tar") as folder:
        path = folder / store_name(f"{row.name}-{deb.version.split(':')[-1]}.tar")
        path.write_bytes(tar_bytes(row.name, row.member, cache.path(deb.sha256)))
        each = replace(_described(row, path, deb.version, path.name), source=row.source, member=row.member)
        cache.put(path, each, deb.file)
        return each


def tar_bytes(name: str, member: str, deb: Path) -> bytes:
    """The bootstrap tar of one program out of a package."""
    for _, content in debfile.members(deb, (member,)):
        return bootstraptar.build(name, content)
    raise BootstrapError(f"`{deb.name}` has no {member}", where=deb, hint="adapt `member` in nix/inputs.toml")


def _described(row: Wanted, path: Path, version: str, file_name: str) -> Input:
    return Input(row.name, row.kind, row.group, version, file_name, path.stat().st_size, sha256_of(path))
