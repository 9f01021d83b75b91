#!/usr/bin/env python3
"""See that evaluating the source of a hostile release takes nothing of this machine.

Copies of a release are forged so that `relhelper verify` finds nothing: the flake in the source archive, which all documents describe
as it is, reaches for a folder, a file and a repository of this machine, in each of the ways that Nix has. `relhelper rebuild` must stop
before anything is built, without an answer (exit code 2), and what is in that folder must not be in the store, which everybody may read.

That the search finds something is seen first: Nix alone, asked to evaluate the first of these flakes, copies the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from rebuild import SETTINGS, environment, forge_source

# Not a constant: this file is in the source of the release, and so in the store.
SECRET = secrets.token_hex(16)
# Shows a folder as /nix to one program, where there is no network.
INSIDE = 'mount --bind "$1" /nix && shift && exec "$@"'
SYSTEM = "x86_64-linux"
REVISION = "0" * 40
# That of an empty text: whoever knows the right one knows the content.
DIGEST = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
EXIT_CODES = "exit codes: 0 nothing was taken; 1 something was; 2 could not tell"


@dataclass(frozen=True)
class Case:
    """What the source archive gets, and what the report must say of it."""

    name: str
    words: str
    files: dict[str, str] = field(default_factory=dict)
    top: str | None = None


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program, outside of /nix or copied from there")
    made.add_argument("--nix", default="nix", help="the program nix, outside of /nix")
    made.add_argument("release", type=Path)
    options = made.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hostile-source-"))
    try:
        return _judge(options, folder.resolve())
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _judge(options: argparse.Namespace, folder: Path) -> int:
    secret = folder / "secret"
    secret.mkdir()
    (secret / "id").write_text(f"{SECRET}\n")
    subprocess.run(["tar", "-cf", folder / "secret.tar", "-C", folder, "secret"], check=True)
    git = ["git", "-C", str(secret), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    for words in (["init", "--quiet"], ["add", "id"], ["commit", "--quiet", "--message", "m"]):
        subprocess.run([*git, *words], check=True)
    revision = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    (folder / "conf").mkdir()
    (folder / "conf" / "nix.conf").write_text(f"{SETTINGS}substituters =\n")
    program = folder / "relhelper"
    shutil.copyfile(options.relhelper, program)
    program.chmod(0o755)

    cases = list(_cases(secret, revision))
    if not _finds(options, folder, cases[0]):
        print("could not tell: Nix alone does not copy the folder, so this would find nothing")
        return 2
    wrong = 0
    places = [folder / str(number) for number in range(len(cases))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda place, case: _problems(options, place, folder, case), places, cases)
        for case, problems in zip(cases, found, strict=True):
            print(f"{case.name}: {'; '.join(problems) or 'nothing was taken'}", flush=True)
            wrong += bool(problems)
    print(f"{len(cases) - wrong} of {len(cases)} hostile sources took nothing")
    return 1 if wrong else 0


def _cases(secret: Path, revision: str) -> Iterator[Case]:
    def inputs(name: str, words: str, value: str, locked: dict[str, str] | None = None) -> Case:
        outputs = _outputs('loot + "/id"')
        nix = f"{{ inputs.loot = {value}; outputs = {{ self, loot }}: {outputs}; }}"
        node = {"flake": False, "locked": locked, "original": locked}
        nodes = {"root": {"inputs": {"loot": "loot"}}, "loot": node} if locked else {"root": {}}
        lock = {"nodes": nodes, "root": "root", "version": 7}
        return Case(name, words, {"flake.nix": nix, "flake.lock": json.dumps(lock)})

    def code(name: str, words: str, value: str) -> Case:
        return Case(name, words, {"flake.nix": f"{{ outputs = {{ self }}: {_outputs(value)}; }}"})

    unlocked, refused = "flake.lock does not have (loot)", "Nix is not asked for"
    yield inputs("input: folder", unlocked, f'{{ url = "path:{secret}"; flake = false; }}')
    yield inputs(
        "input: folder, made-up revision", unlocked, f'{{ url = "path:{secret}?rev={REVISION}"; flake = false; }}'
    )
    yield inputs(
        "input: folder, made-up digest", unlocked, f'{{ url = "path:{secret}?narHash={DIGEST}"; flake = false; }}'
    )
    yield inputs("input: repository", unlocked, f'{{ url = "git+file://{secret}?rev={revision}"; flake = false; }}')
    yield inputs("input: file", unlocked, f'{{ url = "file+file://{secret}/id"; flake = false; }}')
    yield inputs("input: archive", unlocked, f'{{ url = "file://{secret}.tar"; flake = false; }}')
    yield inputs("input: folder above", unlocked, '{ url = "path:../../../secret"; flake = false; }')
    for kind, locked in {
        "folder": {"type": "path", "path": str(secret), "narHash": DIGEST},
        "folder above": {"type": "path", "path": "../../../secret", "rev": REVISION},
        "repository": {"type": "git", "url": f"file://{secret}", "rev": revision, "narHash": DIGEST},
        "file": {"type": "file", "url": f"file://{secret}/id", "narHash": DIGEST},
        "archive": {"type": "tarball", "url": f"file://{secret}.tar", "narHash": DIGEST},
    }.items():
        value = "".join(f'{name} = "{value}"; ' for name, value in locked.items())
        yield inputs(f"locked input: {kind}", refused, f"{{ {value}flake = false; }}", locked)

    may_not = "may not"
    tree = f'type = "path"; path = "{secret}"'
    yield code("fetchTree, made-up revision", may_not, f'builtins.fetchTree {{ {tree}; rev = "{REVISION}"; }} + "/id"')
    yield code("fetchTree, made-up digest", may_not, f'builtins.fetchTree {{ {tree}; narHash = "{DIGEST}"; }} + "/id"')
    yield code("getFlake", may_not, f'builtins.getFlake "path:{secret}?rev={REVISION}" + "/id"')
    yield code("fetchurl", may_not, f'builtins.fetchurl {{ url = "file://{secret}/id"; sha256 = "{DIGEST}"; }}')
    yield code("fetchTarball", may_not, f'fetchTarball {{ url = "file://{secret}.tar"; sha256 = "{DIGEST}"; }}')
    yield code("fetchGit", may_not, f'fetchGit {{ url = "file://{secret}"; rev = "{revision}"; }} + "/id"')
    yield code("findFile", may_not, f'__findFile [ {{ prefix = "x"; path = "file://{secret}.tar"; }} ] "x/id"')
    more = {"flake.nix": f"{{ outputs = {{ self }}: {_outputs('import ./more.nix')}; }}"}
    more["more.nix"] = f'builtins.fetchurl {{ url = "file://{secret}/id"; sha256 = "{DIGEST}"; }}'
    yield Case("fetchurl in another file", may_not, more)
    yield code("path", "forbidden", f'builtins.path {{ path = {secret}; sha256 = "{DIGEST}"; }} + "/id"')
    yield code("readFile", "forbidden", f"{secret}/id")
    # `builtin:fetchurl` runs outside of the sandbox.
    fetched = f'builder = "builtin:fetchurl"; url = "file://{secret}/id"; outputHash = "{DIGEST}"'
    derivation = f'derivation {{ name = "loot"; system = "builtin"; {fetched}; outputHashAlgo = "sha256"; outputHashMode = "flat"; }}'
    yield code("import from a derivation", "allow-import-from-derivation", derivation)

    # In an address, each of these names would stand for something else.
    empty = {"flake.nix": f"{{ outputs = {{ self }}: {{ packages.{SYSTEM} = {{ }}; }}; }}"}
    climbing = quote("/".join([".."] * 16) + str(secret), safe="").replace(".", "%2e")
    yield Case("name of the archive's folder, climbing", "the flake has no package", empty, climbing)
    yield Case("name of the archive's folder, ending", "the flake has no package", empty, "a#b")


def _outputs(path: str) -> str:
    """Outputs whose release has the text of a file in it."""
    release = (
        f'derivation {{ name = "a"; system = "{SYSTEM}"; builder = "/bin/sh"; junk = builtins.readFile ({path}); }}'
    )
    return f"let release = {release}; in {{ packages.{SYSTEM} = {{ inherit release; }}; }}"


def _finds(options: argparse.Namespace, folder: Path, case: Case) -> bool:
    place = folder / "alone"
    (place / "flake").mkdir(parents=True)
    for name, text in case.files.items():
        (place / "flake" / name).write_text(text)
    flake = f"path:{place / 'flake'}#packages.{SYSTEM}.release.drvPath"
    _inside(folder, place, options.nix, "eval", "--no-write-lock-file", flake)
    return _is_taken(place)


def _problems(options: argparse.Namespace, place: Path, folder: Path, case: Case) -> list[str]:
    release = place / "release"
    shutil.copytree(options.release.resolve(), release)
    subprocess.run(["chmod", "-R", "u+w", str(release)], check=True)
    forge_source(release, place / "tree", case.top, case.files)
    words = ["rebuild", str(release), "--nix", options.nix, "--json"]
    done = _inside(folder, place, str(folder / "relhelper"), *words)
    report = json.loads(done.stdout) if done.stdout else {"steps": []}
    steps = {step["name"]: step for step in report["steps"]}
    problems = [f"{name}: {step['problems']}" for name, step in steps.items() if step["outcome"] == "no"]
    if _is_taken(place):
        problems.append("the secret is in the store")
    if done.returncode != 2 or case.words not in str(steps.get("derivations")):
        problems.append(f"exit code {done.returncode}, expected 2 and `{case.words}`: {steps.get('derivations')}")
    if "derivations" not in steps:
        problems.append(f"it was not evaluated: {done.stderr or report}")
    shutil.rmtree(release)
    return problems


def _inside(folder: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with an empty /nix, in a namespace without a network."""
    for name in ("home", "nix", "tmp"):
        (place / name).mkdir(parents=True)
    return subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", INSIDE, "sh", str(place / "nix"), *words],
        env={**environment(folder, place), "HOME": str(place / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _is_taken(place: Path) -> bool:
    """Whether the secret is in the store or among what Nix keeps; the flakes themselves do not have it."""
    files = [path for name in ("home", "nix", "tmp") for path in (place / name).rglob("*")]
    return any(path.is_file() and not path.is_symlink() and SECRET.encode() in path.read_bytes() for path in files)


if __name__ == "__main__":
    sys.exit(main())
