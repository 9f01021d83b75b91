"""`relhelper verify` against `sha256sum -c`: time and memory, on a release of programs and bundles.

For each target there is a program and a bundle with it. sha256sum reads every file and its digest; verify also unpacks
every bundle and measures what is in it, and compares all documents. The files are in the page cache for both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import closure
import mixed
from measure import interleaved, measure, middle
from report import MEBIBYTE, Report, Row, relhelper

MEGABYTE = 1_000_000
MOST_MEBIBYTES = 64
MOST_RATIO = 0.6
TARGETS = (
    ("aarch64-apple-darwin", "macos", "aarch64", ""),
    ("aarch64-pc-windows-gnullvm", "windows", "aarch64", ".exe"),
    ("aarch64-unknown-linux-musl", "linux", "aarch64", ""),
    ("riscv64gc-unknown-linux-musl", "linux", "riscv64", ""),
    ("x86_64-apple-darwin", "macos", "x86_64", ""),
    ("x86_64-pc-windows-gnullvm", "windows", "x86_64", ".exe"),
    ("x86_64-unknown-linux-musl", "linux", "x86_64", ""),
)
PRODUCT = {"name": "everything", "version": "1.0.0", "description": None, "license": "MIT", "homepage": None}


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--megabytes", type=int, default=2000, help="size of the release (default: 2000)")
    made.add_argument("--runs", type=int, default=3, help="of each case, in turn (default: 3)")
    made.add_argument("--relhelper", help="another program than that of `nix build .#relhelper`")


def run(options: argparse.Namespace) -> Report:
    program = relhelper(options.relhelper)
    report = Report(f"verify: a release of {options.megabytes} MB in {len(TARGETS)} targets")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        release = _release(program, folder / "whole", options.megabytes * MEGABYTE)
        sums = f"cd '{release}' && sha256sum -c --strict --quiet SHA256SUMS"
        both = f"cd '{release}' && xargs -a SHA256SUMS -d '\\n' -P {os.cpu_count()} -I @ sh -c 'echo \"$1\" | sha256sum -c --strict --quiet' - @"
        cases = {
            "relhelper verify": lambda: measure([program, "verify", str(release)]),
            "sha256sum -c": lambda: measure(["sh", "-c", sums]),
            "sha256sum -c, a process for each file, all cores": lambda: measure(["sh", "-c", both]),
        }
        measured = sum(entry.stat().st_size for entry in os.scandir(release))
        for case, samples in interleaved(options.runs, cases).items():
            one = middle(samples)
            report.add(Row(case, one, len(samples), {"MB/s": round(measured / MEGABYTE / one.wall, 1)}))
        ours, theirs = report.row("relhelper verify").sample, report.row("sha256sum -c").sample
        ratio, memory = ours.wall / theirs.wall, ours.process / MEBIBYTE
        report.claim(f"{ratio:.2f} of the wall time of sha256sum -c, at most {MOST_RATIO}", ratio <= MOST_RATIO)
        report.claim(f"{memory:.0f} MiB, at most {MOST_MEBIBYTES}", memory <= MOST_MEBIBYTES)
        tampered = release / "everything-1.0.0-x86_64-unknown-linux-musl"
        with tampered.open("r+b") as stream:
            stream.write(b"tampered")
        code = subprocess.run([program, "verify", str(release)], stdout=subprocess.DEVNULL, check=False).returncode
        report.claim("a release with eight other bytes fails", code == 1)
        report.note(f"{measured / MEGABYTE:.0f} MB in {len(list(release.iterdir()))} files")
    return report


def _release(program: str, folder: Path, size: int) -> Path:
    """Write a release of about `size` bytes; where it is."""
    files: list[tuple[dict[str, str | None], Path]] = []
    # A bundle has about half the size of what is in it.
    each = size * 2 // (3 * len(TARGETS))
    for seed, (triple, system, arch, suffix) in enumerate(TARGETS):
        place = folder / triple
        mixed.write(place / "parts", each, seed)
        binary = place / f"everything-1.0.0-{triple}{suffix}"
        with binary.open("wb") as stream:
            for part in sorted((place / "parts").rglob("*")):
                if part.is_file():
                    stream.write(part.read_bytes())
        target = {"triple": triple, "os": system, "arch": arch, "tier": "structure"}
        metadata = {
            **_common(),
            "target": {**target, "exeSuffix": suffix},
            "files": [{"path": f"bin/everything{suffix}", "from": str(binary), "executable": True}],
        }
        attributes = place / "bundle.json"
        attributes.write_text(json.dumps({"relhelper": metadata}))
        tree = place / "tree"
        _call(program, "emit", "bundle", "--attributes", attributes, "--out", tree)
        ending = "zip" if system == "windows" else "tar.gz"
        bundle = place / f"everything-1.0.0-{triple}.{ending}"
        _call(program, "bundle", "--level", 1, "--source-date", closure.DATE, tree, bundle)
        media = "application/zip" if ending == "zip" else "application/gzip"
        files.append(({"kind": "binary", "target": triple, "mediaType": "application/octet-stream"}, binary))
        files.append(({"kind": "bundle", "target": triple, "mediaType": media}, bundle))
    targets = [
        {"triple": triple, "os": system, "arch": arch, "tier": "structure"} for triple, system, arch, _ in TARGETS
    ]
    made = closure.of_files(folder / "made", {**_common(), "targets": targets}, files)
    release = folder / "release"
    _call(program, "emit", "release", "--store", made.store, "--attributes", made.attributes, "--out", release)
    return release


def _common() -> dict[str, object]:
    source = {"revision": None, "sourceDate": closure.DATE}
    return {"formatVersion": 1, "product": PRODUCT, "source": source, "toolchain": None}


def _call(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True)
