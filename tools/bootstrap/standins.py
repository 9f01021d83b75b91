"""The symbols that stand-in libraries must offer, so that the toolchain's programs load.

Debian's cargo and LLVM are linked against libraries that they never call in the sandbox (a network
client, an SQL database, …). The build makes stand-ins for those; this is the list of what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from .elf import Dynamic
from .errors import BootstrapError

Row = tuple[str, str, str]
NO_VERSION = "-"


def rows(files: Mapping[str, Dynamic], prefixes: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Sorted (soname, version or "-", symbol) of every import that no pinned library supplies.

    `files` are all the pinned programs and libraries by name; `prefixes` says to which library an
    undefined symbol without a version belongs: start of a soname → starts of symbols.
    Raises BootstrapError when a symbol cannot be given to a library: it would be missing at run time.
    """
    supplied = {file.soname for file in files.values() if file.soname}
    known = frozenset().union(*(file.defined for file in files.values()))
    result: set[Row] = set()
    homeless: list[str] = []
    for name, file in sorted(files.items()):
        absent = {soname for soname in file.needed if soname not in supplied}
        used: set[str] = set()
        for symbol in file.undefined:
            if symbol.soname:
                if symbol.soname in absent:
                    result.add((symbol.soname, symbol.version, symbol.symbol))
                    used.add(symbol.soname)
                continue
            soname = _library_of(symbol.symbol, absent, prefixes)
            if soname:
                result.add((soname, NO_VERSION, symbol.symbol))
                used.add(soname)
            elif not symbol.weak and symbol.symbol not in known:
                homeless.append(f"{name}: {symbol.symbol}")
        # The loader wants the file even when nothing is imported from it.
        result.update((soname, NO_VERSION, f"stub_{soname.split('.so')[0]}") for soname in absent - used)
    if homeless:
        raise BootstrapError(
            "cannot tell which library some symbols belong to",
            why="\n".join(homeless[:20]),
            where="nix/inputs.toml, standIns.prefixes",
            hint="add the library and the start of its symbols to standIns.prefixes, or pin the package that holds it",
        )
    return sorted(result)


def render(found: list[Row]) -> str:
    """The text of nix/stand-ins/symbols.txt: one "soname version symbol" a line."""
    return "".join(f"{soname} {version} {symbol}\n" for soname, version, symbol in found)


def _library_of(symbol: str, absent: set[str], prefixes: Mapping[str, tuple[str, ...]]) -> str:
    """The absent library whose prefix the symbol has, or an empty string."""
    for library, starts in sorted(prefixes.items()):
        if symbol.startswith(starts):
            for soname in sorted(absent):
                if soname.startswith(library):
                    return soname
    return ""
