"""Installing Nix where there is none, and setting what the builds need. Tells every change before it is made."""

from __future__ import annotations

import grp
import os
import shlex
from collections.abc import Callable
from pathlib import Path

from . import daemon, nixconf, store
from .errors import BootstrapError
from .process import ProgramFailed, explain, have, run
from .repository import write_atomically

Tell = Callable[[str], None]
# Where else settings can come from, in the order in which they win.
OVERRIDES = "$NIX_CONFIG, $NIX_USER_CONF_FILES, ~/.config/nix/nix.conf, or a file that nix.conf includes"
MANAGED = "the file is a link that something else manages"
ELSEWHERE = (
    "install Nix 2.8 or newer by the system's package manager (dnf install nix, pacman -S nix,\n"
    "apk add nix, zypper install nix) or by the Nix project's installer, then run ./bootstrap again"
)


def ensure(tell: Tell) -> bool:
    """Install and configure Nix as needed; returns whether anything was changed.

    Raises BootstrapError that says what to run when this user or this system cannot.
    """
    fresh = not store.installed()
    if fresh:
        _install(tell)
    changed = _configure(fresh, tell)
    return fresh or changed


def _install(tell: Tell) -> None:
    if not have("apt-get"):
        raise BootstrapError(
            "there is no Nix on this machine", why="it is installed by itself only on Debian and Ubuntu", hint=ELSEWHERE
        )
    if os.geteuid() != 0:
        raise BootstrapError(
            "there is no Nix on this machine",
            why="only root can install the package nix-bin",
            hint="run `sudo ./bootstrap`, or `sudo apt-get install nix-bin`",
        )
    tell("there is no Nix: installing the package nix-bin by apt-get")
    install = ["apt-get", "-q", "install", "-y", "--no-install-recommends", "nix-bin"]
    try:
        try:
            run(install)
        except ProgramFailed:
            # A machine that has never updated its lists knows no packages.
            run(["apt-get", "-q", "update"])
            run(install)
    except ProgramFailed as failed:
        raise explain(failed, "install Nix", "apt-get install nix-bin", ELSEWHERE) from failed
    if not store.installed():
        raise BootstrapError(
            "Nix is still missing after its package was installed",
            why="there is no `nix-store` on PATH",
            where=os.environ.get("PATH", ""),
            hint=ELSEWHERE,
        )


def _configure(fresh: bool, tell: Tell) -> bool:
    group = _members("nixbld")
    single_user = os.geteuid() == 0 and not store.daemon_socket().exists()
    situation = nixconf.Situation(fresh, single_user, bool(group))
    changes = nixconf.lacking(effective(), situation)
    if not changes:
        return False
    path = _writable_conf_file(changes)
    before = _text(path)
    restart = path == _conf_file() and not _a_user_may_set(changes) and daemon.runs()
    if restart:
        daemon.check_restartable()
    if path == _conf_file():
        changes = nixconf.with_sandbox(before, changes)
    tell(f"changing {path}:")
    for change in changes:
        tell(f"  {change}")
    there = path.exists()
    if write_atomically(path, nixconf.merge(before, changes).encode()) and restart:
        tell(f"restarting the Nix daemon so that it sees this: {shlex.join(daemon.RESTART)}")
        try:
            daemon.restart()
        except BaseException:
            # Otherwise the next run would find nothing lacking, while the daemon has its old settings.
            if there:
                write_atomically(path, before.encode())
            else:
                path.unlink()
            raise
    still = nixconf.lacking(effective(), situation)
    if still:
        raise BootstrapError(
            "a setting of Nix does not take effect",
            why="\n".join(map(str, still)),
            where=path,
            hint=f"something else overrides it; look into {OVERRIDES}",
        )
    return True


def _writable_conf_file(changes: list[nixconf.Change]) -> Path:
    """The file to change: the system's, or this user's own for what a user may set.

    Raises BootstrapError with the lines to add, when neither will do.
    """
    path = _conf_file()
    managed = path.is_symlink()
    place = path if path.exists() else next(each for each in path.parents if each.exists())
    if not managed and os.access(place, os.W_OK) and (os.access(path.parent, os.W_OK) or not path.parent.exists()):
        return path
    why = MANAGED if managed else "only root may write the file"
    hint = (
        "add this to the system's configuration:"
        if managed
        else "run `sudo ./bootstrap` once, or let the administrator add:"
    )
    if _a_user_may_set(changes):
        path = _user_conf_file()
        if not path.is_symlink():
            return path
        why, hint = MANAGED, "add this to what manages it:"
    lines = "\n".join(f"{change.name} = {change.after}".rstrip() for change in changes)
    raise BootstrapError("Nix's settings cannot be changed", why=why, where=path, hint=f"{hint}\n{lines}")


def _a_user_may_set(changes: list[nixconf.Change]) -> bool:
    """Whether only the caller of Nix reads these settings, and not the daemon."""
    return all(change.name == "experimental-features" for change in changes)


def _text(path: Path) -> str:
    """What the file says; nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BootstrapError(
            "Nix's settings cannot be changed",
            why=f"the file is not UTF-8: line {line} has the byte 0x{error.object[error.start]:02x}",
            where=path,
            hint="save the file as UTF-8, then run ./bootstrap again",
        ) from error


def effective() -> dict[str, str]:
    """The settings in force, as Nix itself tells them (the command's name changed in 2.19)."""
    for command in (["show-config"], ["config", "show"]):
        try:
            return nixconf.parse(run(["nix", *command]))
        except ProgramFailed as failed:
            disabled = "experimental" in failed.output and "'nix-command'" in failed.output
        try:
            settings = nixconf.parse(run(["nix", "--extra-experimental-features", "nix-command", *command]))
        except ProgramFailed as failed:
            problem = failed
            continue
        if disabled:
            # The option that was needed to ask is not a setting of this machine.
            features = settings.get("experimental-features", "").split()
            settings["experimental-features"] = " ".join(each for each in features if each != "nix-command")
        return settings
    raise explain(problem, "read Nix's settings", _conf_file(), "repair the file that Nix names")


def _conf_file() -> Path:
    return Path(os.environ.get("NIX_CONF_DIR", "/etc/nix")) / "nix.conf"


def _user_conf_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "nix" / "nix.conf"


def _members(group: str) -> list[str]:
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []
