"""nix/inputs.lock.json: every pinned input that is not a crate of a Cargo.lock.

The format is described in docs/formats/inputs-lock.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from .errors import BootstrapError
from .storepath import NAME_LENGTH_MAX, fixed_output_path, store_name

FORMAT_VERSION = 1
KINDS = ("bootstrap-tar", "crate", "deb", "wheel")
GROUPS = ("toolchain", "packages", "checks")
FIELDS = {
    "bootstrap-tar": {"kind", "group", "version", "from", "member", "file", "size", "sha256"},
    "crate": {"kind", "group", "version", "file", "size", "sha256"},
    "deb": {"kind", "suite", "group", "version", "file", "size", "sha256"},
    "wheel": {"kind", "group", "version", "file", "size", "sha256"},
}
# Where the file states none it is absent.
OPTIONAL = {"license"}


@dataclass(frozen=True, order=True)
class Input:
    """One pinned file. `size` is in bytes, or None for a crate that only a Cargo.lock pins."""

    name: str
    kind: str
    group: str
    version: str
    file: str
    size: int | None
    sha256: str
    suite: str = ""
    source: str = ""
    member: str = ""
    license: str = ""

    @property
    def store_path(self) -> str:
        """Where Nix keeps this file once it was added."""
        return fixed_output_path(self.file, self.sha256)


@dataclass(frozen=True)
class Lock:
    """What the lock file says: inputs sorted by name, and facts read out of them."""

    inputs: tuple[Input, ...]
    facts: dict[str, str] = field(default_factory=dict)

    def named(self, name: str) -> Input | None:
        """The input of that name, if it is pinned."""
        return next((each for each in self.inputs if each.name == name), None)


def parse(text: str, where: object) -> Lock:
    """Read the lock file's text.

    Raises BootstrapError that names the input and the rule it breaks.
    """

    def wrong(why: str) -> BootstrapError:
        return BootstrapError(
            "the lock file of the inputs cannot be used",
            why=why,
            where=where,
            hint="take it from version control again, or write it anew with ./bootstrap --relock",
        )

    try:
        document = json.loads(text)
    except ValueError as error:
        raise wrong(f"it is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("formatVersion") != FORMAT_VERSION:
        found = document.get("formatVersion") if isinstance(document, dict) else document
        raise wrong(f"formatVersion is {found!r}, expected {FORMAT_VERSION}")
    rows = document.get("inputs")
    if not isinstance(rows, dict):
        raise wrong("there is no object `inputs`")
    inputs = []
    for name, row in sorted(rows.items()):
        why = _problem(row)
        if why:
            raise wrong(f"input `{name}`: {why}")
        inputs.append(
            Input(
                name,
                row["kind"],
                row["group"],
                row["version"],
                row["file"],
                row["size"],
                row["sha256"],
                row.get("suite", ""),
                row.get("from", ""),
                row.get("member", ""),
                row.get("license", ""),
            )
        )
    facts = document.get("facts", {})
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise wrong("`facts` is not an object of strings")
    return Lock(tuple(inputs), facts)


def render(lock: Lock) -> str:
    """The lock file's text: sorted keys, two spaces, one newline at the end."""
    rows = {}
    for each in lock.inputs:
        row = {
            "kind": each.kind,
            "group": each.group,
            "version": each.version,
            "file": each.file,
            "size": each.size,
            "sha256": each.sha256,
            "suite": each.suite,
            "from": each.source,
            "member": each.member,
            "license": each.license,
        }
        rows[each.name] = {key: value for key, value in row.items() if value != ""}
    document = {"formatVersion": FORMAT_VERSION, "facts": lock.facts, "inputs": rows}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _problem(row: object) -> str:
    """The first rule that a row of the lock breaks, or an empty string."""
    if not isinstance(row, dict):
        return "it is not an object"
    kind = row.get("kind")
    if kind not in KINDS:
        return f"kind is {kind!r}, expected one of {', '.join(KINDS)}"
    for extra in sorted(set(row) - FIELDS[kind] - OPTIONAL):
        return f"unknown field `{extra}`"
    for lacking in sorted(FIELDS[kind] - set(row)):
        return f"field `{lacking}` is missing"
    if row["group"] not in GROUPS:
        return f"group is {row['group']!r}, expected one of {', '.join(GROUPS)}"
    for key in sorted((FIELDS[kind] | set(row)) - {"size"}):
        if not isinstance(row[key], str) or not row[key]:
            return f"{key} is {row[key]!r}, expected a string"
    if not isinstance(row["size"], int) or isinstance(row["size"], bool) or row["size"] <= 0:
        return f"size is {row['size']!r}, expected a number of bytes"
    if not re.fullmatch(r"[0-9a-f]{64}", row["sha256"]):
        return f"sha256 is {row['sha256']!r}, expected 64 hexadecimal digits"
    if store_name(row["file"]) != row["file"] or len(row["file"]) > NAME_LENGTH_MAX:
        return f"file is {row['file']!r}, which cannot be a store name"
    return ""
