"""Against the real Nix and the real registries. Each needs a variable of the environment:

BOOTSTRAP_TEST_NIX=1       Nix is installed; a store of its own is made in a temporary folder
BOOTSTRAP_TEST_NETWORK=1   apt-get, pip and cargo reach their registries; takes about a minute
"""

import os
import subprocess
import unittest
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from .. import bootstraptar
from ..cache import sha256_of
from ..lock import Input
from ..repository import Repository
from .support import REPOSITORY, FolderTest, pinned, tree

NIX = unittest.skipUnless(os.environ.get("BOOTSTRAP_TEST_NIX"), "needs Nix: set BOOTSTRAP_TEST_NIX=1")
NETWORK = unittest.skipUnless(
    os.environ.get("BOOTSTRAP_TEST_NETWORK"), "needs the registries: set BOOTSTRAP_TEST_NETWORK=1"
)
FLAT = """derivation { name = "%(file)s"; system = "builtin"; builder = "builtin:fetchurl"; url = "file:///missing-input/%(file)s";
  outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "%(sha256)s"; executable = false; unpack = false;
  preferLocalBuild = true; }"""


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        return


@NIX
class RealNix(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.store = f"local?root={self.folder}/root"
        self.addCleanup(run, "chmod", "-R", "u+w", str(self.folder))

    def build(self, expression: str, *options: str) -> str:
        done = run(
            "nix-build",
            "--no-out-link",
            "--store",
            self.store,
            "--option",
            "substituters",
            "",
            *options,
            "-E",
            expression,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_add_fixed_gives_the_computed_path(self) -> None:
        for name, content in (("a+b_1.2-3.deb", b"x" * 1000), ("c-1.0.0+d.crate", b"")):
            (self.folder / name).write_bytes(content)
            each = pinned("a", content, file=name)
            done = run("nix-store", "--store", self.store, "--add-fixed", "sha256", str(self.folder / name))
            self.assertEqual(done.stdout.strip(), each.store_path, done.stderr)

    def test_stock_nix_takes_an_exported_folder_over_http(self) -> None:
        content = bootstraptar.build("busybox", b"#!/bin/sh\n")
        each = pinned("busybox", content, file="busybox-1.tar")
        handler = partial(Quiet, directory=str(tree(self.folder / "out", content)))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            flat = FLAT % {"file": each.file, "sha256": each.sha256}
            mirror = ("--option", "hashed-mirrors", f"http://127.0.0.1:{server.server_port}/")
            self.assertEqual(self.build(flat, *mirror), each.store_path)
            channel = (
                'derivation { name = "bb"; system = "builtin"; builder = "builtin:unpack-channel"; channelName = "busybox"; '
                f"src = {flat}; }}"
            )
            unpacked = Path(f"{self.folder}/root{self.build(channel, *mirror)}/busybox/bin/busybox")
            server.shutdown()
        self.assertEqual(unpacked.read_bytes(), b"#!/bin/sh\n")
        self.assertTrue(unpacked.stat().st_mode & 0o100)


@NIX
@NETWORK
class RealRegistries(FolderTest):
    def bootstrap(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(
            str(REPOSITORY / "bootstrap"),
            *arguments,
            XDG_CACHE_HOME=str(self.folder / "xdg"),
            CARGO_HOME=str(self.folder / "cargo"),
            NIX_REMOTE=f"local?root={self.folder}/root",
        )

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(run, "chmod", "-R", "u+w", str(self.folder))

    def test_fetches_everything_adds_it_and_exports_it(self) -> None:
        done = self.bootstrap("--export", str(self.folder / "out"), "--no-install")
        self.assertEqual(done.returncode, 0, done.stderr)
        repository = Repository(REPOSITORY)
        wanted: set[str] = {each.sha256 for each in self.inputs(repository)}
        found = {path.name: sha256_of(path) for path in (self.folder / "out" / "sha256").iterdir()}
        self.assertEqual(set(found), wanted)
        self.assertEqual(list(found), list(found.values()))
        self.assertEqual(self.bootstrap("--check").returncode, 0)

    @staticmethod
    def inputs(repository: Repository) -> list[Input]:
        return [
            *repository.lock().inputs,
            *repository.crates(repository.table(), frozenset({"toolchain", "packages", "checks"})),
        ]
