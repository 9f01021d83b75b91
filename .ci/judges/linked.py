#!/usr/bin/env python3
"""Compare the crates that programs say are linked into them with those that their SBOMs name: no more, no fewer.

What a program says is read by rust-audit-info and, but for macOS, by syft, each with code of its own. The SBOMs are that of
CycloneDX, where a linked component is `required`, and that of SPDX, where it is reached by CONTAINS and DEPENDS_ON. Then
one program gets other data, and both readers must make the comparison fail.

`cargo audit bin` gets a database of its own with one advisory, for a linked crate: it must name that crate of each program
where the advisory is for this version, and none where it is for older ones.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

EXIT_CODES = "exit codes: 0 they are the same, and what is broken is refused; 1 otherwise"
Crates = set[tuple[str, str]]
IDENTIFIER = "RUSTSEC-2026-9999"


class Refused(Exception):
    """A program that a reader finds no crates in, and why."""


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--rust-audit-info", type=Path, required=True, help="the program")
    made.add_argument("--syft", type=Path, required=True, help="the program")
    made.add_argument("--cargo-audit", type=Path, required=True, help="the program")
    made.add_argument("release", type=Path, help="folder with programs and documents")
    options = made.parse_args()
    readers = {
        "rust-audit-info": lambda path: rust_audit_info(options.rust_audit_info, path),
        "syft": lambda path: syft(options.syft, path),
    }
    manifest = json.loads((options.release / "release-manifest.json").read_bytes())
    systems = {each["file"]: each["os"] for each in manifest["artifacts"] if each["kind"] == "binary"}
    # syft 1.18 takes no program for macOS for one that it can read, not even those that cargo auditable made itself.
    judged = [name for name, system in systems.items() if system != "macos"]
    problems = [] if judged else ["the release has no programs that both readers know"]
    crates = 0
    for name in systems:
        path = options.release / name
        cyclonedx, spdx = of_cyclonedx(path), of_spdx(path)
        crates += len(cyclonedx)
        problems += differences(f"SPDX and CycloneDX of {name}", spdx, cyclonedx)
        for reader, read in readers.items():
            if reader == "rust-audit-info" or name in judged:
                problems += said(reader, read, path, cyclonedx)
        problems += audited(options.cargo_audit.absolute(), path)
    if not problems:
        problems += not_refused(readers, options.release / judged[0])
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"linked crates: {crates} in {len(systems)} programs are those of the SBOMs; 3 defects refused")
        print(f"cargo audit: it finds a crate with an advisory in each of {len(systems)} programs")
    return 1 if problems else 0


def said(reader: str, read: Callable[[Path], Crates], path: Path, expected: Crates) -> list[str]:
    """How what a program says differs from its SBOM."""
    try:
        return differences(f"{path.name} by {reader}, and its SBOM", read(path), expected)
    except Refused as refused:
        return [f"{reader} refuses {path.name}: {refused}"]


def differences(what: str, one: Crates, other: Crates) -> list[str]:
    lines = [f"{what}: only the first has {' '.join(each)}" for each in sorted(one - other)]
    lines += [f"{what}: only the second has {' '.join(each)}" for each in sorted(other - one)]
    return lines or ([] if one else [f"{what}: there are no crates"])


# ---- what programs say


def rust_audit_info(program: Path, path: Path) -> Crates:
    done = subprocess.run([program, path], capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return {
        (each["name"], each["version"]) for each in json.loads(done.stdout)["packages"] if each.get("kind") != "build"
    }


def syft(program: Path, path: Path) -> Crates:
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    command = [program, "scan", f"file:{path}", "--quiet", "--output", "syft-json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    found = json.loads(done.stdout)["artifacts"]
    return {(each["name"], each["version"]) for each in found if each["type"] == "rust-crate"}


def audited(program: Path, path: Path) -> list[str]:
    """Whether `cargo audit bin` finds a crate of the SBOM where it has an advisory for its version, and only there."""
    name, version = min(of_registry(path))
    problems = []
    for patched, expected in (("", {(name, version)}), (f'">= {version}"', set())):
        try:
            found = cargo_audit(program, path, name, patched)
        except Refused as refused:
            return [f"cargo audit refuses {path.name}: {refused}"]
        if found != expected:
            problems.append(f"cargo audit of {path.name}, {name} patched in [{patched}]: found {found or 'nothing'}")
    return problems


def cargo_audit(program: Path, path: Path, crate: str, patched: str) -> Crates:
    """What an advisory is for; without a network, and without what this machine has configured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "database/crates", crate)
        folder.mkdir(parents=True)
        (folder / f"{IDENTIFIER}.md").write_text(advisory(crate, patched))
        command = [program, "audit", "--db", "database", "--no-fetch", "--stale", "--json", "bin", path.absolute()]
        environment = {**os.environ, "CARGO_HOME": name, "HOME": name}
        done = subprocess.run(command, cwd=name, env=environment, capture_output=True, text=True)
    # 1 where there are vulnerabilities, 2 for programs without a list.
    if done.returncode not in (0, 1) or not done.stdout:
        raise Refused(done.stderr.strip())
    report = json.loads(done.stdout)
    if report["database"]["advisory-count"] != 1:
        raise Refused("it does not read the advisory")
    return {(each["package"]["name"], each["package"]["version"]) for each in report["vulnerabilities"]["list"]}


