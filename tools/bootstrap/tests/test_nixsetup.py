"""Changing Nix's settings: which file, what is told, and what must stay as it is. Nix is a script here."""

import os
import socket
from unittest import mock

from .. import nixsetup
from .support import FolderTest

# Stands for Nix: the settings in force are its defaults and what the files say, this user's last.
NIX = """#!/bin/sh
printf 'sandbox = true\\nsandbox-fallback = {fallback}\\n'
for file in '{system}' '{user}'; do
  [ ! -e "$file" ] || while read -r line; do case $line in \\#*) ;; *) echo "$line" ;; esac; done <"$file"
done
"""


class Settings(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "bin"
        self.system = self.folder / "etc" / "nix.conf"
        self.user = self.folder / "home" / "nix" / "nix.conf"
        for each in (self.path, self.system.parent, self.user.parent):
            each.mkdir(parents=True)
        self.program("nix-store", "#!/bin/sh\n")
        self.nix("true")
        self.told: list[str] = []
        environment = {
            "PATH": str(self.path),
            "NIX_CONF_DIR": str(self.system.parent),
            "NIX_DAEMON_SOCKET_PATH": str(self.folder / "socket"),
            "XDG_CONFIG_HOME": str(self.folder / "home"),
        }
        patch = mock.patch.dict(os.environ, environment, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def program(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)

    def nix(self, fallback: str) -> None:
        self.program("nix", NIX.format(fallback=fallback, system=self.system, user=self.user))

    def system_is_managed(self) -> None:
        """The system's file is a link, and only what a user may set is lacking."""
        (self.folder / "managed.conf").touch()
        self.system.symlink_to(self.folder / "managed.conf")
        self.nix("false")

    def daemon_runs(self) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(os.environ["NIX_DAEMON_SOCKET_PATH"])
        listening.listen()
        return listening

    def ensure(self) -> bool:
        self.told.clear()
        return nixsetup.ensure(self.told.append)


class Files(Settings):
    def test_every_line_that_the_systems_file_gets_is_told(self) -> None:
        self.system.write_text("cores = 1\n")
        self.assertTrue(self.ensure())
        self.assertEqual(
            self.told,
            [
                f"changing {self.system}:",
                "  sandbox = true",
                "  experimental-features = nix-command flakes",
                "  sandbox-fallback = false (was: true)",
            ],
        )
        self.assertEqual(
            self.system.read_text(),
            "cores = 1\nsandbox = true\nexperimental-features = nix-command flakes\nsandbox-fallback = false\n",
        )
        self.assertFalse(self.ensure())
        self.assertEqual(self.told, [])

    def test_what_a_user_may_set_goes_into_the_users_file_where_the_systems_is_managed(self) -> None:
        self.system_is_managed()
        self.assertTrue(self.ensure())
        self.assertEqual(self.user.read_text(), "experimental-features = nix-command flakes\n")
        self.assertEqual(self.told, [f"changing {self.user}:", "  experimental-features = nix-command flakes"])
        self.assertEqual((self.folder / "managed.conf").read_text(), "")
        self.assertFalse(self.ensure())

    def test_a_users_file_that_is_a_link_is_left_alone_and_told(self) -> None:
        self.system_is_managed()
        target = self.folder / "dotfiles.conf"
        target.write_text("cores = 1\n")
        self.user.symlink_to(target)
        error = self.error(self.ensure)
        self.assertEqual(
            error.render(),
            "error: Nix's settings cannot be changed\n"
            "  why: the file is a link that something else manages\n"
            f"  where: {self.user}\n"
            "hint: add this to what manages it:\n"
            "      experimental-features = nix-command flakes",
        )
        self.assertEqual(error.code, 2)
        self.assertTrue(self.user.is_symlink())
        self.assertEqual((target.read_text(), self.told), ("cores = 1\n", []))

    def test_a_file_that_is_not_utf_8_is_left_alone_and_its_line_told(self) -> None:
        before = b"cores = 1\n# caf\xe9\n"
        self.system.write_bytes(before)
        error = self.error(self.ensure)
        self.assertEqual(
            error.render(),
            "error: Nix's settings cannot be changed\n"
            "  why: the file is not UTF-8: line 2 has the byte 0xe9\n"
            f"  where: {self.system}\n"
            "hint: save the file as UTF-8, then run ./bootstrap again",
        )
        self.assertEqual(error.code, 2)
        self.assertEqual((self.system.read_bytes(), self.told), (before, []))


# Stands for systemd: writes down what it is asked to restart, and what the settings are at that time.
SYSTEMCTL = """#!/bin/sh
case $1 in
  is-active) {active} ;;
  *) echo "$*" >>'{folder}/asked'; while read -r line; do echo "$line"; done <'{system}' >>'{folder}/asked'; {restart} ;;
esac
"""
ACTIVE = "echo active; echo inactive"
INACTIVE = "echo inactive; echo inactive; exit 3"
AFTER = "sandbox = true\nexperimental-features = nix-command flakes\nsandbox-fallback = false\n"


class Daemon(Settings):
    def setUp(self) -> None:
        super().setUp()
        self.asked = self.folder / "asked"
        self.become(0)

    def become(self, user: int) -> None:
        patch = mock.patch("os.geteuid", return_value=user)
        patch.start()
        self.addCleanup(patch.stop)

    def systemctl(self, active: str = ACTIVE, restart: str = "exit 0") -> None:
        text = SYSTEMCTL.format(active=active, restart=restart, folder=self.folder, system=self.system)
        self.program("systemctl", text)

    def test_is_restarted_after_it_is_told_and_the_file_is_written(self) -> None:
        self.systemctl()
        self.daemon_runs()
        self.assertTrue(self.ensure())
        self.assertEqual(self.asked.read_text(), f"try-restart nix-daemon.service\n{AFTER}")
        self.assertEqual(
            self.told[-1], "restarting the Nix daemon so that it sees this: systemctl try-restart nix-daemon.service"
        )
        self.assertFalse(self.ensure())

    def test_is_left_alone_where_it_does_not_run(self) -> None:
        self.systemctl(restart="exit 1")
        listening = self.daemon_runs()
        listening.close()
        self.assertTrue(self.ensure())
        self.assertFalse(self.asked.exists())
        self.assertEqual(self.system.read_text(), AFTER)

    def test_that_cannot_be_restarted_is_told_before_anything_is_changed_each_time(self) -> None:
        inactive = "no active unit of systemd runs it: `nix-daemon.service` or `nix-daemon.socket`"
        stop = "stop the daemon, run ./bootstrap again, then start the daemon"
        cases = {
            "no systemctl": (0, "", "there is no `systemctl` to restart it", stop),
            "not started by systemd": (0, INACTIVE, inactive, stop),
            "systemctl of a chroot, that does nothing": (0, "exit 0", inactive, stop),
            "not root": (1000, ACTIVE, "only root can restart it", "run `sudo ./bootstrap` once"),
        }
        listening = self.daemon_runs()
        for case, (user, active, why, hint) in cases.items():
            with self.subTest(case):
                self.become(user)
                if active:
                    self.systemctl(active)
                for _ in range(2):
                    error = self.error(self.ensure)
                    self.assertEqual(
                        error.render(),
                        "error: Nix's settings cannot be changed while its daemon runs\n"
                        f"  why: it reads them when it starts, and {why}\n"
                        f"  where: {self.folder / 'socket'}\n"
                        f"hint: {hint}",
                    )
                    self.assertEqual(error.code, 2)
                    self.assertEqual((self.system.exists(), self.asked.exists(), self.told), (False, False, []))
        listening.close()
        self.assertTrue(self.ensure())
        self.assertFalse(self.ensure())

    def test_that_fails_to_restart_leaves_the_settings_as_they_were(self) -> None:
        self.systemctl(restart="echo 'Job failed' >&2; exit 1")
        self.daemon_runs()
        for before in (None, "cores = 1\n"):
            with self.subTest(before=before):
                if before:
                    self.system.write_text(before)
                error = self.error(self.ensure)
                self.assertEqual(
                    error.render(),
                    "error: cannot restart the Nix daemon\n"
                    "  why: `systemctl` says:\n       Job failed\n"
                    "  where: nix-daemon.service\n"
                    "hint: Nix's settings were put back; repair the daemon (systemctl status nix-daemon.service),\n"
                    "      then run ./bootstrap again",
                )
                self.assertEqual(self.system.read_text() if self.system.exists() else None, before)
        self.systemctl()
        self.assertTrue(self.ensure())

    def test_needs_no_restart_for_what_only_its_callers_read(self) -> None:
        self.nix("false")
        self.systemctl(INACTIVE)
        self.daemon_runs()
        self.assertTrue(self.ensure())
        self.assertFalse(self.asked.exists())
