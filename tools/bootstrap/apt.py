"""Debian packages, by `apt-get` with a state of its own, from the mirror this machine is configured for."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import address, debindex
from .errors import BootstrapError
from .process import ProgramFailed, explain, have, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ARCHITECTURE = "amd64"
TARGET_FORMAT = "$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)"
DEBIAN_CODENAME = re.compile(r"[a-z]+|oldstable|stable|testing|unstable")
NO_MIRROR_HINT = (
    "name one: ./bootstrap --debian-mirror URL (a mirror of Debian's main archive),\n"
    "or take the inputs from a folder or mirror: ./bootstrap --from DIR|URL"
)
DAMAGED_HINT = "the list was removed: run ./bootstrap again, which fetches it anew"


@dataclass(frozen=True)
class Target:
    """One package index that the machine's apt is configured for."""

    uri: str
    origin: str
    label: str
    release: str
    component: str


def choose_mirror(targets: list[Target]) -> str | None:
    """The address of Debian's main archive among the configured ones.

    What the archive calls itself counts most; before the first `apt-get update` that is unknown, and
    then it is the address that ends in `/debian`.
    """
    mains = [each for each in targets if each.component == "main" and "-" not in each.release]
    for each in mains:
        if each.origin == "Debian" and each.label == "Debian":
            return each.uri
    for each in mains:
        if not each.origin and each.uri.rstrip("/").endswith("/debian"):
            return each.uri
    return None


def configured_mirror() -> str:
    """Ask apt for the configured mirror. Raises BootstrapError when there is none."""
    if not have("apt-get"):
        raise BootstrapError(
            "cannot fetch Debian packages",
            why="there is no `apt-get` on this machine",
            hint="take the inputs from a folder or mirror: ./bootstrap --from DIR|URL",
        )
    try:
        lines = run(["apt-get", "indextargets", "--format", TARGET_FORMAT, "Created-By: Packages"]).splitlines()
    except ProgramFailed as failed:
        raise explain(failed, "read apt's configuration", "/etc/apt", "repair the files that apt names") from failed
    fields = [[_known(part) for part in line.split("|")] for line in lines]
    mirror = choose_mirror([Target(*row) for row in fields if len(row) == 5])
    if mirror is None:
        raise BootstrapError(
            "no mirror of Debian's main archive is configured on this machine",
            why="`apt-get indextargets` names none",
            where="/etc/apt/sources.list.d",
            hint=NO_MIRROR_HINT,
        )
    return mirror


def _known(field: str) -> str:
    """apt prints `$(NAME)` for what it does not know."""
    return "" if field.startswith("$(") else field


class Apt:
    """One suite, with lists and state below `folder`; the machine's own packages are not touched."""

    def __init__(self, folder: Path, suite: str, mirror: str) -> None:
        self.folder = folder
        self.suite = suite
        # What may be told of it.
        self.mirror = address.shown(mirror)
        self._mirror = mirror
        self._index: debindex.Index | None = None

    def prepare(self) -> None:
        """Write the private configuration. Raises BootstrapError when Debian's keyring is missing."""
        if not KEYRING.is_file():
            raise BootstrapError(
                "Debian's signatures cannot be checked",
                why="the archive keyring is not installed",
                where=KEYRING,
                hint="apt-get install debian-archive-keyring",
            )
        for part in ("state/lists/partial", "cache/archives/partial", "empty.d"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {self._mirror} {self.suite} main\n")
        settings = {
            "APT::Architecture": ARCHITECTURE,
            "APT::Architectures": ARCHITECTURE,
            "APT::Default-Release": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Dir::Cache": self.folder / "cache",
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": self.folder / "empty.d",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": self.folder / "empty.d",
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
        }
        if os.geteuid() == 0:
            settings["APT::Sandbox::User"] = "root"
        # The machine's hooks concern the machine's own package lists.
        hooks = [f"#clear APT::Update::{hook};" for hook in ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success")]
        lines = [f'{key} "{value}";' for key, value in settings.items()]
        (self.folder / "apt.conf").write_text("\n".join(["#clear APT::Architectures;", *hooks, *lines]) + "\n")

    def update(self) -> None:
        """Fetch the suite's signed package list again."""
        self._index = None
        try:
            self._run("apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update")
        except ProgramFailed as failed:
            hint = (
                "look at the lines above; a missing public key means that the package debian-archive-keyring is too old"
            )
            raise explain(failed, f"fetch the package list of {self.suite}", self.mirror, hint) from failed

    def index(self) -> debindex.Index:
        """The packages of the list that was fetched last; empty before the first `update`.

        Raises BootstrapError for a list that apt cannot read, and removes it: it would be read again each time.
        """
        if self._index is None:
            try:
                self._index = debindex.parse(self._run("apt-cache", "dumpavail"))
            except ProgramFailed as failed:
                lists = self.folder / "state" / "lists"
                shutil.rmtree(lists, ignore_errors=True)
                raise explain(failed, f"read the package list of {self.suite}", lists, DAMAGED_HINT) from failed
        return self._index

    def download(self, packages: list[tuple[str, str]], folder: Path) -> None:
        """Fetch (name, version) pairs into `folder`; apt checks them against its signed list."""
        try:
            self._run("apt-get", "-q", "download", *(f"{name}={version}" for name, version in packages), cwd=folder)
        except ProgramFailed as failed:
            hint = "try again later, or take the inputs from elsewhere: ./bootstrap --from DIR|URL"
            raise explain(failed, f"fetch Debian packages of {self.suite}", self.mirror, hint) from failed

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> str:
        return run([program, "-c", str(self.folder / "apt.conf"), *arguments], cwd=cwd)
