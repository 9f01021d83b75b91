"""Pinning again, and fetching Debian packages, with an apt that has what the test says."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .. import debindex, facts, fetch, relock
from ..cargo import Cargo
from ..errors import BootstrapError, Exit
from ..lock import Input, Lock
from ..process import ProgramFailed, explain
from ..repository import Repository
from ..wanted import Find, Table, Wanted, parse
from . import support
from .support import REPOSITORY, FolderTest, pinned
from .test_elf import mapped


class FakeApt:
    """A suite made of package name → (version, bytes, dependencies); `stale` packages fail once to download."""

    suite = "trixie"
    mirror = "http://m.invalid/debian"

    def __init__(self, packages: Mapping[str, tuple[str, bytes, tuple[str, ...]]], stale: bool = False) -> None:
        self.packages = packages
        self.stale = stale
        self.calls: list[str] = []

    def update(self) -> None:
        self.calls.append("update")
        self.stale = False

    def index(self) -> debindex.Index:
        return debindex.Index(
            debindex.Package(
                name,
                version,
                f"pool/{name}_{version.split(':')[-1]}_amd64.deb",
                len(content),
                pinned(name, content).sha256,
                tuple((each,) for each in depends),
                (),
            )
            for name, (version, content, depends) in self.packages.items()
        )

    def download(self, packages: list[tuple[str, str]], folder: Path) -> None:
        self.calls.append(f"download {len(packages)}")
        for name, version in packages[: 1 if self.stale else None]:
            (folder / f"{name}_{version}_amd64.deb").write_bytes(self.packages[name][1])
        if self.stale:
            raise explain(
                ProgramFailed(["apt-get"], 100, "E: 404  Not Found"), "fetch Debian packages", self.mirror, ""
            )


def row(name: str, *elf: str, find: Find | None = None) -> Wanted:
    return Wanted(name, "deb", "toolchain", "trixie", elf=elf, find=find)


class Relock(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        library = mapped("libm.so").read_bytes()

        def deb(files: dict[str, bytes]) -> bytes:
            return support.deb(files, "gz")  # xz is slow for a whole library

        self.packages = {
            "rustc-web": ("1.99.0+dfsg1-1~deb13u1", deb({"usr/bin/rustc": library}), ("libllvm23",)),
            "libllvm23": ("1:23.1.2-1", deb({"usr/lib/x86_64-linux-gnu/libLLVM.so.23.1": library}), ()),
            "llvm-23": ("1:23.1.2-1", deb({"usr/lib/llvm-23/bin/llvm-objcopy": library}), ()),
            "rust-web-src": (
                "1.99.0+dfsg1-1",
                deb({"usr/src/rustc-1.99.0/library/Cargo.toml": b"", "usr/src/rustc-1.99.0/library": b""}),
                (),
            ),
            "busybox-static": ("1:1.38-1", deb({"usr/bin/busybox": b"bb"}), ()),
        }
        library_of = Find("rustc-web", "libllvm([0-9]+)", "llvmLibraryInput")
        self.table = Table(
            (
                row("rustc-web", "usr/bin/rustc"),
                row("rust-web-src"),
                row("busybox-static"),
                row("$0", "usr/lib/x86_64-linux-gnu/*.so*", find=library_of),
                row("llvm-$1", "usr/lib/llvm-*/bin/llvm-objcopy", find=replace(library_of, fact="llvmToolsInput")),
                Wanted("busybox", "bootstrap-tar", "toolchain", source="busybox-static", member="usr/bin/busybox"),
            ),
            {},
            {},
        )

    def relock(self) -> Lock:
        clients = relock.Clients({"trixie": FakeApt(self.packages)}, [], Cargo(()))  # type: ignore[dict-item]
        return relock.relock(self.table, self.cache, clients)

    def test_names_sonames_and_folders_follow_the_versions(self) -> None:
        made = self.relock()
        ziglang = Input("ziglang", "wheel", "toolchain", "0.17.0", "z.whl", 1, "0" * 64)
        made, symbols = facts.with_facts(replace(made, inputs=(*made.inputs, ziglang)), self.table, self.cache)
        self.assertEqual(
            [each.name for each in made.inputs[:-1]],
            ["busybox", "busybox-static", "libllvm23", "llvm-23", "rust-web-src", "rustc-web"],
        )
        self.assertEqual(
            made.facts,
            {
                "llvm": "23.1.2",
                "llvmFolder": "llvm-23",
                "llvmLibraryInput": "libllvm23",
                "llvmSoname": "libm.so.6",
                "llvmToolsInput": "llvm-23",
                "rustSourceFolder": "rustc-1.99.0",
                "rustc": "1.99.0",
                "zig": "0.17.0",
            },
        )
        self.assertIn("libc.so.6", {soname for soname, _, _ in symbols})

    def test_doing_it_twice_gives_the_same(self) -> None:
        self.assertEqual(self.relock(), self.relock())

    def test_the_tar_has_the_version_of_its_package(self) -> None:
        tar = self.relock().named("busybox")
        self.assertEqual((tar.file, tar.version, tar.source), ("busybox-1.38-1.tar", "1:1.38-1", "busybox-static"))  # type: ignore[union-attr]

    def test_a_package_that_the_suite_does_not_have_is_named(self) -> None:
        del self.packages["rust-web-src"]
        self.assertEqual(self.error(self.relock).why, "trixie: rust-web-src")

    def test_a_changed_layout_is_an_error(self) -> None:
        self.packages["llvm-23"] = ("1:23.1.2-1", support.deb({"usr/libexec/llvm-objcopy": b""}), ())
        error = self.error(facts.with_facts, self.relock(), self.table, self.cache)
        self.assertEqual(error.what, "llvm-23_23.1.2-1_amd64.deb has none of usr/lib/llvm-*/bin/llvm-objcopy")

    def test_tells_what_changed(self) -> None:
        old, new = pinned("a", b"1", version="1"), pinned("a", b"2", version="2")
        self.assertEqual(
            relock.describe(Lock((old, pinned("b", b"b"))), Lock((new, pinned("c", b"c")))),
            ["  changed  a 1 -> 2", "  new      c 1", "  gone     b 1"],
        )

    def test_tells_a_licence_that_changed(self) -> None:
        old = pinned("a", b"1")
        self.assertEqual(
            relock.describe(Lock((old,)), Lock((replace(old, license="MIT"),))), ["  changed  a no licence -> MIT"]
        )

    def test_a_tar_has_the_licence_of_its_package(self) -> None:
        head = b"Format: https://debian.example/doc/packaging-manuals/copyright-format/1.0/\n\n"
        doc = head + b"Files: *\nCopyright: 2026\nLicense: Expat\n"
        files = {"usr/bin/busybox": b"bb", "usr/share/doc/busybox-static/copyright": doc}
        self.packages["busybox-static"] = ("1:1.38-1", support.deb(files), ())
        self.assertEqual(
            {each.name: each.license for each in self.relock().inputs if each.license},
            {"busybox": "MIT", "busybox-static": "MIT"},
        )

    def test_the_manifests_of_a_packaged_crate_are_its_own(self) -> None:
        path = self.folder / "a.crate"
        with tarfile.open(path, "w:gz") as crate:
            entry = tarfile.TarInfo("a-1/Cargo.toml")
            crate.addfile(entry, io.BytesIO())
        self.assertEqual(
            self.error(relock.crate_manifests, path, pinned("a", b"", file="a-1.crate")).what,
            "the crate a-1.crate has no Cargo.lock",
        )


class FetchDebs(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        self.packages = {name: ("2", name.encode(), ()) for name in ("a", "b")}
        self.wanted = [
            pinned(name, name.encode(), kind="deb", suite="trixie", version="2", file=f"{name}.deb")
            for name in ("a", "b")
        ]

    def fetch(self, client: FakeApt, wanted: list[Input]) -> None:
        table = parse((REPOSITORY / "nix" / "inputs.toml").read_text(), "")
        fetcher = fetch.Fetcher(Repository(self.folder), table, Lock(()), self.cache, lambda _: None)  # type: ignore[arg-type]
        fetcher.apt = lambda _suite: client  # type: ignore[method-assign,assignment,return-value]
        fetcher._debs(wanted)

    def test_fetches_without_an_update_when_the_list_has_the_versions(self) -> None:
        client = FakeApt(self.packages)
        self.fetch(client, self.wanted)
        self.assertTrue(all(map(self.cache.holds, self.wanted)))
        self.assertEqual(client.calls, ["download 2"])

    def test_a_stale_list_is_fetched_again_and_what_came_is_kept(self) -> None:
        client = FakeApt(self.packages, stale=True)
        self.fetch(client, self.wanted)
        self.assertEqual(client.calls, ["download 2", "update", "download 1"])

    def test_names_every_package_that_is_gone_and_what_to_do(self) -> None:
        error = self.error(self.fetch, FakeApt({"a": ("3", b"a", ())}), self.wanted)
        self.assertEqual(error.what, "the mirror no longer has 2 pinned Debian packages")
        self.assertEqual(error.why, "a 2: trixie now has 3\nb 2: trixie now has nothing")
        self.assertIn("--from DIR|URL", error.hint)
        self.assertIn("--relock", error.hint)
        self.assertEqual(error.code, Exit.NO)

    def test_a_list_with_another_digest_is_refused_before_fetching(self) -> None:
        client = FakeApt({**self.packages, "b": ("2", b"other", ())})
        error = self.error(self.fetch, client, self.wanted)
        self.assertEqual(error.what, "`b.deb` is not the pinned file")
        self.assertNotIn("download 2", client.calls)

    def test_a_client_that_brings_other_bytes_is_refused(self) -> None:
        client = FakeApt(self.packages)
        client.download = lambda packages, folder: (folder / "a.deb").write_bytes(b"x")  # type: ignore[method-assign,assignment]
        error = self.error(self.fetch, client, self.wanted)
        self.assertIn("no file with the pinned size and SHA-256 came", error.why)
        self.assertFalse(any(self.cache.files.iterdir()))

    def test_one_failure_names_the_others(self) -> None:
        def fail(what: str) -> None:
            raise BootstrapError(what, why="because")

        error = self.error(fetch._side_by_side, [lambda: fail("first"), lambda: fail("second")])
        self.assertEqual((error.what, error.why), ("first", "because\nalso: second"))
