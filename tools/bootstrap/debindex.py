"""The package index of a Debian suite, as `apt-cache dumpavail` prints it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

WANTED_FIELDS = (
    "Package",
    "Version",
    "Architecture",
    "Filename",
    "Size",
    "SHA256",
    "Depends",
    "Pre-Depends",
    "Provides",
)


@dataclass(frozen=True)
class Package:
    """One binary package of the index; `size` in bytes, `depends` in the order of the field."""

    name: str
    version: str
    filename: str
    size: int
    sha256: str
    depends: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...]


class Index:
    """All packages of one suite, by name; the newest stanza of a name wins by coming first."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self.packages: dict[str, Package] = {}
        self.providers: dict[str, list[str]] = {}
        for package in packages:
            if self.packages.setdefault(package.name, package) is package:
                for virtual in package.provides:
                    self.providers.setdefault(virtual, []).append(package.name)

    def get(self, name: str) -> Package | None:
        """The package of that name."""
        return self.packages.get(name)

    def reachable(self, roots: Iterable[str], leave_out: frozenset[str] = frozenset()) -> list[str]:
        """Names of all packages that `roots` depend on, nearest first, the roots included.

        The first alternative that exists is taken, as apt does on an empty system.
        """
        order: dict[str, None] = {}
        queue = deque(roots)
        while queue:
            name = queue.popleft()
            package = self.packages.get(name)
            if name in order or name in leave_out or package is None:
                continue
            order[name] = None
            for alternatives in package.depends:
                chosen = self._choose(alternatives)
                if chosen is not None and not leave_out.intersection(alternatives):
                    queue.append(chosen)
        return list(order)

    def _choose(self, alternatives: tuple[str, ...]) -> str | None:
        for name in alternatives:
            if name in self.packages:
                return name
            if self.providers.get(name):
                return min(self.providers[name])
        return None


def upstream(version: str) -> str:
    """The upstream version: no epoch, no Debian revision, no repacking suffix.

    >>> upstream("1:22.1.8-1~deb13u4"), upstream("1.96.0+dfsg1-1~deb13u1+b1")
    ('22.1.8', '1.96.0')
    """
    return re.split(r"[+~-]", version.split(":", 1)[-1])[0]


def parse(text: str) -> Index:
    """Read the stanzas that `apt-cache dumpavail` prints; other fields are skipped."""
    return Index(filter(None, map(_package, text.split("\n\n"))))


def _package(stanza: str) -> Package | None:
    fields: dict[str, str] = {}
    for line in stanza.splitlines():
        name, separator, value = line.partition(":")
        if separator and name in WANTED_FIELDS:
            fields[name] = value.strip()
    if not {"Package", "Version", "Filename", "Size", "SHA256"} <= fields.keys():
        return None
    groups = [*_relation(fields.get("Pre-Depends", "")), *_relation(fields.get("Depends", ""))]
    provides = tuple(each[0] for each in _relation(fields.get("Provides", "")))
    return Package(
        fields["Package"],
        fields["Version"],
        fields["Filename"],
        int(fields["Size"]),
        fields["SHA256"],
        tuple(groups),
        provides,
    )


def _relation(field: str) -> list[tuple[str, ...]]:
    """`a (>= 1), b:any | c` → `[("a",), ("b", "c")]`."""
    groups = (tuple(re.split(r"[\s(:\[]", one.strip())[0] for one in group.split("|")) for group in field.split(","))
    return [tuple(filter(None, group)) for group in groups if any(group)]
