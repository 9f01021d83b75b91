"""What people read when a client fails, by the words of the real clients."""

import contextlib
import io
import unittest
from unittest import mock

from .. import cli
from ..errors import BootstrapError, Exit, disk_full, from_os_error
from ..process import ProgramFailed, explain, run
from .support import REPOSITORY

APT_404 = "Get:1 http://m.invalid a\nE: Failed to fetch http://m.invalid/a.deb  404  Not Found [IP: 203.0.113.1 80]\nE: Some files failed"
APT_OFFLINE = (
    "Err:1 http://m.invalid trixie InRelease\n  Temporary failure resolving 'm.invalid'\nE: Some index files failed"
)
CARGO_OFFLINE = (
    "error: failed to get `a`\n\nCaused by:\n  [6] Could not resolve hostname (Could not resolve host: m.invalid)"
)
PIP_OFFLINE = "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/ziglang/\nERROR: No matching distribution"
FULL = "E: Write error - write (28: No space left on device)"


def error(output: str) -> BootstrapError:
    return explain(ProgramFailed(["apt-get", "x"], 100, output), "fetch it", "m.invalid", "look there")


class Main(unittest.TestCase):
    def test_a_failed_program_that_nobody_explained_is_no_traceback(self) -> None:
        failed = ProgramFailed(["apt-cache", "dumpavail"], 100, "E: odd\n")
        shown = io.StringIO()
        with (
            mock.patch.object(cli, "_run", side_effect=failed),
            mock.patch("signal.signal"),
            contextlib.redirect_stderr(shown),
        ):
            code = cli.main(REPOSITORY, [])
        self.assertEqual(code, Exit.COULD_NOT_TELL)
        self.assertEqual(
            shown.getvalue(),
            "error: cannot go on\n  why: `apt-cache` says:\n       E: odd\n  where: apt-cache dumpavail\n"
            "hint: run that command to see what it lacks, then ./bootstrap again\n",
        )


class Explain(unittest.TestCase):
    def test_no_network_is_told_from_other_failures(self) -> None:
        for output in (APT_OFFLINE, CARGO_OFFLINE, PIP_OFFLINE):
            with self.subTest(output):
                self.assertEqual(error(output).what, "cannot fetch it: no network")
        self.assertEqual(error(APT_404).what, "cannot fetch it")

    def test_a_full_disk_is_told_from_other_failures(self) -> None:
        self.assertEqual(error(FULL).what, "cannot fetch it: the disk is full")
        self.assertEqual(
            from_os_error(OSError(28, "No space left on device", "/c"), "go on").what, "cannot go on: the disk is full"
        )
        self.assertEqual(
            from_os_error(OSError(122, "Disk quota exceeded", "/c"), "go on").what, "cannot go on: the disk is full"
        )

    def test_the_full_disk_of_a_copy_is_that_of_its_target(self) -> None:
        made = from_os_error(OSError(28, "No space left on device", "/nix/store/a", None, "/mnt/in/a"), "go on")
        self.assertEqual(made.where, "/mnt/in/a")
        self.assertNotIn("nix-collect-garbage", made.hint)

    def test_nix_s_garbage_is_spoken_of_for_its_own_disk_only(self) -> None:
        hint = disk_full("add files", "/nix/store").hint
        self.assertIn("`nix-collect-garbage` does so, but removes the inputs that are in the store, too", hint)
        self.assertNotIn("nix-collect-garbage", disk_full("add files", "/nixos/cache").hint)
        self.assertNotIn("nix-collect-garbage", disk_full("fetch", "").hint)

    def test_the_message_has_what_why_where_and_what_next(self) -> None:
        self.assertEqual(
            error(APT_404).render(),
            """\
error: cannot fetch it
  why: `apt-get` says:
       E: Failed to fetch http://m.invalid/a.deb  404  Not Found [IP: 203.0.113.1 80]
       E: Some files failed
  where: m.invalid
hint: look there""",
        )

    def test_a_silent_failure_has_a_reason_too(self) -> None:
        self.assertEqual(error("").why, "`apt-get` says:\nit wrote nothing and ended with 100")

    def test_a_missing_program_is_named(self) -> None:
        with self.assertRaises(BootstrapError) as caught:
            run(["no-such-program-here"])
        self.assertEqual(
            (caught.exception.what, caught.exception.code),
            ("there is no program `no-such-program-here`", Exit.COULD_NOT_TELL),
        )

    def test_rights_are_told_with_the_path(self) -> None:
        made = from_os_error(PermissionError(13, "Permission denied", "/c/lock"), "go on")
        self.assertEqual((made.what, made.why, made.where), ("cannot go on", "permission denied", "/c/lock"))
