"""The daemon of a multi-user Nix: whether it runs, and a restart after its settings changed."""

from __future__ import annotations

import os
import socket

from . import store
from .errors import BootstrapError
from .process import ProgramFailed, explain, have, run

SERVICE = "nix-daemon.service"
SOCKET = "nix-daemon.socket"
CONNECT_SECONDS = 5
RESTART = ["systemctl", "try-restart", SERVICE]


def runs() -> bool:
    """Whether a daemon, or systemd in its place, listens; the socket alone can be left over."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(CONNECT_SECONDS)
        try:
            client.connect(str(store.daemon_socket()))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError:
            # It may listen, to others or later.
            return store.daemon_socket().exists()
    return True


def check_restartable() -> None:
    """Raises BootstrapError with what to do instead when a running daemon cannot be restarted from here."""
    hint = "stop the daemon, run ./bootstrap again, then start the daemon"
    if os.geteuid() != 0:
        why, hint = "only root can restart it", "run `sudo ./bootstrap` once"
    elif not have("systemctl"):
        why = "there is no `systemctl` to restart it"
    elif not _active():
        why = f"no active unit of systemd runs it: `{SERVICE}` or `{SOCKET}`"
    else:
        return
    raise BootstrapError(
        "Nix's settings cannot be changed while its daemon runs",
        why=f"it reads them when it starts, and {why}",
        where=store.daemon_socket(),
        hint=hint,
    )


def restart() -> None:
    """Have systemd restart the daemon; builds that run go on, in processes of their own."""
    try:
        run(RESTART)
    except ProgramFailed as failed:
        hint = (
            f"Nix's settings were put back; repair the daemon (systemctl status {SERVICE}),\nthen run ./bootstrap again"
        )
        raise explain(failed, "restart the Nix daemon", SERVICE, hint) from failed


def _active() -> bool:
    try:
        # The exit code is not enough: in a chroot systemctl does nothing and ends with 0.
        return "active" in run(["systemctl", "is-active", SERVICE, SOCKET]).split()
    except ProgramFailed:
        return False
