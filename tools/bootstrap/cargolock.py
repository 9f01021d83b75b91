"""Cargo.lock: the crates that a program needs, each pinned by the SHA-256 of its .crate file."""

from __future__ import annotations

import tomllib

from .errors import BootstrapError
from .lock import Input


def crates(text: str, group: str, where: object) -> list[Input]:
    """The registry crates of a Cargo.lock, sorted; those of the workspace itself have no source.

    Raises BootstrapError for a source that has no checksum of a single file (git).
    """
    try:
        packages = tomllib.loads(text).get("package", [])
    except tomllib.TOMLDecodeError as error:
        raise BootstrapError(
            "a Cargo.lock cannot be read",
            why=f"it is not TOML: {error}",
            where=where,
            hint="let cargo write it again: cargo generate-lockfile",
        ) from error
    found = []
    for package in packages:
        name, version, source = package["name"], package["version"], package.get("source", "")
        if not source:
            continue
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
