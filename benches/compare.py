"""`relhelper compare` of equal trees against `cmp` and `diff -r`, and of a corpus of differences against diffoscope.

The corpus is that of .ci/judges/packed.py: some forty pairs of small files, each made by real tools. All trees are in the
page cache, since each program reads them in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import interleaved, measure, middle
from report import ROOT, Report, Row, relhelper

MEGABYTE = 1_000_000
# What comparing equal trees may cost at most, as a multiple of `cmp` on each pair of files.
CMP_RATIO = 1.0
# How many times faster than diffoscope the corpus must be explained.
DIFFOSCOPE_RATIO = 50


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--megabytes", type=int, default=2000, help="of each of the two trees (default: 2000)")
    made.add_argument("--files", type=int, default=40, help="of each tree (default: 40)")
    made.add_argument("--runs", type=int, default=3, help="of each case, in turn (default: 3)")
    made.add_argument("--relhelper", help="another program than that of `nix build .#relhelper`")
    made.add_argument("--without-diffoscope", action="store_true", help="compare equal trees only")


def run(options: argparse.Namespace) -> Report:
    program = relhelper(options.relhelper)
    report = Report(f"compare: {options.files} files of {options.megabytes} MB")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        _equal(report, program, Path(name), options)
    if not options.without_diffoscope:
        _corpus(report, program)
    return report


def _equal(report: Report, program: str, folder: Path, options: argparse.Namespace) -> None:
    published, rebuilt = folder / "published", folder / "rebuilt"
    published.mkdir()
    size = options.megabytes * MEGABYTE // options.files
    for index in range(options.files):
        (published / f"{index:04}").write_bytes(os.urandom(size))
    shutil.copytree(published, rebuilt)
    each = f"for one in '{published}'/*; do cmp \"$one\" '{rebuilt}'/\"${{one##*/}}\" || exit 1; done"
    cases = {
        "compare": lambda: measure([program, "compare", str(published), str(rebuilt)]),
        "cmp of each file": lambda: measure(["sh", "-c", each]),
        "diff -r": lambda: measure(["diff", "-r", str(published), str(rebuilt)]),
    }
    for name, samples in interleaved(options.runs, cases).items():
        one = middle(samples)
        report.add(Row(name, one, len(samples), {"MB/s": round(options.megabytes / one.wall, 1)}))
    ours = report.row("compare").sample.wall
    for other in ("cmp of each file", "diff -r"):
        report.note(f"compare / {other}: wall {ours / report.row(other).sample.wall:.2f}")
    ratio = ours / report.row("cmp of each file").sample.wall
    report.claim(f"equal trees take at most {CMP_RATIO} of the time of cmp ({ratio:.2f})", ratio <= CMP_RATIO)


def _corpus(report: Report, program: str) -> None:
    judge = ROOT / ".ci/judges/packed.py"
    command = [sys.executable, "-B", str(judge), "--relhelper", program, "--diffoscope", "diffoscope", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    ours = sum(row["seconds"] for row in rows)
    theirs = sum(row["diffoscope"]["seconds"] for row in rows)
    report.note(f"corpus of {len(rows)} differences: compare {ours:.2f} s, diffoscope {theirs:.2f} s, one process each")
    report.claim("every cause of the corpus is named", done.returncode == 0 and bool(rows))
    ratio = theirs / ours if ours else 0
    report.claim(f"{DIFFOSCOPE_RATIO} times faster than diffoscope ({ratio:.0f})", ratio >= DIFFOSCOPE_RATIO)