def advisory(crate: str, patched: str) -> str:
    """In the format of RustSec."""
    return f"""```toml
[advisory]
id = "{IDENTIFIER}"
package = "{crate}"
date = "2026-01-01"

[versions]
patched = [{patched}]
```

# Made up

It tells whether the list of crates in a program is read.
"""


# ---- what documents say of crates: the C runtime is in the programs as well, and no crate


def of_cyclonedx(path: Path) -> Crates:
    document = json.loads(path.with_name(f"{path.name}.cdx.json").read_bytes())
    crates = [each for each in document["components"] if each["bom-ref"].startswith("crate-")]
    return {(each["name"], each["version"]) for each in crates if each.get("scope") == "required"}


def of_registry(path: Path) -> Crates:
    """Linked crates that an advisory can be for, but those of which there are several versions."""
    document = json.loads(path.with_name(f"{path.name}.cdx.json").read_bytes())
    crates = [each for each in document["components"] if each.get("purl", "").startswith("pkg:cargo/")]
    times = Counter(each["name"] for each in crates)
    linked = [each for each in crates if each.get("scope") == "required" and times[each["name"]] == 1]
    return {(each["name"], each["version"]) for each in linked}


def of_spdx(path: Path) -> Crates:
    document = json.loads(path.with_name(f"{path.name}.spdx.json").read_bytes())
    packages = {each["SPDXID"]: each for each in document["packages"]}
    edges: dict[str, list[str]] = {}
    described = []
    for row in document["relationships"]:
        one, other = row["spdxElementId"], row["relatedSpdxElement"]
        if row["relationshipType"] == "DESCRIBES":
            described.append(other)
        elif row["relationshipType"] in ("CONTAINS", "DEPENDS_ON") and other in packages:
            edges.setdefault(one, []).append(other)
    reached: list[str] = []
    for each in (ready := list(described)):
        for other in edges.get(each, []):
            if other not in reached:
                reached.append(other)
                ready.append(other)
    crates = [packages[each] for each in reached if each.startswith("SPDXRef-crate-")]
    return {(each["name"], each["versionInfo"]) for each in crates}


# ---- broken programs


def not_refused(readers: dict[str, Callable[[Path], Crates]], path: Path) -> list[str]:
    """The readers that do not notice a crate too few, one too many, or no data at all."""
    content = path.read_bytes()
    start, packed = embedded(content)
    document = json.loads(zlib.decompress(packed))
    leaf = next(
        place
        for place, each in enumerate(document["packages"])
        if each.get("kind") != "build" and not each.get("dependencies") and not each.get("root")
    )
    packages = document["packages"]
    # The indices of the others stay the same.
    fewer = [{**each, "kind": "build"} if place == leaf else each for place, each in enumerate(packages)]
    more = [*packages, {"name": "too-many", "version": "1.0.0", "source": "crates.io"}]
    # With the word that the reader must say: that it cannot read the list would be no answer.
    defects = {
        "a crate too few": (fewer, packages[leaf]["name"]),
        "a crate too many": (more, "too-many"),
        "no data": (None, ""),
    }
    problems = []
    with tempfile.TemporaryDirectory() as name:
        for title, (found, word) in defects.items():
            data = zlib.compress(json.dumps({**document, "packages": found}).encode(), 9) if found else b""
            end = start + max(len(packed), len(data))
            assert not any(content[start + len(packed) : end]), "it would overwrite more than the list"
            broken = Path(name) / path.name
            broken.write_bytes(content[:start] + data.ljust(len(packed), b"\0") + content[end:])
            expected = of_cyclonedx(path)
            problems += [
                f"{reader} does not notice {title} in {path.name}"
                for reader, read in readers.items()
                if not any(word in why for why in said(reader, read, broken, expected))
            ]
    return problems


def embedded(content: bytes) -> tuple[int, bytes]:
    """Where the compressed list of crates is, found without knowing the format of the program."""
    place = -1
    while (place := content.find(b"\x78", place + 1)) >= 0:
        unpacker = zlib.decompressobj()
        try:
            # Enough to see what it is; most places are no zlib stream at all.
            if not unpacker.decompress(content[place : place + 4096], 12).startswith(b'{"packages"'):
                continue
            whole = zlib.decompressobj()
            whole.decompress(content[place:])
        except zlib.error:
            continue
        return place, content[place : len(content) - len(whole.unused_data)]
    raise SystemExit("error: no program data found where both readers found some")


if __name__ == "__main__":
    sys.exit(main())
