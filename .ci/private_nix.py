"""A Nix of another Debian suite, unpacked beside the system's and run with its own libraries.

The machine's packages and its store stay as they are. Each Nix has a folder of its own that it sees as /nix,
and settings and a home of its own. (`--store DIR` would not do: Nix 2.8 cannot evaluate a flake there that
reads its own files by path.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from bootstrap import apt, debfile, debindex
from bootstrap.cache import Cache
from bootstrap.errors import BootstrapError
from bootstrap.process import ProgramFailed, have, run

LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib")
LOADER = "ld-linux-x86-64.so.2"
# `sandbox-paths`: newer ones of Debian want a shell from another package there; no build here needs one.
SETTINGS = """experimental-features = nix-command flakes
build-users-group =
sandbox-paths =
sandbox = true
sandbox-fallback = false
substituters =
"""
# Shows a folder as /nix to one program: a mount that nothing else sees.
AS_NIX = 'mount --bind "$1" /nix && shift && exec "$@"'
# The checkout may belong to somebody else; libgit2 reads no environment, so each home says it.
GIT_SETTINGS = "[safe]\n\tdirectory = *\n"


@dataclass(frozen=True)
class Wanted:
    """Packages of a suite, the version of the first being that of all, and the programs in them that are run."""

    name: str
    packages: tuple[str, ...]
    programs: tuple[str, ...]


NIX = Wanted("nix", ("nix-bin",), ("usr/bin/nix",))


@dataclass(frozen=True)
class Nix:
    """One program `nix`, its version, and the folder that it may write to."""

    version: str
    program: str
    folder: Path

    @property
    def store(self) -> Path:
        """Where its /nix/store is, seen from outside."""
        return self.folder / "nix" / "store"

    def command(self, *arguments: str) -> list[str]:
        """How to run `nix ARGUMENTS` with `folder`/nix in place of /nix; in `environment` and nowhere else."""
        self._prepare()
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        mounted = ["unshare", "--mount", *as_root, "sh", "-c", AS_NIX, "sh", str(self.folder / "nix")]
        return [*mounted, self.program, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """All the variables that it is given."""
        return {
            "HOME": str(self.folder / "home"),
            "NIX_CONF_DIR": str(self.folder / "conf"),
            "NIX_REMOTE": "local",
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
        }

    def run(self, *arguments: str, quiet: bool = True) -> str:
        """Standard output of `nix ARGUMENTS`. Raises ProgramFailed; `quiet` keeps its messages for that."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ProgramFailed([f"nix {self.version}", *arguments], done.returncode, done.stderr or "see above")
        return done.stdout

    def _prepare(self) -> None:
        for part in ("home", "conf", "nix"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "conf" / "nix.conf").write_text(SETTINGS)
        (self.folder / "home" / ".gitconfig").write_text(GIT_SETTINGS)


def of_system(folder: Path) -> Nix | None:
    """The Nix on PATH; None when there is none, or when it lives in /nix, which is hidden here."""
    program = shutil.which("nix")
    if program is None or Path(program).resolve().is_relative_to("/nix"):
        return None
    return Nix(version_of(program), program, folder / "system")


def of_suite(suite: str, cache: Cache, folder: Path) -> Nix:
    """The Nix of a Debian suite, fetched by apt-get (about 40 MB) unless this version is unpacked already.

    Raises BootstrapError when the suite cannot be reached or `patchelf` is missing.
    """
    program = str(programs_of_suite(suite, cache, NIX) / "usr/bin/nix")
    return Nix(version_of(program), program, folder / suite)


def programs_of_suite(suite: str, cache: Cache, wanted: Wanted) -> Path:
    """A folder with packages of a Debian suite, whose programs run here; fetched unless this version is there already.

    Raises BootstrapError when the suite cannot be reached or `patchelf` is missing.
    """
    client = apt.Apt(cache.folder / f"apt-{suite}", suite, apt.configured_mirror())
    client.prepare()
    if client.index().get(wanted.packages[0]) is None:
        client.update()
    place = _place(client, cache, wanted)
    if not (place / "complete").is_file():
        try:
            _unpack(client, place, wanted)
        except BootstrapError:
            # The list may be older than the mirror.
            client.update()
            place = _place(client, cache, wanted)
            _unpack(client, place, wanted)
        for program in wanted.programs:
            _adapt(place, program)
        (place / "complete").touch()
    return place


@contextmanager
def serving(inputs: Path) -> Iterator[str]:
    """The address, for `--option hashed-mirrors`, of a folder that `./bootstrap --export` wrote; loopback alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(inputs))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        return


def version_of(program: str) -> str:
    """`nix (Nix) 2.8.0` → `2.8.0`."""
    return run([program, "--version"]).split()[-1]


def _place(client: apt.Apt, cache: Cache, wanted: Wanted) -> Path:
    name = wanted.packages[0]
    package = client.index().get(name)
    if package is None:
        raise BootstrapError(f"{client.suite} has no package {name}", where=client.mirror)
    return cache.folder / wanted.name / re.sub(r"[^A-Za-z0-9.+~-]", "-", package.version)


def _unpack(client: apt.Apt, place: Path, wanted: Wanted) -> None:
    index = client.index()
    packages = [index.packages[name] for name in index.reachable(list(wanted.packages))]
    print(f"fetching {wanted.name} of {client.suite}: {_told(packages)}", file=sys.stderr)
    shutil.rmtree(place, ignore_errors=True)
    debs = place / "debs"
    debs.mkdir(parents=True)
    client.download([(each.name, each.version) for each in packages], debs)
    for deb in sorted(debs.glob("*.deb")):
        debfile.extract(deb, place)
    shutil.rmtree(debs)


def _told(packages: Iterable[debindex.Package]) -> str:
    sizes = [each.size for each in packages]
    return f"{len(sizes)} packages, {sum(sizes) / 1e6:.0f} MB"


def _adapt(place: Path, program: str) -> None:
    """Give a program the suite's own loader and libraries; some call themselves again, so a wrapper would not do."""
    if not have("patchelf"):
        raise BootstrapError(
            "programs of another suite cannot be run here",
            why="there is no program `patchelf`, which gives them their own libraries",
            hint="apt-get install patchelf",
        )
    loader = next((path for name in LIBRARIES if (path := place / name / LOADER).exists()), None)
    if loader is None:
        raise BootstrapError("the suite's C library has no loader", why=f"no {LOADER} below it", where=place)
    path = ":".join(str(place / name) for name in LIBRARIES)
    run(["patchelf", "--set-interpreter", str(loader), "--force-rpath", "--set-rpath", path, str(place / program)])
