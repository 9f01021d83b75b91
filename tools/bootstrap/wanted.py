"""nix/inputs.toml: which inputs are wanted, before any version is known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from .errors import BootstrapError
from .lock import FORMAT_VERSION, GROUPS, KINDS

KEYS = {"name", "kind", "suite", "group", "version", "from", "member", "platform", "elf", "find"}


@dataclass(frozen=True)
class Find:
    """How a name with a version in it is found: among the dependencies of `among`."""

    among: str
    pattern: str
    fact: str


@dataclass(frozen=True)
class Wanted:
    """One row of nix/inputs.toml; an empty `version` means today's newest."""

    name: str
    kind: str
    group: str
    suite: str = ""
    version: str = ""
    source: str = ""
    member: str = ""
    platform: str = ""
    elf: tuple[str, ...] = ()
    find: Find | None = None


@dataclass(frozen=True)
class Table:
    """The whole of nix/inputs.toml."""

    inputs: tuple[Wanted, ...]
    cargo_locks: dict[str, tuple[str, ...]]
    prefixes: dict[str, tuple[str, ...]]


def parse(text: str, where: object) -> Table:
    """Read the table's text. Raises BootstrapError that names the row and the rule it breaks."""

    def wrong(why: str) -> BootstrapError:
        return BootstrapError(
            "the table of wanted inputs cannot be used",
            why=why,
            where=where,
            hint="its format is described in docs/formats/inputs-lock.md",
        )

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise wrong(f"it is not TOML: {error}") from error
    if document.get("formatVersion") != FORMAT_VERSION:
        raise wrong(f"formatVersion is {document.get('formatVersion')!r}, expected {FORMAT_VERSION}")
    rows = []
    for place, row in enumerate(document.get("input", []), 1):
        why = _problem(row)
        if why:
            raise wrong(f"input {place} (`{row.get('name', '?')}`): {why}")
        find = Find(**row["find"]) if "find" in row else None
        rows.append(
            Wanted(
                row["name"],
                row["kind"],
                row["group"],
                row.get("suite", ""),
                row.get("version", ""),
                row.get("from", ""),
                row.get("member", ""),
                row.get("platform", ""),
                tuple(row.get("elf", ())),
                find,
            )
        )
    locks = {group: tuple(globs) for group, globs in document.get("cargoLocks", {}).items()}
    for group in sorted(set(locks) - set(GROUPS)):
        raise wrong(f"cargoLocks has the group {group!r}, expected one of {', '.join(GROUPS)}")
    prefixes = {soname: tuple(each) for soname, each in document.get("standIns", {}).get("prefixes", {}).items()}
    return Table(tuple(rows), locks, prefixes)


def resolve_name(row: Wanted, dependencies: Callable[[str], list[str]]) -> str:
    """The package name of a row: `$0` and `$1` stand for what `find.pattern` matched.

    `dependencies` lists the names a package depends on, nearest first.
    Raises BootstrapError when nothing matches.
    """
    if row.find is None:
        return row.name
    for candidate in dependencies(row.find.among):
        match = re.fullmatch(row.find.pattern, candidate)
        if match:
            return match.expand(re.sub(r"\$([0-9])", r"\\g<\1>", row.name))
    raise BootstrapError(
        f"no dependency of `{row.find.among}` matches `{row.find.pattern}`",
        why="the package's dependencies have changed since nix/inputs.toml was written",
        where="nix/inputs.toml",
        hint=f"look at `apt-cache depends --recurse {row.find.among}` and adapt the pattern of `{row.find.fact}`",
    )


def _problem(row: dict[str, object]) -> str:
    """The first rule that a row breaks, or an empty string."""
    for extra in sorted(set(row) - KEYS):
        return f"unknown key `{extra}`"
    if not isinstance(row.get("name"), str) or not row["name"]:
        return "it has no name"
    if row.get("kind") not in KINDS:
        return f"kind is {row.get('kind')!r}, expected one of {', '.join(KINDS)}"
    if row.get("group") not in GROUPS:
        return f"group is {row.get('group')!r}, expected one of {', '.join(GROUPS)}"
    required = {"deb": ("suite",), "bootstrap-tar": ("from", "member"), "wheel": ("platform",)}
    for key in required.get(str(row["kind"]), ()):
        if not isinstance(row.get(key), str) or not row[key]:
            return f"kind {row['kind']} needs `{key}`"
    find = row.get("find")
    if find is not None and (not isinstance(find, dict) or set(find) != {"among", "pattern", "fact"}):
        return "find needs `among`, `pattern` and `fact`, and nothing else"
    return ""
