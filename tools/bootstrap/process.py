"""Running other programs, and telling from their words why they failed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import BootstrapError, disk_full

NO_NETWORK = re.compile(
    r"temporary failure (resolving|in name resolution)|could not resolve|couldn't resolve|name or service not known"
    r"|network is unreachable|no route to host|could not connect|couldn't connect|failed to connect"
    r"|connection (refused|timed out|reset)|connection failed|newconnectionerror|unable to connect|spurious network error",
    re.IGNORECASE,
)
DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|don't have enough free space", re.IGNORECASE)
# Lines of a failed program's output that are shown.
SHOWN_LINES = 6
_children: set[subprocess.Popen[str]] = set()
_stopping = threading.Event()


class ProgramFailed(Exception):
    """A program ended with an exit code other than 0; `output` is what it wrote, both streams."""

    def __init__(self, command: Sequence[str], code: int, output: str) -> None:
        super().__init__(f"{command[0]} ended with {code}")
        self.command = command
        self.code = code
        self.output = output


def run(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run `command` in the C locale and return its standard output.

    Raises ProgramFailed, or BootstrapError when there is no such program.
    """
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", **(env or {})}
    if stopping():
        raise BootstrapError("interrupted")
    try:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise BootstrapError(
            f"there is no program `{command[0]}`",
            why=str(error.strerror).lower(),
            where=error.filename,
            hint=f"install `{command[0]}`, or take the inputs from elsewhere with --from",
        ) from error
    _children.add(child)
    try:
        out, err = child.communicate()
    finally:
        _children.discard(child)
    if child.returncode != 0:
        raise ProgramFailed(command, child.returncode, err + out)
    return out


def stop_all() -> None:
    """End every program that `run` started and is still waiting for; none is started after this."""
    _stopping.set()
    for child in list(_children):
        child.terminate()


def stopping() -> bool:
    """Whether `stop_all` was called: what else is at work should end, too."""
    return _stopping.is_set()


def have(program: str) -> bool:
    """Whether `program` is on PATH."""
    return shutil.which(program) is not None


def explain(failed: ProgramFailed, doing: str, where: object, hint: str) -> BootstrapError:
    """Turn a failed program into the error people see; `doing` completes "cannot …"."""
    if DISK_FULL.search(failed.output):
        return disk_full(doing, where, _last_lines(failed.output, DISK_FULL))
    if NO_NETWORK.search(failed.output):
        return BootstrapError(
            f"cannot {doing}: no network",
            why=_last_lines(failed.output, NO_NETWORK),
            where=where,
            hint="connect this machine, or take the inputs from a folder or mirror: ./bootstrap --from DIR|URL",
        )
    why = _last_lines(failed.output) or f"it wrote nothing and ended with {failed.code}"
    return BootstrapError(
        f"cannot {doing}", why=f"`{shlex.join(failed.command[:1])}` says:\n{why}", where=where, hint=hint
    )


def _last_lines(output: str, pattern: re.Pattern[str] | None = None) -> str:
    lines = [
        line.strip() for line in output.splitlines() if line.strip() and not line.startswith(("W: ", "Get:", "Hit:"))
    ]
    if pattern is not None:
        lines = [line for line in lines if pattern.search(line)][:1]
    return "\n".join(lines[-SHOWN_LINES:])
