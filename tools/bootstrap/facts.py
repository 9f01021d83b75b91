"""What the Nix code must know about the pinned files: versions, sonames, folder names, symbols."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import debfile, debindex, elf, standins
from .cache import Cache
from .errors import BootstrapError
from .lock import Input, Lock
from .wanted import Table


def with_facts(lock: Lock, table: Table, cache: Cache) -> tuple[Lock, list[standins.Row]]:
    """Read the facts and the stand-ins' symbols out of the fetched files."""
    patterns = _patterns(lock, table)
    files: dict[str, elf.Dynamic] = {}
    facts = dict(lock.facts)
    for name, globs in patterns.items():
        each = _pinned(lock, name)
        found = 0
        for member, content in debfile.members(cache.path(each.sha256), globs):
            try:
                files[f"{name}/{member}"] = elf.read(content)
            except elf.ElfError as error:
                raise BootstrapError(
                    f"`{member}` of {each.file} cannot be read",
                    why=str(error),
                    where=cache.path(each.sha256),
                    hint="adapt `elf` in nix/inputs.toml",
                ) from error
            found += 1
        if not found:
            raise BootstrapError(
                f"{each.file} has none of {', '.join(globs)}",
                where=cache.path(each.sha256),
                why="the package's layout has changed",
                hint="adapt `elf` in nix/inputs.toml",
            )
    library = facts["llvmLibraryInput"]
    facts["llvmSoname"] = next(file.soname for name, file in files.items() if name.startswith(library + "/"))
    tools = next(name for name in files if name.startswith(facts["llvmToolsInput"] + "/"))
    facts["llvmFolder"] = tools.split("/usr/lib/")[1].split("/")[0]
    facts["rustSourceFolder"] = _source_folder(cache.path(_pinned(lock, "rust-web-src").sha256))
    facts["llvm"], facts["rustc"] = (debindex.upstream(_pinned(lock, name).version) for name in (library, "rustc-web"))
    facts["zig"] = _pinned(lock, "ziglang").version
    return replace(lock, facts=facts), standins.rows(files, table.prefixes)


def _patterns(lock: Lock, table: Table) -> dict[str, tuple[str, ...]]:
    """Package name → its ELF files; a row found by pattern has the name that its fact tells."""
    return {(lock.facts[row.find.fact] if row.find else row.name): row.elf for row in table.inputs if row.elf}


def _pinned(lock: Lock, name: str) -> Input:
    each = lock.named(name)
    if each is None:
        raise BootstrapError(
            f"`{name}` is not among the wanted inputs",
            where="nix/inputs.toml",
            hint="the toolchain is made of it: put it back",
        )
    return each


def _source_folder(deb: Path) -> str:
    for name in debfile.names(deb):
        parts = name.rstrip("/").split("/")
        if parts[:2] == ["usr", "src"] and parts[3:] == ["library"]:
            return parts[2]
    raise BootstrapError(f"`{deb.name}` has no usr/src/*/library", where=deb, why="the package's layout has changed")
