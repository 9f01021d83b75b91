"""The whole program as people call it, in a small repository, without network and without Nix."""

import json
import shutil
import subprocess
import sys

from .. import bootstraptar, lock
from .support import REPOSITORY, FolderTest, deb, pinned, serving, tree

DEB = deb({"usr/bin/busybox": b"program"})
TAR = bootstraptar.build("busybox", b"program")
CRATE = b"crate of a lock file"
TABLE = 'formatVersion = 1\n[cargoLocks]\npackages = ["Cargo.lock"]\n'


class Program(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.folder / "repository"
        (self.root / "nix").mkdir(parents=True)
        shutil.copy(REPOSITORY / "bootstrap", self.root / "bootstrap")
        shutil.copytree(
            REPOSITORY / "tools" / "bootstrap",
            self.root / "tools" / "bootstrap",
            ignore=shutil.ignore_patterns("tests", "__pycache__"),
        )
        (self.root / "nix" / "inputs.toml").write_text(TABLE)
        self.deb = pinned("busybox-static", DEB, kind="deb", suite="trixie", file="busybox-static_1_amd64.deb")
        self.tar = pinned(
            "busybox",
            TAR,
            kind="bootstrap-tar",
            source="busybox-static",
            member="usr/bin/busybox",
            file="busybox-1.tar",
        )
        self.crate = pinned("a", CRATE, kind="crate", size=None, file="a-1.crate")
        (self.root / "nix" / "inputs.lock.json").write_text(lock.render(lock.Lock((self.tar, self.deb))))
        (self.root / "Cargo.lock").write_text(
            f'version = 4\n[[package]]\nname = "a"\nversion = "1"\nsource = "registry+r"\nchecksum = "{self.crate.sha256}"\n'
        )
        # A PATH of its own: no Nix, no apt-get, no cargo, whatever this machine has.
        self.path = self.folder / "bin"
        self.path.mkdir()

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": str(self.path),
            "XDG_CACHE_HOME": str(self.folder / "xdg"),
            "HOME": str(self.folder),
            "CARGO_HOME": str(self.folder / "cargo"),
        }
        return subprocess.run(
            [sys.executable, str(self.root / "bootstrap"), *arguments],
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def program(self, name: str, body: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.path / name).chmod(0o755)

    def exported(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "out" / "sha256").iterdir())

    def everything(self) -> list[str]:
        return sorted(each.sha256 for each in (self.tar, self.deb, self.crate))

    def test_takes_all_from_a_folder_and_exports_it_again(self) -> None:
        source = tree(self.folder / "in", DEB, TAR, CRATE)
        done = self.call("--from", str(source), "--export", str(self.folder / "out"), "--no-install", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("bootstrap: fetching 3 files\nbootstrap: fetched 3/3 files in 0 s\n", done.stderr)
        self.assertEqual(self.exported(), self.everything())
        summary = json.loads(done.stdout)
        self.assertEqual((summary["inputs"], summary["fetched"], summary["exported"]), (3, 3, 3))

    def test_goes_on_where_it_was_stopped(self) -> None:
        source = tree(self.folder / "in", DEB, TAR)
        first = self.call("--from", str(source), "--export", str(self.folder / "out"), "--no-install")
        self.assertEqual(first.returncode, 1, first.stderr)
        self.assertIn("error: 1 of 3 inputs are not there\n  why: a-1.crate\n", first.stderr)
        shutil.rmtree(source)
        second = self.call(
            "--from", str(tree(self.folder / "in2", CRATE)), "--export", str(self.folder / "out"), "--no-install"
        )
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.exported(), self.everything())

    def test_a_lying_mirror_ends_with_1_and_leaves_nothing(self) -> None:
        with serving(b"x" * 100, announced=-1) as (url, _):
            done = self.call(
                "--from", url, "--export", str(self.folder / "out"), "--no-install", "--only-group", "packages"
            )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("error: `a-1.crate` is not the pinned file\n", done.stderr)
        left = [path.name for path in (self.folder / "xdg").rglob("*") if path.is_file()]
        self.assertEqual(left, ["lock"])

    def test_makes_the_bootstrap_tar_from_the_package(self) -> None:
        cache = self.folder / "xdg" / "relhelper-inputs" / "sha256"
        cache.mkdir(parents=True)
        (cache / self.deb.sha256).write_bytes(DEB)
        (cache / self.crate.sha256).write_bytes(CRATE)
        done = self.call("--export", str(self.folder / "out"), "--no-install")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.exported(), self.everything())

    def test_takes_crates_that_cargo_already_has(self) -> None:
        registry = self.folder / "cargo" / "registry" / "cache" / "r"
        registry.mkdir(parents=True)
        (registry / "a-1.crate").write_bytes(CRATE)
        done = self.call("--export", str(self.folder / "out"), "--no-install", "--only-group", "packages")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.exported(), [self.crate.sha256])
        self.assertTrue((registry / "a-1.crate").exists())

    def test_a_machine_without_apt_is_told_what_to_do(self) -> None:
        done = self.call("--export", str(self.folder / "out"), "--no-install", "--only-group", "toolchain")
        self.assertEqual(done.returncode, 2)
        self.assertIn(
            "error: cannot fetch Debian packages\n  why: there is no `apt-get` on this machine\n", done.stderr
        )

    def test_a_machine_without_nix_and_apt_is_told_what_to_do(self) -> None:
        done = self.call()
        self.assertEqual(done.returncode, 2)
        self.assertIn("error: there is no Nix on this machine\n", done.stderr)
        self.assertIn("dnf install nix", done.stderr)

    def test_check_lists_what_is_missing_and_changes_nothing(self) -> None:
        done = self.call("--check", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            json.loads(done.stdout)["missing"], ["busybox-1.tar", "busybox-static_1_amd64.deb", "a-1.crate"]
        )
        self.assertFalse((self.folder / "xdg").exists())

    def test_says_at_once_that_there_is_nothing_to_do(self) -> None:
        self.program("nix-store", "exit 0")
        self.program(
            "nix",
            "echo 'experimental-features = nix-command flakes'; echo 'sandbox = true'; echo 'sandbox-fallback = false'",
        )
        done = self.call()
        self.assertEqual(
            (done.returncode, done.stderr), (0, "bootstrap: nothing to do: all 3 inputs are in the store\n")
        )

    def test_a_nix_that_puts_files_elsewhere_is_refused(self) -> None:
        self.program(
            "nix-store",
            'case $1 in --check-validity) shift 2; for p; do echo "$p"; done;; *) shift 2; for p; do echo /elsewhere; done;; esac',
        )
        self.program(
            "nix",
            "echo 'experimental-features = nix-command flakes'; echo 'sandbox = true'; echo 'sandbox-fallback = false'",
        )
        done = self.call("--from", str(tree(self.folder / "in", DEB, TAR, CRATE)))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("where it was not expected", done.stderr)

    def test_settings_are_told_before_they_are_changed_and_kept_otherwise(self) -> None:
        conf = self.folder / "etc"
        conf.mkdir()
        (conf / "nix.conf").write_text("# ours\nsandbox = false\ncores = 1\n")
        self.program("nix-store", "exit 0")
        # Stands for Nix: the settings in force are its defaults and what the file says.
        self.program(
            "nix",
            f"echo 'sandbox-fallback = true'; while read -r l; do case $l in \\#*) ;; *) echo \"$l\";; esac; done < '{conf}/nix.conf'",
        )
        environment = {
            "PATH": str(self.path),
            "HOME": str(self.folder),
            "NIX_CONF_DIR": str(conf),
            "NIX_DAEMON_SOCKET_PATH": str(self.folder / "socket"),
        }
        calls = [
            subprocess.run(
                [sys.executable, str(self.root / "bootstrap")],
                env=environment,
                text=True,
                capture_output=True,
                timeout=60,
                check=False,
            )
            for _ in range(2)
        ]
        self.assertIn("sandbox = true (was: false)", calls[0].stderr)
        self.assertEqual(
            (conf / "nix.conf").read_text(),
            "# ours\nsandbox = true\ncores = 1\nexperimental-features = nix-command flakes\nsandbox-fallback = false\n",
        )
        self.assertEqual(calls[1].stderr, "bootstrap: nothing to do: all 3 inputs are in the store\n")

    def test_settings_of_a_managed_file_are_left_alone_and_told(self) -> None:
        conf = self.folder / "etc"
        conf.mkdir()
        (conf / "managed.conf").write_text("sandbox = false\n")
        (conf / "nix.conf").symlink_to("managed.conf")
        self.program("nix-store", "exit 0")
        self.program(
            "nix",
            "echo 'experimental-features = nix-command flakes'; echo 'sandbox = false'; echo 'sandbox-fallback = false'",
        )
        environment = {"PATH": str(self.path), "HOME": str(self.folder), "NIX_CONF_DIR": str(conf)}
        done = subprocess.run(
            [sys.executable, str(self.root / "bootstrap")],
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("hint: add this to the system's configuration:\n      sandbox = true\n", done.stderr)
        self.assertEqual((conf / "managed.conf").read_text(), "sandbox = false\n")

    def test_takes_the_crates_of_another_project_too(self) -> None:
        other = pinned("b", b"crate of another project", kind="crate", size=None, file="b-2.crate")
        project = self.folder / "project"
        project.mkdir()
        lines = f'name = "b"\nversion = "2"\nsource = "registry+r"\nchecksum = "{other.sha256}"\n'
        (project / "Cargo.lock").write_text(f"version = 4\n[[package]]\n{lines}")
        source = tree(self.folder / "in", DEB, TAR, CRATE, b"crate of another project")
        words = ("--from", str(source), "--export", str(self.folder / "out"), "--no-install")
        done = self.call(*words, "--project", str(project))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.exported(), sorted([*self.everything(), other.sha256]))

        done = self.call("--check", "--project", str(self.folder / "absent"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("hint: --project names the folder of a Cargo.lock", done.stderr)

    def test_a_broken_lock_is_an_error_with_a_way_out(self) -> None:
        (self.root / "nix" / "inputs.lock.json").write_text("{")
        done = self.call("--check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("hint: take it from version control again", done.stderr)

    def test_help_has_examples_and_wrong_usage_ends_with_2(self) -> None:
        self.assertIn("./bootstrap --export /mnt/inputs", self.call("--help").stdout)
        self.assertEqual(self.call("--frm", "x").returncode, 2)
        self.assertEqual(self.call("--check", "--relock").returncode, 2)

    def test_no_bytecode_is_left_in_the_checkout(self) -> None:
        self.call("--check")
        self.assertEqual(list(self.root.rglob("__pycache__")), [])
