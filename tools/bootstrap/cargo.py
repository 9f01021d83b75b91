"""Crates, by `cargo` as this machine is configured, or by a private one when that is missing or too old."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import debfile, debindex
from .apt import Apt
from .errors import BootstrapError
from .process import ProgramFailed, explain, have, run

# The first cargo that reads manifests of edition 2024 and lock files of version 4.
OLDEST = (1, 85)
LIBRARIES = "usr/lib/x86_64-linux-gnu"
# What cargo-web depends on for compiling, which fetching does not need.
NOT_FOR_FETCHING = frozenset({"binutils", "gcc", "libc-dev", "libstd-rust-web-dev"})


@dataclass(frozen=True)
class Cargo:
    """A cargo that can be called: the words before its arguments, and its environment."""

    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)

    def fetch(self, folder: Path) -> None:
        """Download every crate that `folder`/Cargo.lock pins. Raises BootstrapError."""
        try:
            run([*self.command, "fetch", "--locked", "--quiet"], cwd=folder, env=self.env)
        except ProgramFailed as failed:
            hint = "if Cargo.lock does not fit Cargo.toml: cargo update --workspace; a source that is gone: ./bootstrap --from DIR|URL"
            raise explain(failed, "fetch the crates", folder / "Cargo.lock", hint) from failed

    def fetch_one(self, name: str, version: str, folder: Path) -> str:
        """Download one published crate and return its version; an empty `version` means the newest.

        `cargo info` reads the manifest out of the crate, so it has to download it. `folder` is where cargo
        runs: it must not belong to a workspace.
        """
        wanted = f"{name}@{version}" if version else name
        try:
            text = run([*self.command, "info", "--color=never", "--quiet", wanted], cwd=folder, env=self.env)
        except ProgramFailed as failed:
            raise explain(
                failed, f"fetch the crate {wanted}", "cargo", "is the name and the version right?"
            ) from failed
        match = re.search(r"^version: (\S+)", text, re.MULTILINE)
        if match is None:
            raise BootstrapError(
                f"cannot tell the version of the crate {name}", why=f"`cargo info {wanted}` does not say it"
            )
        return match[1]


def downloaded(file_name: str) -> list[Path]:
    """Every .crate file of that name that cargo keeps, one for each source that it came from.

    Not every one need be whole: cargo writes it in place, and may have been killed.
    """
    home = os.environ.get("CARGO_HOME", "")
    cache = (Path(home) if home else Path.home() / ".cargo") / "registry" / "cache"
    return [path for path in sorted(cache.glob(f"*/{file_name}")) if path.is_file()]


def version_of(text: str) -> tuple[int, int] | None:
    """Major and minor number out of `cargo --version`.

    >>> version_of("cargo 1.85.0 (d73d2caf9 2024-12-31)")
    (1, 85)
    """
    match = re.match(r"cargo (\d+)\.(\d+)\.", text)
    return (int(match[1]), int(match[2])) if match else None


def of_machine() -> tuple[Cargo | None, str]:
    """The cargo on PATH when it is new enough; otherwise None and why not."""
    if not have("cargo"):
        return None, "there is no `cargo` on this machine"
    try:
        text = run(["cargo", "--version"])
    except ProgramFailed as failed:
        return None, f"`cargo --version` fails: {failed.output.strip()}"
    version = version_of(text)
    if version is None or version < OLDEST:
        return None, f"`{text.strip()}` is older than {OLDEST[0]}.{OLDEST[1]} and cannot read the lock files"
    return Cargo(("cargo",)), ""


def private(apt: Apt, folder: Path, reason: str) -> Cargo:
    """Debian's cargo, unpacked below `folder` and run by its own loader; the machine is not changed."""
    index = apt.index()
    std = index.get("libstd-rust-web-dev")
    if std is None or index.get("cargo-web") is None:
        raise BootstrapError(
            reason,
            why=f"{apt.suite} has no package cargo-web to use instead",
            where=apt.mirror,
            hint=f"install cargo {OLDEST[0]}.{OLDEST[1]} or newer, or use --from DIR|URL",
        )
    roots = ["cargo-web", *(group[0] for group in std.depends if group[0].startswith("libstd-rust-web"))]
    packages = [index.packages[name] for name in index.reachable(roots, NOT_FOR_FETCHING)]
    place = folder / f"cargo-{debindex.upstream(index.packages['cargo-web'].version)}"
    if not (place / "complete").is_file():
        print(
            f"bootstrap: {reason}; using cargo-web of {apt.suite} privately ({len(packages)} packages)", file=sys.stderr
        )
        debs = folder / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        apt.download([(each.name, each.version) for each in packages], debs)
        for deb in sorted(debs.glob("*.deb")):
            debfile.extract(deb, place)
            deb.unlink()
        _wrapper(place, "rustc")
        (place / "complete").touch()
    return Cargo(_loader(place, "cargo"), {"RUSTC": str(place / "rustc.sh")})


def _loader(place: Path, program: str) -> tuple[str, ...]:
    libraries = place / LIBRARIES
    return (str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries), str(place / "usr/bin" / program))


def _wrapper(place: Path, program: str) -> None:
    words = " ".join(f"'{word}'" for word in _loader(place, program))
    script = place / f"{program}.sh"
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(0o755)
