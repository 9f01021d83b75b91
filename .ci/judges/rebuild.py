#!/usr/bin/env python3
"""Rebuild a release where there is nothing but its inputs, and see that a forged one is found out.

In a network namespace without a route and with an empty /nix, `relhelper rebuild` gets the address of a release on loopback, a
folder with its inputs and stock Nix. It must say yes to the release, and no to a copy in which one byte of a bundle was changed
together with every digest that speaks of it: nothing but a rebuild can find that.

Then the reports go on: two builders attest the good one, and `relhelper summarize` counts both for each artifact that was rebuilt;
the forged copy gets a signed statement of what differs, and nobody who reproduced it.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

# Loopback comes down in a new namespace; `ip` is not on every machine.
LOOPBACK = (
    "import fcntl, socket, struct;"
    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 0x1 | 0x40));"
    "assert len(open('/proc/net/route').readlines()) <= 1, 'there is a route out of here'"
)
# The release is served by a server of static files that is not ours.
PORT = 8000
INSIDE = f"""
set -e
python3 -c "$1"
mount --bind "$2" /nix
python3 -m http.server --bind 127.0.0.1 --directory "$3" {PORT} 2>"$4" >&2 &
server=$!
shift 4
code=0
"$@" || code=$?
kill $server
exit $code
"""
BUILDERS = ("https://one.example/builder", "https://two.example/builder")
IRI = re.compile(r"urn:uuid:([0-9a-f-]{36})#")
NAME = re.compile(r'(\n  "(?:serialNumber|documentNamespace)": )"([^"]*?)([0-9a-f-]{36})"')
SETTINGS = "build-users-group =\nexperimental-features = nix-command flakes\n"
EXIT_CODES = "exit codes: 0 as it should be; 1 not; 2 could not tell"


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program, outside of /nix or copied from there")
    made.add_argument("--target", help="rebuild this one only, to save time; everything by default")
    made.add_argument("--work", type=Path, metavar="DIR", help="keep the store there instead of a temporary folder")
    made.add_argument("--nix", default="nix", help="the program nix, outside of /nix")
    made.add_argument("release", type=Path)
    options = made.parse_args()
    folder = (options.work or Path(tempfile.mkdtemp(prefix="rebuild-"))).resolve()
    try:
        return _judge(options, folder)
    finally:
        if options.work is None:
            subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _judge(options: argparse.Namespace, folder: Path) -> int:
    for name in ("nix", "conf", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "nix.conf").write_text(SETTINGS)
    program = folder / "relhelper"
    shutil.copyfile(options.relhelper, program)
    program.chmod(0o755)
    release = folder / "release"
    shutil.copytree(options.release.resolve(), release)
    subprocess.run(["chmod", "-R", "u+w", str(release)], check=True)
    inputs = export(release, folder / "inputs")
    print(f"{inputs} inputs of {options.release.name}", flush=True)

    forged = folder / "forged"
    shutil.copytree(release, forged)
    name, offset = forge(forged, options.target)
    ends = [
        _expect("the release", 0, options, folder, release, ()),
        _expect("the forged one", 1, options, folder, forged, (f'"{name}"', f"first difference at byte {offset}:")),
    ]
    ends.append(_chain(options, folder, release, forged, name))
    return max(ends)


def environment(folder: Path, place: Path) -> dict[str, str]:
    """All that a program gets to see: settings of Nix in `folder`, and room for files in `place`."""
    return {
        "LC_ALL": "C",
        "NIX_CONF_DIR": str(folder / "conf"),
        "NIX_REMOTE": "local",
        "PATH": os.environ["PATH"],
        "TMPDIR": str(place / "tmp"),
    }


def _expect(
    what: str, code: int, options: argparse.Namespace, folder: Path, release: Path, words: tuple[str, ...]
) -> int:
    out = folder / f"report-{release.name}"
    start = time.monotonic()
    log = folder / f"server-{release.name}.log"
    arguments = [
        "rebuild",
        f"http://127.0.0.1:{PORT}/",
        "--inputs",
        str(folder / "inputs"),
        "--out",
        str(out),
        "--nix",
        options.nix,
    ]
    narrowed = ["--target", options.target] if options.target else []
    done = subprocess.run(
        [
            *("unshare", "--net", "--mount", "sh", "-c", INSIDE, "sh", LOOPBACK, str(folder / "nix")),
            *(str(release), str(log)),
            *(str(folder / "relhelper"), *arguments, *narrowed),
        ],
        env=environment(folder, folder),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.monotonic() - start
    report = out / "rebuild-report.json"
    text = report.read_text() if report.is_file() else ""
    missing = [word for word in words if word not in text]
    left = list((folder / "tmp").iterdir())
    print(f"{what}: exit code {done.returncode}, expected {code}, after {seconds:.0f} s", flush=True)
    for word in missing:
        print(f"the report does not say: {word}")
    if left:
        print(f"it left behind: {left}")
    return 1 if done.returncode != code or missing or left else 0


def _chain(options: argparse.Namespace, folder: Path, release: Path, forged: Path, changed: str) -> int:
    """What the two reports become: attestations, and a count of builders."""
    # A builder who rebuilt one target vouches for its artifacts, and the policy has to let that count.
    run = _Signers(folder / "relhelper", folder / "signers", "each" if options.target else "all")
    problems = []
    for builder in BUILDERS:
        code = run.attest(builder, release, folder / "report-release" / "rebuild-report.json")
        if code != 0:
            problems.append(f"attest ended with {code} for {builder}, expected 0")
    code, rows = run.count(release)
    manifest = json.loads((release / "release-manifest.json").read_text())
    rebuilt = {
        row["file"] for row in manifest["artifacts"] if options.target is None or row["target"] == options.target
    }
    for file, builders in rows.items():
        expected = sorted(BUILDERS) if file in rebuilt else []
        if builders != expected:
            problems.append(f"{file}: counted {builders}, expected {expected}")
    if not rebuilt <= set(rows):
        problems.append(f"not counted at all: {sorted(rebuilt - set(rows))}")
    # Enough for the release only if all of it was rebuilt.
    if code != (1 if options.target else 0):
        problems.append(f"summarize ended with {code}")
    code = run.attest(BUILDERS[0], forged, folder / "report-forged" / "rebuild-report.json")
    if code != 1:
        problems.append(f"attest ended with {code} for the forged copy, expected 1")
    code, rows = run.count(forged)
    if code != 1 or rows.get(changed) != []:
        problems.append(f"summarize of the forged copy: {code}, {changed}: {rows.get(changed)}")
    for problem in problems:
        print(f"the chain: {problem}")
    print(
        f"the chain: {len(BUILDERS)} builders attested {len(rebuilt)} artifacts; {len(problems)} problems", flush=True
    )
    return 1 if problems else 0


class _Signers:
    """Two builders and a verifier, each with a key, and a policy that names them."""

    def __init__(self, program: Path, folder: Path, artifacts: str) -> None:
        self.program, self.folder = program, folder
        folder.mkdir()
        text = "formatVersion = 1\n"
        for place, builder in enumerate((*BUILDERS, "verifier")):
            words = [program, "keys", "generate", self._key(builder)]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            if builder != "verifier":
                text += (
                    f"[[key]]\nname = 'k{place}'\nkind = 'pem'\nfile = '{self._public(builder).name}'\n"
                    f"[[builder]]\nid = '{builder}'\noperator = 'operator {place}'\n"
                    f"machine = 'machine {place}'\nkeys = ['k{place}']\n"
                )
        self.policy = f"{text}[rebuilds]\nthreshold = 2\nartifacts = '{artifacts}'\n"

    def _key(self, builder: str) -> Path:
        return self.folder / f"{hashlib.sha256(builder.encode()).hexdigest()[:8]}.pem"

    def _public(self, builder: str) -> Path:
        return self._key(builder).with_suffix(".pem.pub")

    def attest(self, builder: str, release: Path, report: Path) -> int:
        words = ["attest", release, "--report", report, "--builder-id", builder, "--key-file", self._key(builder)]
        return subprocess.run([self.program, *words], check=False).returncode

    def count(self, release: Path) -> tuple[int, dict[str, list[str]]]:
        """The exit code of `summarize`, and for each artifact the builders that reproduced it."""
        product = json.loads((release / "release-manifest.json").read_text())["product"]["name"]
        policy = self.folder / "trust.toml"
        policy.write_text(f"product = '{product}'\n{self.policy}")
        words = ["summarize", release, "--policy", policy, "--key-file", self._key("verifier"), "--json"]
        done = subprocess.run(
            [self.program, *words, "--verifier-id", "https://verifier.example"], check=False, stdout=subprocess.PIPE
        )
        rows = json.loads(done.stdout)["artifacts"] if done.stdout else []
        return done.returncode, {row["file"]: sorted(row["reproducedBy"]) for row in rows}


def export(release: Path, folder: Path) -> int:
    """Write the inputs that a release's provenance names, from the store, as `./bootstrap --export` lays them out."""
    statement = json.loads((release / "provenance.json").read_text())
    (folder / "sha256").mkdir(parents=True, exist_ok=True)
    count = 0
    for row in statement["predicate"]["buildDefinition"]["resolvedDependencies"]:
        if "sha256" in row["digest"]:
            shutil.copyfile(row["annotations"]["storePath"], folder / "sha256" / row["digest"]["sha256"])
            count += 1
    return count


