"""The release in an empty store against `cargo zigbuild` of the same workspace, targets and compiler.

Nix has an empty /nix, and the inputs on the loopback interface; it makes the toolchain and std first (measured for
themselves), then the release. cargo zigbuild uses the same rustc and the std that was made for us, as rustup would
have brought one, and is measured with an empty cache of zig, then with a full one. Neither has compiled anything before.
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

from measure import Sample, measure
from report import ROOT, Report, Row

sys.path.append(str(ROOT / ".ci"))
import private_nix  # noqa: E402
import zigbuild  # noqa: E402

STD = f"""with import {ROOT}/nix {{ }};
  builtins.listToAttrs (map (triple: {{ name = triple; value = std triple; }}) (builtins.attrNames targets))"""
# The C runtime of each target, which zig makes and keeps in its cache.
RUNTIMES = f"""with import {ROOT}/nix {{ }};
  builtins.listToAttrs (map (triple: {{ name = triple; value = targetCc triple; }}) (builtins.attrNames targets))"""
# What cold may cost at most, as a multiple of cargo zigbuild: with std at hand, and with everything.
STD_CACHED_RATIO = 1.0
ALL_IN_RATIO = 1.3


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--target", action="append", help="only this one; can be repeated (default: all)")


def run(options: argparse.Namespace) -> Report:
    targets = options.target or json.loads(_eval(f"{ROOT}#lib.targets", "builtins.attrNames"))
    everything = options.target is None
    report = Report(f"cold: {len(targets)} targets: {', '.join(targets)}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        peer = zigbuild.prepare(folder, targets, STD)
        cold, again = zigbuild.measured(peer), zigbuild.measured(peer)
        std, rest = _ours(folder, targets, everything)
        subprocess.run(["chmod", "-R", "u+w", name], check=True)
    all_in = _sum(std, rest)
    for title, sample in {
        "nix: toolchain, std, C runtimes": std,
        "nix: release, once std is there": rest,
        "nix: all in": all_in,
        "cargo zigbuild, empty cache of zig": cold,
        "cargo zigbuild, full cache of zig": again,
    }.items():
        report.add(Row(title, sample))
    if not everything:
        report.note("fewer targets than the release has: built are their bundles, without the documents of the release")
    _ratios(report, "std cached", rest, again, STD_CACHED_RATIO)
    _ratios(report, "all in, with std made for both", all_in, _sum(std, cold), ALL_IN_RATIO)
    report.note(f"all in, against a std that zigbuild need not make: {_times(all_in, cold)}")
    return report


def _ours(folder: Path, targets: list[str], everything: bool) -> tuple[Sample, Sample]:
    """Toolchain, std and C runtimes, then what is left of the release, in an empty store."""
    inputs = folder / "inputs"
    subprocess.run([str(ROOT / "bootstrap"), "--quiet", "--skip-checks", "--export", str(inputs)], check=True)
    program = shutil.which("nix")
    if program is None or Path(program).resolve().is_relative_to("/nix"):
        raise OSError("the nix of this machine lives in /nix, which an empty one would hide")
    nix = private_nix.Nix(private_nix.version_of(program), program, folder / "empty")
    jobs = {"NIX_CONFIG": f"max-jobs = {os.cpu_count()}\ncores = 2"}
    with private_nix.serving(inputs) as mirror:

        def build(*arguments: str) -> Sample:
            command = nix.command("build", "--no-link", "--option", "hashed-mirrors", mirror, *arguments)
            return measure(command, cwd=ROOT, env={**nix.environment, **jobs})

        first = _sum(
            build("--impure", "--expr", STD, *targets),
            build("--impure", "--expr", RUNTIMES, *targets),
        )
        parts = [f"{ROOT}#release.parts.{triple}.bundle" for triple in targets]
        return first, build(*([f"{ROOT}#release"] if everything else parts))


def _ratios(report: Report, what: str, ours: Sample, theirs: Sample, most: float) -> None:
    holds = ours.wall <= most * theirs.wall and ours.cpu <= most * theirs.cpu
    report.claim(f"{what}: {_times(ours, theirs)} (aim: not above {most})", holds)


def _times(ours: Sample, theirs: Sample) -> str:
    return f"{ours.wall / theirs.wall:.2f} of the wall time, {ours.cpu / theirs.cpu:.2f} of the CPU time"


def _sum(first: Sample, second: Sample) -> Sample:
    """Two runs after one another, as one."""
    process, tree = max(first.process, second.process), max(first.tree, second.tree)
    return Sample(first.wall + second.wall, first.cpu + second.cpu, process, tree)


def _eval(installable: str, function: str) -> str:
    command = ["nix", "eval", "--json", installable, "--apply", function]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
