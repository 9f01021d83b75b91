"""What a dynamic ELF file needs from others: sonames, undefined symbols and their versions.

Spec: System V ABI, chapter 5, and the GNU symbol versioning of the LSB Core specification, 10.7.
Only 64-bit little-endian files, which is all that the toolchain of x86_64 has.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SHT_DYNAMIC, SHT_DYNSYM, SHT_GNU_VERNEED, SHT_GNU_VERSYM = 6, 11, 0x6FFFFFFE, 0x6FFFFFFF
DT_NEEDED, DT_SONAME = 1, 14
STB_WEAK = 2
# Bit 15 of a version index says "hidden"; indexes 0 and 1 mean "no version".
VERSION_MASK = 0x7FFF


class ElfError(ValueError):
    """The bytes are not an ELF file of the supported kind; says which rule they break."""


@dataclass(frozen=True, order=True)
class Undefined:
    """A symbol that another library must supply; `soname` and `version` are empty when unversioned."""

    soname: str
    version: str
    symbol: str
    weak: bool = False


@dataclass(frozen=True)
class Dynamic:
    """The dynamic section's view of a file."""

    soname: str
    needed: tuple[str, ...]
    undefined: tuple[Undefined, ...]
    defined: frozenset[str]


@dataclass(frozen=True)
class Section:
    """The fields of a section header that are used here; offsets and sizes in bytes."""

    kind: int
    offset: int
    size: int
    link: int
    info: int


def read(data: bytes) -> Dynamic:
    """Parse a dynamic executable or shared library; a static one needs nothing.

    Raises ElfError.
    """
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise ElfError(f"a header points outside the file: {error}") from error


def _read(data: bytes) -> Dynamic:
    sections = _sections(data)
    found = {each.kind: each for each in sections}
    dynamic, symbols = found.get(SHT_DYNAMIC), found.get(SHT_DYNSYM)
    if dynamic is None or symbols is None:
        return Dynamic("", (), (), frozenset())
    strings = sections[dynamic.link].offset
    entries = [struct.unpack_from("<qQ", data, at) for at in range(dynamic.offset, dynamic.offset + dynamic.size, 16)]
    needed = tuple(_string(data, strings + value) for tag, value in entries if tag == DT_NEEDED)
    soname = next((_string(data, strings + value) for tag, value in entries if tag == DT_SONAME), "")
    versions = _versions(data, sections, found.get(SHT_GNU_VERNEED))
    versym = found.get(SHT_GNU_VERSYM)
    undefined, defined = set(), set()
    names = sections[symbols.link].offset
    for place in range(1, symbols.size // 24):
        name_at, info, _other, section = struct.unpack_from("<IBBH", data, symbols.offset + 24 * place)
        name = _string(data, names + name_at)
        if section != 0:
            defined.add(name)
        elif name:
            index = struct.unpack_from("<H", data, versym.offset + 2 * place)[0] & VERSION_MASK if versym else 0
            origin, version = versions.get(index, ("", ""))
            undefined.add(Undefined(origin, version, name, info >> 4 == STB_WEAK))
    return Dynamic(soname, needed, tuple(sorted(undefined)), frozenset(defined))


def _sections(data: bytes) -> list[Section]:
    if data[:4] != b"\x7fELF":
        raise ElfError("it does not start with the ELF magic")
    if data[4:6] != b"\x02\x01":
        raise ElfError("it is not a 64-bit little-endian file")
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = []
    for place in range(count):
        _name, kind, _flags, _addr, offset, length, link, info = struct.unpack_from(
            "<IIQQQQII", data, table + size * place
        )
        sections.append(Section(kind, offset, length, link, info))
    return sections


def _versions(data: bytes, sections: list[Section], section: Section | None) -> dict[int, tuple[str, str]]:
    """Version index → (soname, version name), from `.gnu.version_r`."""
    versions: dict[int, tuple[str, str]] = {}
    if section is None:
        return versions
    strings = sections[section.link].offset
    at = section.offset
    for _ in range(section.info):
        _version, count, file_at, first, following = struct.unpack_from("<HHIII", data, at)
        soname, entry = _string(data, strings + file_at), at + first
        for _ in range(count):
            _hash, _flags, index, name_at, next_entry = struct.unpack_from("<IHHII", data, entry)
            versions[index & VERSION_MASK] = (soname, _string(data, strings + name_at))
            entry += next_entry
        at += following
    return versions


def _string(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("utf-8", "replace")