def forge(release: Path, target: str | None) -> tuple[str, int]:
    """Change one byte of a bundle that no content depends on, and all that documents derive from its digest.

    Returns the bundle's name and the byte's offset: gzip's name of an operating system (RFC 1952, section 2.3.1).
    """
    manifest = json.loads((release / "release-manifest.json").read_text())
    rows = [
        row for row in manifest["artifacts"] if row["kind"] == "bundle" and row["target"] == (target or row["target"])
    ]
    name = next(row["file"] for row in rows if row["file"].endswith(".tar.gz"))
    content = bytearray((release / name).read_bytes())
    content[9] ^= 1
    _replace(release, {name: bytes(content)})
    return name, 9


def forge_program(release: Path, target: str) -> tuple[str, str]:
    """Change one byte of a Windows program that nothing depends on, alone and in its bundle, and all that speaks of them.

    Returns the names of program and bundle. The byte is in the text that DOS would print.
    """
    [program] = release.glob(f"*-{target}.exe")
    bundle = program.with_suffix(".zip")
    old = program.read_bytes()
    new = old.replace(b"!This program cannot be run in DOS mode", b"!That program cannot be run in DOS mode", 1)
    assert new != old, "the program has another text for DOS"
    swaps = [(_digest(old), _digest(new))]
    packed = io.BytesIO()
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        content = {member.filename: before.read(member) for member in before.infolist()}
        for name in sorted(content, key=lambda name: name.endswith("checksums.txt")):
            text = content[name]
            if name.endswith(".exe"):
                assert text == old, f"{name} is another program"
                content[name] = new
            elif name.endswith(("/release-manifest.json", "/checksums.txt")):
                content[name] = _swapped(text.decode(), swaps).encode()
                swaps.append((_digest(text), _digest(content[name])))
        for member in before.infolist():
            after.writestr(member, content[member.filename])
    _replace(release, {program.name: new, bundle.name: packed.getvalue()})
    return program.name, bundle.name


