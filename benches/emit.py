"""`relhelper emit release` against `sha256sum` and `cp` of the artifacts, and against syft on the same files.

Twice: on the real release, from the metadata that its build handed over, and on a made-up closure as large as a whole
distribution's (closure.py). All in one run, since the files are in the page cache for all of them then.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import closure
import peer
from measure import Sample, interleaved, measure, middle
from report import ROOT, Report, Row, relhelper

MEGABYTE = 1_000_000
# What emit may cost at most, as a multiple of the digests of the same files on as many cores.
DIGEST_RATIO = 1.2
# Memory is flat when four times the bytes need at most this much more of it.
FLAT_RATIO = 1.25
# Of a folder, on so many cores.
DIGESTS = "find '{}' -type f -print0 | xargs -0 -n 16 -P {} sha256sum"


@dataclass(frozen=True)
class Case:
    """Metadata, the store it is about, and the artifacts in a folder of their own."""

    attributes: Path
    store: Path
    artifacts: Path


def arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--derivations", type=int, default=50_000, help="of the made-up closure (default: 50000)")
    made.add_argument("--artifacts", type=int, default=10_000, help="of the made-up closure (default: 10000)")
    made.add_argument("--megabytes", type=int, default=4000, help="of these artifacts in all (default: 4000)")
    made.add_argument("--runs", type=int, default=3, help="of each case, in turn (default: 3; of syft: 1)")
    made.add_argument("--relhelper", help="another program than that of `nix build .#relhelper`")
    made.add_argument("--only", choices=("made-up", "release"), help="one of the two closures")
    made.add_argument("--attribute", default="release", help="the real release (default: release)")
    made.add_argument("--without-syft", action="store_true", help="leave syft out; it takes minutes on many files")


def run(options: argparse.Namespace) -> Report:
    program = relhelper(options.relhelper)
    report = Report(
        f"emit: {options.attribute}; {options.derivations} derivations, {options.artifacts} artifacts of {options.megabytes} MB"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        syft = (
            None
            if options.without_syft
            else peer.install(folder / "peer", ROOT / "benches/requirements-emit.txt") / "syft"
        )
        if options.only != "made-up":
            _compare(report, "release", program, _release(folder / "release", options.attribute), options.runs, syft)
        if options.only != "release":
            size = options.megabytes * MEGABYTE
            whole = closure.write(folder / "whole", options.derivations, options.artifacts, size)
            case = Case(whole.attributes, whole.store, whole.artifacts)
            report.note(
                f"made-up: {whole.derivations} derivations of {whole.derivation_bytes / MEGABYTE:.0f} MB, "
                f"{options.artifacts} artifacts of {whole.artifact_bytes / MEGABYTE:.0f} MB"
            )
            _compare(report, "made-up", program, case, options.runs, syft)
            quarter = closure.write(folder / "quarter", options.derivations, options.artifacts, size // 4)
            _flat(report, program, Case(quarter.attributes, quarter.store, quarter.artifacts), folder)
    return report


def _compare(report: Report, title: str, program: str, case: Case, runs: int, syft: Path | None) -> None:
    out = case.attributes.parent / "out"
    cases = _cases(title, program, case, out)
    bytes_ = sum(path.stat().st_size for path in case.artifacts.iterdir())
    for name, samples in interleaved(runs, cases).items():
        one = middle(samples)
        report.add(Row(name, one, len(samples), {"MB/s": round(bytes_ / MEGABYTE / one.wall, 1)}))
    written = sum(path.stat().st_size for path in out.iterdir())
    report.note(f"{title}: emit wrote {(written - bytes_) / MEGABYTE:.1f} MB of documents beside the artifacts")
    everything = measure(["sh", "-c", DIGESTS.format(out, os.cpu_count() or 1)])
    extra = {"MB/s": round(written / MEGABYTE / everything.wall, 1)}
    report.add(Row(f"{title}: sha256sum of all that emit wrote, one a core", everything, 1, extra))
    emit = report.row(f"{title}: emit").sample
    others = ("sha256sum", "sha256sum, one a core", "cp and sha256sum", "sha256sum of all that emit wrote, one a core")
    for other in others:
        them = report.row(f"{title}: {other}").sample
        report.note(f"{title}: emit / {other}: wall {emit.wall / them.wall:.2f}, CPU {emit.cpu / them.cpu:.2f}")
    ratio = emit.wall / report.row(f"{title}: sha256sum, one a core").sample.wall
    report.claim(
        f"{title}: emit takes at most {DIGEST_RATIO} of sha256sum on all cores ({ratio:.2f})", ratio <= DIGEST_RATIO
    )
    if syft:
        sample = _syft(syft, case)
        report.add(Row(f"{title}: syft", sample, 1, {"MB/s": round(bytes_ / MEGABYTE / sample.wall, 1)}))
        report.claim(f"{title}: emit is faster than syft", emit.wall < sample.wall)


def _cases(title: str, program: str, case: Case, out: Path) -> dict[str, Callable[[], Sample]]:
    copy = case.attributes.parent / "copy"
    digests = DIGESTS.format(case.artifacts, os.cpu_count() or 1)

    def anew(path: Path, command: list[str]) -> Sample:
        # A folder that was written before must not be there; removing it is not measured.
        shutil.rmtree(path, ignore_errors=True)
        return measure(command)

    return {
        f"{title}: emit": lambda: anew(out, emit(program, case, out)),
        f"{title}: sha256sum": lambda: measure(["sh", "-c", f"find '{case.artifacts}' -type f -exec sha256sum {{}} +"]),
        f"{title}: sha256sum, one a core": lambda: measure(["sh", "-c", digests]),
        f"{title}: cp and sha256sum": lambda: anew(
            copy, ["sh", "-c", f"cp -r '{case.artifacts}' '{copy}' && {digests}"]
        ),
    }


def emit(program: str, case: Case, out: Path) -> list[str]:
    options = ["--attributes", str(case.attributes), "--store", str(case.store), "--out", str(out)]
    return [program, "emit", "release", *options]


def _syft(program: Path, case: Case) -> Sample:
    """The same two formats, of the same files."""
    formats = [f"{name}={case.attributes.parent / name}" for name in ("spdx-json@2.3", "cyclonedx-json@1.6")]
    options = [word for each in formats for word in ("--output", each)]
    return measure(
        [str(program), "scan", f"dir:{case.artifacts}", "--quiet", *options], env={"SYFT_CHECK_FOR_APP_UPDATE": "false"}
    )


def _flat(report: Report, program: str, case: Case, folder: Path) -> None:
    small = measure(emit(program, case, folder / "quarter-out"))
    report.add(Row("made-up: emit, artifacts of a quarter of the size", small))
    ratio = report.row("made-up: emit").sample.process / small.process
    report.claim(f"memory is flat ({ratio:.2f} times as much for four times the bytes)", ratio <= FLAT_RATIO)


def _release(folder: Path, attribute: str) -> Case:
    """What Nix gave to the builder of the release; the release and what it was built from have to be in the store."""
    folder.mkdir()
    name = f"{ROOT}#{attribute}"
    subprocess.run(["nix", "build", "--no-link", name], check=True)
    derivation = next(iter(_json("nix", "show-derivation", name).values()))
    attributes = json.loads(derivation["env"]["__json"])
    infos = _json("nix", "path-info", "--json", *attributes["exportReferencesGraph"]["paths"])
    written = folder / "attributes.json"
    written.write_text(json.dumps({"relhelper": attributes["relhelper"], "paths": infos}))
    artifacts = folder / "artifacts"
    artifacts.mkdir()
    for row in attributes["relhelper"]["artifacts"]:
        shutil.copyfile(row["from"], artifacts / row["file"])
    return Case(written, Path("/nix/store"), artifacts)


def _json(*command: str) -> dict | list:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
