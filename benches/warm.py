"""`nix build .#release` after small changes, in a clone: nothing, README, one line of the program.

The clone is of HEAD. Its release is built first and not measured; what was built before is taken from the store.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import Sample, measure, middle
from report import ROOT, Report, Row

BUILDING = re.compile(r"^building '/nix/store/[a-z0-9]{32}-(.+)\.drv'", re.MULTILINE)
# Derivations that call a compiler.
COMPILES = re.compile(r"-program-|-dependencies-|^rust-std-|^c-runtime-|^vendor$")
# Of those, the ones that hold the workspace's own crates.
OWN = re.compile(r"-program-")
NOTHING_SECONDS = 1.0


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--runs", type=int, default=3, help="of each case (default: 3; of the changed line: 1)")
    made.add_argument("--attribute", default="release", help="what is built (default: release)")


def run(options: argparse.Namespace) -> Report:
    report = Report(f"warm: nix build .#{options.attribute} after a change")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        _build(clone, options.attribute)

        nothing = [_build(clone, options.attribute) for _ in range(options.runs)]
        _report(report, "no change", nothing)
        wall = middle(nothing).wall
        report.claim(f"no change takes less than {NOTHING_SECONDS:.0f} s ({wall:.2f} s)", wall < NOTHING_SECONDS)

        readme = _changed(clone, options.attribute, options.runs, _readme)
        built = _report(report, "a line of README.md", readme)
        report.claim("a change of README.md compiles nothing", built != [] and not any(map(COMPILES.search, built)))

        line = _changed(clone, options.attribute, 1, _program)
        built = _report(report, "a line of the program", line)
        compiled = [each for each in built if COMPILES.search(each)]
        report.claim(
            "a change of the program compiles the workspace's own crates alone",
            compiled != [] and all(map(OWN.search, compiled)),
        )
    return report


def _build(clone: Path, attribute: str) -> Sample:
    return measure(["nix", "build", "-L", "--no-link", f"{clone}#{attribute}"], cwd=clone, keep=True)


def _changed(clone: Path, attribute: str, runs: int, change: Callable[[Path, str], None]) -> list[Sample]:
    samples = []
    for number in range(runs):
        # Never the same change twice: an earlier run's result would be in the store.
        change(clone, f"{time.time_ns()} {number}")
        author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run(
            ["git", "-C", str(clone), *author, "commit", "--quiet", "--all", "-m", "Change a line"], check=True
        )
        samples.append(_build(clone, attribute))
    return samples


def _readme(clone: Path, word: str) -> None:
    with (clone / "README.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{word}\n")


def _program(clone: Path, word: str) -> None:
    with (clone / "tools/relhelper/src/lib.rs").open("a", encoding="utf-8") as file:
        file.write(f"// {word}\n")


def _report(report: Report, name: str, samples: list[Sample]) -> list[str]:
    """Adds the row; returns the names of the derivations that the last run built."""
    built = BUILDING.findall(samples[-1].output)
    compiled = len([each for each in built if COMPILES.search(each)])
    report.add(Row(name, middle(samples), len(samples), {"built": len(built), "of them compiled": compiled}))
    return built
