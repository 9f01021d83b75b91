"""`relhelper bundle` against `tar | gzip` and `zip`: throughput at the same level, and memory."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import mixed
from measure import Sample, interleaved, measure, middle
from report import Report, Row, relhelper

DATE = 1_700_000_000
MEGABYTE = 1_000_000
# Memory is flat when four times the input needs at most this much more of it.
FLAT_RATIO = 1.25


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--level", type=int, default=9, help="of deflate, for all of them (default: 9, that of releases)")
    made.add_argument("--megabytes", type=int, default=1000, help="size of the input (default: 1000)")
    made.add_argument("--runs", type=int, default=3, help="of each case, in turn (default: 3)")
    made.add_argument("--relhelper", help="another program than that of `nix build .#relhelper`")


def run(options: argparse.Namespace) -> Report:
    program = relhelper(options.relhelper)
    report = Report(f"bundle: {options.megabytes} MB of mixed files, level {options.level}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        tree, quarter = folder / "tree", folder / "quarter"
        mixed.write(tree, options.megabytes * MEGABYTE)
        mixed.write(quarter, options.megabytes * MEGABYTE // 4)
        cases, archives = _cases(program, options.level, tree, folder)
        for case, samples in interleaved(options.runs, cases).items():
            one = middle(samples)
            packed = archives[case].stat().st_size
            speed = options.megabytes / one.wall
            extra = {"MB/s": round(speed, 1), "size MB": round(packed / MEGABYTE, 1)}
            report.add(Row(case, one, len(samples), extra))
        for missing in ("zip", "gzip", "tar"):
            if not shutil.which(missing):
                report.note(f"not measured: there is no program `{missing}` here")
        _flat(report, program, options, folder, quarter)
        same = _digest(archives["relhelper, 1 thread .tar.gz"]) == _digest(archives["relhelper .tar.gz"])
        report.claim("one thread and all threads write the same bytes", same)
    return report


def _cases(
    program: str, level: int, tree: Path, folder: Path
) -> tuple[dict[str, Callable[[], Sample]], dict[str, Path]]:
    """The commands by name, and what each writes."""
    commands: dict[str, tuple[list[str], Path]] = {}
    for kind in ("tar.gz", "zip"):
        for name, threads in (("relhelper, 1 thread", 1), ("relhelper", os.cpu_count() or 1)):
            target = folder / f"ours-{threads}-{len(commands)}.{kind}"
            commands[f"{name} .{kind}"] = (_ours(program, level, threads, tree, target), target)
    target = folder / "theirs.tar.gz"
    # The same promises: sorted names, one date, no owners.
    tar = f"tar --sort=name --mtime=@{DATE} --owner=0 --group=0 --numeric-owner -C '{tree}' -cf - ."
    if shutil.which("tar") and shutil.which("gzip"):
        commands["tar | gzip"] = (["sh", "-c", f"{tar} | gzip -n -{level} > '{target}'"], target)
    if shutil.which("zip"):
        target = folder / "theirs.zip"
        commands["zip"] = (
            ["sh", "-c", f"cd '{tree}' && rm -f '{target}' && zip -q -X -r -{level} '{target}' ."],
            target,
        )
    cases = {name: (lambda command=command: measure(command)) for name, (command, _) in commands.items()}
    return cases, {name: target for name, (_, target) in commands.items()}


def _ours(program: str, level: int, threads: int, tree: Path, target: Path) -> list[str]:
    options = ["--level", str(level), "--threads", str(threads), "--source-date", str(DATE)]
    return [program, "bundle", *options, str(tree), str(target)]


def _flat(report: Report, program: str, options: argparse.Namespace, folder: Path, quarter: Path) -> None:
    threads = os.cpu_count() or 1
    for kind in ("tar.gz", "zip"):
        small = measure(_ours(program, options.level, threads, quarter, folder / f"quarter.{kind}"))
        extra = {"MB/s": round(options.megabytes / 4 / small.wall, 1)}
        report.add(Row(f"relhelper .{kind}, a quarter of the input", small, 1, extra))
        ratio = report.row(f"relhelper .{kind}").sample.process / small.process
        report.claim(
            f"memory is flat (.{kind}: {ratio:.2f} times as much for four times the input)", ratio <= FLAT_RATIO
        )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
