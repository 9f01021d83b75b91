"""nix.conf: which settings the builds need, and how a file gets them without losing anything else.

Nothing here reads or writes a file; `nixsetup` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FEATURES = ("nix-command", "flakes")
SETTING = re.compile(r"^(?P<head>\s*(?P<name>[a-zA-Z0-9-]+)\s*=)(?P<value>[^#]*?)(?P<tail>\s*(?:#.*)?)$")
INCLUDE = re.compile(r"^\s*!?include\s")


@dataclass(frozen=True)
class Situation:
    """What decides about settings. `fresh`: bootstrap installed this Nix, nobody else has configured it."""

    fresh: bool
    single_user: bool
    build_users: bool


@dataclass(frozen=True)
class Change:
    """One setting that must get another value; `before` is what is in force now."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        was = f" (was: {self.before})" if self.before not in ("", self.after) else ""
        return f"{self.name} = {self.after or '(empty)'}{was}"


def lacking(effective: dict[str, str], situation: Situation) -> list[Change]:
    """The changes that the settings in force need; empty when all is well."""
    changes = []
    features = effective.get("experimental-features", "").split()
    missing = [each for each in FEATURES if each not in features]
    if missing:
        changes.append(Change("experimental-features", " ".join(features), " ".join([*features, *missing])))
    for name, wanted in (("sandbox", "true"), ("sandbox-fallback", "false")):
        if effective.get(name) != wanted:
            changes.append(Change(name, effective.get(name, ""), wanted))
    group = effective.get("build-users-group", "")
    if situation.single_user and group and not situation.build_users:
        changes.append(Change("build-users-group", group, ""))
    substituters = effective.get("substituters", "")
    if situation.fresh and substituters:
        changes.append(Change("substituters", substituters, ""))
    if situation.fresh and effective.get("max-jobs") == "1":
        # A large crate keeps one core busy for minutes; another derivation uses the next one.
        changes.append(Change("max-jobs", "1", "2"))
    return changes


def with_sandbox(text: str, changes: list[Change]) -> list[Change]:
    """The changes for the system's file: one that is changed at all gets an explicit `sandbox`.

    `true` is Nix's own default on Linux, but this one must not depend on a default. A user's file does not get
    it: Nix warns users whom it does not trust of such a setting at every command.
    """
    names = {_name(line) for line in text.splitlines()} | {change.name for change in changes}
    return changes if "sandbox" in names else [Change("sandbox", "true", "true"), *changes]


def merge(text: str, changes: list[Change]) -> str:
    """The file's text with the changes made: the last line of a setting is edited, or one is added at the end.

    Comments, order and all other settings stay. `experimental-features` is only ever added to.
    """
    lines = text.splitlines()
    for change in changes:
        places = [place for place, line in enumerate(lines) if _name(line) == change.name]
        if places:
            lines[places[-1]] = _edited(lines[places[-1]], change)
        elif change.name == "experimental-features":
            included = any(INCLUDE.match(line) for line in lines)
            # `extra-` adds to what an included file says; a plain setting would replace it.
            lines.append(
                f"extra-experimental-features = {' '.join(FEATURES)}"
                if included
                else f"experimental-features = {change.after}"
            )
        else:
            lines.append(f"{change.name} = {change.after}".rstrip())
    return "\n".join(lines) + "\n" if lines else ""


def parse(text: str) -> dict[str, str]:
    """`nix show-config` prints the settings in force as `name = value` lines."""
    settings = {}
    for line in text.splitlines():
        name, separator, value = line.partition(" =")
        if separator:
            settings[name.strip()] = value.strip()
    return settings


def _name(line: str) -> str:
    match = SETTING.match(line)
    return match["name"] if match else ""


def _edited(line: str, change: Change) -> str:
    match = SETTING.match(line)
    assert match is not None, "only lines that _name() recognised are edited"
    value = change.after
    if change.name == "experimental-features":
        own = match["value"].split()
        value = " ".join([*own, *(each for each in FEATURES if each not in own)])
    return f"{match['head']} {value}".rstrip() + match["tail"]
