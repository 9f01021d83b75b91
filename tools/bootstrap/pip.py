"""Python wheels, by the machine's own `pip` and whatever index it is configured for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import BootstrapError
from .process import ProgramFailed, explain, have, run


def platform_of(file_name: str) -> str:
    """The platform that `pip download` is asked for, out of a wheel's file name.

    >>> platform_of("ziglang-0.17.0-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.whl")
    'manylinux_2_12_x86_64'
    """
    return file_name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")[0]


def command(install: bool) -> list[str]:
    """How to call pip here; installs it when it is missing and `install` allows that.

    Raises BootstrapError that says what to run.
    """
    for candidate in (
        [sys.executable, "-m", "pip"],
        ["pip3"],
        ["python3", "-m", "pip"],
        ["/usr/bin/python3", "-m", "pip"],
    ):
        try:
            run([*candidate, "--version"])
        except (ProgramFailed, BootstrapError):
            continue
        return candidate
    if install and os.geteuid() == 0 and have("apt-get"):
        print("bootstrap: installing python3-pip by apt-get, because there is no pip", file=sys.stderr)
        try:
            run(["apt-get", "-q", "install", "-y", "--no-install-recommends", "python3-pip"])
        except ProgramFailed as failed:
            raise explain(
                failed, "install python3-pip", "apt-get", "run `apt-get update`, then ./bootstrap again"
            ) from failed
        return ["/usr/bin/python3", "-m", "pip"]
    raise BootstrapError(
        "there is no `pip` on this machine",
        why="the C compiler comes as a Python wheel",
        hint="as root: apt-get install python3-pip; or take the inputs from elsewhere with --from",
    )


def download(pip: list[str], name: str, version: str, platform: str, folder: Path) -> None:
    """Fetch one wheel into `folder`, without what it depends on; an empty `version` means the newest."""
    requirement = f"{name}=={version}" if version else name
    try:
        run(
            [
                *pip,
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--platform",
                platform,
                "--disable-pip-version-check",
                "--dest",
                str(folder),
                requirement,
            ]
        )
    except ProgramFailed as failed:
        hint = "`pip config list` shows which index is asked; a wheel that was withdrawn: ./bootstrap --from DIR|URL"
        raise explain(failed, f"fetch the wheel {requirement}", "pip", hint) from failed
