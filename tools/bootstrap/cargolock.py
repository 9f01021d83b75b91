"""Cargo.lock: the crates that a program needs, each pinned by the SHA-256 of its .crate file."""

from __future__ import annotations

import re
import tomllib

from .errors import BootstrapError
from .lock import Input
from .storepath import NAME_LENGTH_MAX, store_name


def crates(text: str, group: str, where: object) -> list[Input]:
    """The registry crates of a Cargo.lock, sorted; those of the workspace itself have no source.

    Raises BootstrapError for a source that has no checksum of a single file (git), and for a checksum or a
    file name that is none: both become paths, and the lock file may be a stranger's.
    """
    try:
        packages = tomllib.loads(text).get("package", [])
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(f"it is not TOML: {error}", where) from error
    if not isinstance(packages, list) or not all(isinstance(each, dict) for each in packages):
        raise _unreadable("`package` is not a list of tables", where)
    found = []
    for package in packages:
        name, version, source = package.get("name"), package.get("version"), package.get("source", "")
        if source == "" and isinstance(name, str):
            continue
        why = _problem(package)
        if why:
            hint = "let cargo write the lock file again: cargo generate-lockfile"
            raise BootstrapError(f"the crate {name} {version} cannot be pinned", why=why, where=where, hint=hint)
        checksum = package.get("checksum", "")
        if not checksum:
            raise BootstrapError(
                f"the crate {name} {version} cannot be pinned",
                why=f"its source is `{source.split('+')[0]}`, which has no checksum of a single file",
                where=where,
                hint="depend on a published version of it",
            )
        found.append(Input(name, "crate", group, version, f"{name}-{version}.crate", None, checksum))
    return sorted(set(found), key=lambda each: (each.name, each.version))


def _unreadable(why: str, where: object) -> BootstrapError:
    return BootstrapError(
        "a Cargo.lock cannot be read", why=why, where=where, hint="let cargo write it again: cargo generate-lockfile"
    )


def _problem(package: dict[str, object]) -> str:
    """The first rule that a crate with a source breaks, or an empty string."""
    row = {"checksum": "", **package}
    for key in ("name", "version", "source", "checksum"):
        if not isinstance(row.get(key), str):
            return f"{key} is {row.get(key)!r}, expected a string"
    checksum, file = str(row["checksum"]), f"{row['name']}-{row['version']}.crate"
    if checksum and not re.fullmatch(r"[0-9a-f]{64}", checksum):
        return f"checksum is {checksum!r}, expected 64 hexadecimal digits"
    if store_name(file) != file or len(file) > NAME_LENGTH_MAX:
        return f"its file would be {file!r}, which cannot be a store name"
    return ""
