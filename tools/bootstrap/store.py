"""The Nix store, by `nix-store`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .cache import Cache
from .errors import BootstrapError, Exit
from .lock import Input
from .process import ProgramFailed, explain, have, run

STATE = Path("/nix/var/nix")
DEFAULT_PROFILE = STATE / "profiles" / "default" / "bin"
# Files a call of `nix-store --add-fixed`; between two calls the progress is told.
ADD_AT_ONCE = 40
UNREACHABLE_HINT = "run it as root, or start the Nix daemon: systemctl start nix-daemon"


def installed() -> bool:
    """Whether Nix can be called; a multi-user installation that is not on PATH is put there first."""
    if not have("nix-store") and (DEFAULT_PROFILE / "nix-store").exists():
        os.environ["PATH"] = f"{DEFAULT_PROFILE}:{os.environ.get('PATH', '')}"
    return have("nix-store") and have("nix")


def daemon_socket() -> Path:
    """Where the daemon of a multi-user installation listens."""
    return Path(os.environ.get("NIX_DAEMON_SOCKET_PATH", str(STATE / "daemon-socket" / "socket")))


def absent(inputs: list[Input]) -> list[Input]:
    """Those of `inputs` that are not in the store; one call for all of them.

    Raises BootstrapError when the store cannot be asked.
    """
    if not inputs:
        return []
    try:
        out = run(["nix-store", "--check-validity", "--print-invalid", *sorted({each.store_path for each in inputs})])
    except ProgramFailed as failed:
        raise explain(failed, "ask the Nix store", STATE, UNREACHABLE_HINT) from failed
    invalid = set(out.split())
    return [each for each in inputs if each.store_path in invalid]


def add(inputs: list[Input], cache: Cache, told: Callable[[int], None]) -> None:
    """Add cached files to the store under their store names; `told` gets the number added so far.

    The bytes are checked against the lock just before, so that a damaged file never becomes a store path.
    """
    for start in range(0, len(inputs), ADD_AT_ONCE):
        batch = inputs[start : start + ADD_AT_ONCE]
        with cache.temporary("add") as folder:
            files = [_named(each, cache, folder / str(place)) for place, each in enumerate(batch)]
            try:
                out = run(["nix-store", "--add-fixed", "sha256", *map(str, files)])
            except ProgramFailed as failed:
                raise explain(failed, "add files to the Nix store", "/nix/store", UNREACHABLE_HINT) from failed
        for each, path in zip(batch, out.split(), strict=True):
            if path != each.store_path:
                raise BootstrapError(
                    f"Nix stored `{each.file}` where it was not expected",
                    why=f"it says {path}, expected {each.store_path}",
                    where=each.file,
                    hint="is the store directory of this Nix another than /nix/store?",
                    code=Exit.NO,
                )
        told(start + len(batch))


def _named(each: Input, cache: Cache, folder: Path) -> Path:
    """The cached file under its store name; a folder of its own because names may be equal."""
    if not cache.holds(each):
        raise BootstrapError(
            f"`{each.file}` was damaged in the cache",
            why="its bytes are not the pinned ones any more; it was removed",
            where=cache.path(each.sha256),
            hint="run ./bootstrap again",
            code=Exit.NO,
        )
    folder.mkdir()
    path = folder / each.file
    os.link(cache.path(each.sha256), path)
    return path
