"""The digest of a tree as a NAR against `nix-hash` and `nix hash path`.

Two made-up trees: many small files in many folders, and a few large files. Both are in the page cache. All three must print
the same digest.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from measure import interleaved, measure, middle
from report import ROOT, Report, Row

MEGABYTE = 1_000_000
NIX = ["--extra-experimental-features", "nix-command"]


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--files", type=int, default=20_000, help="small files, of 4 kB each (default: 20000)")
    made.add_argument("--megabytes", type=int, default=1000, help="of the large files in all (default: 1000)")
    made.add_argument("--runs", type=int, default=5, help="of each case, in turn (default: 5)")
    made.add_argument("--program", help="the example `nar-hash`, if it is built already")


def run(options: argparse.Namespace) -> Report:
    program = options.program or _build()
    report = Report(f"nar: {options.files} small files; large files of {options.megabytes} MB")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        small, large = Path(name) / "small", Path(name) / "large"
        _small(small, options.files)
        _large(large, options.megabytes)
        for title, tree in (("small files", small), ("large files", large)):
            _compare(report, title, tree, program, options.runs)
    return report


def _build() -> str:
    command = ["cargo", "build", "--quiet", "--release", "--package", "relhelper", "--example", "nar-hash"]
    subprocess.run(command, check=True, cwd=ROOT)
    return str(ROOT / "target/release/examples/nar-hash")


def _compare(report: Report, title: str, tree: Path, program: str, runs: int) -> None:
    commands = {
        f"{title}: ours": [program, str(tree)],
        f"{title}: nix-hash": ["nix-hash", "--type", "sha256", "--base32", str(tree)],
        f"{title}: nix hash path": ["nix", *NIX, "hash", "path", str(tree)],
    }
    said = {
        name: subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        for name, command in commands.items()
    }
    ours, base32, sri = said.values()
    base32 = subprocess.run(
        ["nix", *NIX, "hash", "to-sri", "--type", "sha256", base32], check=True, capture_output=True, text=True
    ).stdout.strip()
    report.claim(f"{title}: all three print the same digest", ours == sri == base32)
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    cases = {name: (lambda command=command: measure(command)) for name, command in commands.items()}
    for name, samples in interleaved(runs, cases).items():
        one = middle(samples)
        report.add(Row(name, one, len(samples), {"MB/s": round(size / MEGABYTE / one.wall, 1)}))
    wall = report.row(f"{title}: ours").sample.wall
    for other in ("nix-hash", "nix hash path"):
        ratio = wall / report.row(f"{title}: {other}").sample.wall
        report.claim(f"{title}: not slower than {other} ({ratio:.2f} of its time)", ratio <= 1)


def _small(tree: Path, files: int) -> None:
    for number in range(files):
        path = tree / f"{number % 97}" / f"{number % 11}" / f"file-{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{number:08}".encode() * 512)


def _large(tree: Path, megabytes: int) -> None:
    tree.mkdir()
    for number in range(10):
        with (tree / f"file-{number}").open("wb") as file:
            for part in range(megabytes // 10):
                file.write(f"{number:04}{part:06}".encode() * (MEGABYTE // 10))