def forge_source(release: Path, scratch: Path, top: str | None, files: dict[str, str]) -> None:
    """Put `files` into the source archive, name the folder at its top, and change all that documents say of the tree.

    `scratch` is a folder that takes the tree.
    """
    [place] = release.glob("*-source.tar.gz")
    before = len(place.read_bytes())
    with tarfile.open(place) as archive:
        members = {each.name.partition("/")[2]: (each.mode, archive.extractfile(each)) for each in archive}
        content = {name: (mode, stream.read()) for name, (mode, stream) in members.items() if stream}
        folder = top or archive.getnames()[0].partition("/")[0]
    content |= {name: (0o644, text.encode()) for name, text in files.items()}
    packed = _packed(folder, content)
    if len(packed) < before:
        # Tables are aligned, so the size must keep its number of digits.
        filler = b"".join(hashlib.sha256(number.to_bytes(4)).digest() for number in range((before - len(packed)) // 32))
        packed = _packed(folder, content | {"filler": (0o644, filler)})
        content["filler"] = (0o644, filler)
    assert len(str(len(packed))) == len(str(before)), f"{len(packed)} bytes instead of {before}"
    for name, (mode, data) in content.items():
        if name != "source-stamp.json":
            file = scratch / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o755 if mode & 0o100 else 0o644)
    statement = json.loads((release / "provenance.json").read_text())
    rows = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    [source] = [row for row in rows if row["name"] == "source"]
    words = ["nix", "--extra-experimental-features", "nix-command", "hash", "path", "--base16", str(scratch)]
    nar = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    old, new = source["annotations"]["storePath"], _source_path(nar)
    swaps = [
        (source["digest"]["narSha256"], nar),
        (source["annotations"]["narHash"], f"sha256-{base64.b64encode(bytes.fromhex(nar)).decode()}"),
        (old, new),
        (f"source-source-{_identity_of('source', old)}", f"source-source-{_identity_of('source', new)}"),
    ]
    for document in release.iterdir():
        if document.suffix in {".json", ".txt"}:
            document.write_text(_swapped(document.read_text(), swaps))
    _replace(release, {place.name: packed})


def _packed(folder: str, content: dict[str, tuple[int, bytes]]) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, (mode, data) in sorted(content.items()):
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.mode, member.size = mode, len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(tar.getvalue(), mtime=0)


def _source_path(nar: str) -> str:
    """The store path of a tree (https://nix.dev/manual/nix/latest/protocols/store-path)."""
    digest = hashlib.sha256(f"source:sha256:{nar}:/nix/store:source".encode()).digest()
    folded = bytearray(20)
    for place, byte in enumerate(digest):
        folded[place % 20] ^= byte
    number = int.from_bytes(folded, "little")
    digits = "0123456789abcdfghijklmnpqrsvwxyz"
    return f"/nix/store/{''.join(digits[number >> 5 * place & 31] for place in reversed(range(32)))}-source"


def _replace(release: Path, files: dict[str, bytes]) -> None:
    """Write these files in the place of others, and mend what the documents say of their digests and sizes."""
    swaps, sizes = [], {}
    for name, content in files.items():
        before = (release / name).read_bytes()
        old, new = _digest(before), _digest(content)
        swaps += [(old, new), (_identity(name, old), _identity(name, new))]
        sizes[str(len(before))] = str(len(content))
        (release / name).write_bytes(content)
    for document in release.iterdir():
        if document.suffix in {".json", ".txt"}:
            # Digits of a size may stand in a digest as well.
            text = re.sub(r"\b\d+\b", lambda found: sizes.get(found[0], found[0]), document.read_text())
            text = _swapped(text, swaps)
            document.write_text(
                _named(text) if document.name.endswith((".cdx.json", ".spdx.json", ".spdx3.json")) else text
            )
    lines = []
    for line in (release / "SHA256SUMS").read_text().splitlines():
        file = line.split("  ", 1)[1]
        lines.append(f"{_digest((release / file).read_bytes())}  {file}\n")
    (release / "SHA256SUMS").write_text("".join(lines))


def _swapped(text: str, swaps: list[tuple[str, str]]) -> str:
    for old, new in swaps:
        text = text.replace(old, new)
    return text


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _identity(name: str, digest: str) -> str:
    """End of the id of an artifact in bills of materials."""
    return _identity_of("artifact", name, digest)


def _identity_of(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _named(text: str) -> str:
    """A bill of materials with the name that its content gives it."""
    if found := NAME.search(text):
        return text.replace(found[3], _uuid(NAME.sub(r'\1""', text, count=1)), 1)
    if found := IRI.search(text):
        # In SPDX 3 all identifiers begin with it.
        return text.replace(found[1], _uuid(text.replace(found[0], "#")))
    return text


def _uuid(text: str) -> str:
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


if __name__ == "__main__":
    sys.exit(main())
