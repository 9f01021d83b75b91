#!/usr/bin/env python3
"""Judge the SPDX and CycloneDX documents of a release by programs that nobody here wrote.

None of them sees everything, so each document goes to all that know its format, and the two formats are compared with
each other. Then documents are broken in one place after the other (defects.py), and each time the judges named beside the
defect must refuse: a judge that accepts everything is none.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from contents import read
from defects import BROKEN, PAIRED, Defect
from documents import ENDINGS, JUDGES, OF_FORMAT, OF_PAIRED, OF_PAIRS, SHOWN, CdxValidate, parts

EXIT_CODES = "exit codes: 0 all are accepted and what is broken is refused; 1 otherwise"


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--node", type=Path, required=True, help="the program node")
    made.add_argument("--modules", type=Path, required=True, help="node_modules with what package-lock.json pins")
    made.add_argument("release", type=Path, help="folder with the documents")
    options = made.parse_args()
    cdx_validate = CdxValidate(options.node, options.modules)
    groups: dict[str, dict[str, Path]] = {}
    for path in sorted(options.release.iterdir()):
        stem, ending = parts(path.name)
        if ending:
            groups.setdefault(stem, {})[ending] = path
    problems = [
        f"{stem}: there is no {stem}{ending}"
        for stem, found in groups.items()
        for ending in ENDINGS
        if ending not in found
    ]
    if not groups or problems:
        return ended(problems or [f"{options.release} has no documents"], "")
    documents = [path for found in groups.values() for path in found.values()]
    with ProcessPoolExecutor() as pool:
        problems = [problem for found in pool.map(judged, documents) for problem in found]
        problems += [problem for found in pool.map(compared, groups.values()) for problem in found]
        problems += [
            f"cdx-validate refuses {path.name}: {why}" for path, whys in cdx_validate(documents).items() for why in whys
        ]
        # The document of the whole release has the shortest name.
        problems += not_refused(groups[min(groups, key=len)], cdx_validate, pool)
    defects = sum(map(len, (*BROKEN.values(), *PAIRED.values())))
    return ended(
        problems, f"{len(documents)} documents of {len(groups)} things are accepted, {defects} defects refused"
    )


def ended(problems: list[str], well: str) -> int:
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"SBOM: {well}")
    return 1 if problems else 0


# ---- what is called in other processes


def judged(path: Path) -> list[str]:
    """Why a document is refused, by all judges of its format but cdx-validate."""
    logging.disable()
    judges = OF_FORMAT[parts(path.name)[1]]
    return [f"{name} refuses {path.name}: {why}" for name in judges for why in JUDGES[name](path)[:SHOWN]]


def compared(found: dict[str, Path]) -> list[str]:
    """How the formats of one thing differ."""
    logging.disable()
    spdx = found[".spdx.json"]
    return [
        f"{name}, {spdx.name} and {found[ending].name}: {why}"
        for ending, judges in OF_PAIRED.items()
        for name in judges
        for why in OF_PAIRS[name](spdx, found[ending])[:SHOWN]
    ]


def refuses(judge: str, broken: Path, whole: Path) -> bool:
    logging.disable()
    return bool(OF_PAIRS[judge](whole, broken) if judge in OF_PAIRS else JUDGES[judge](broken))


# ---- broken documents


def not_refused(found: dict[str, Path], cdx_validate: CdxValidate, pool: ProcessPoolExecutor) -> list[str]:
    """The judges that accept what they should not, as sentences."""
    problems = []
    with tempfile.TemporaryDirectory() as name:
        expected: list[tuple[str, str, Path, Path]] = []
        for ending, defects in (*BROKEN.items(), *PAIRED.items()):
            for title, defect in defects.items():
                path = Path(name, f"{len(expected)}{ending}")
                # SPDX 3 has a canonical form.
                canonical = ending == ".spdx3.json"
                path.write_text(
                    json.dumps(broken(read(found[ending]), defect), separators=(",", ":"), sort_keys=canonical)
                )
                expected += [(judge, f"{title} ({ending})", path, found[".spdx.json"]) for judge in defect.judges]
        of_node = cdx_validate([path for judge, _, path, _ in expected if judge == "cdx-validate"])
        rest = [each for each in expected if each[0] != "cdx-validate"]
        answers = pool.map(refuses, *zip(*((judge, path, whole) for judge, _, path, whole in rest), strict=True))
        accepted = [each for each, refused in zip(rest, answers, strict=True) if not refused]
        accepted += [each for each in expected if each[0] == "cdx-validate" and each[2] not in of_node]
        problems += [f"{judge} accepts a document with {title}" for judge, title, _, _ in accepted]
    used = {judge for judge, *_ in expected}
    problems += [f"no defect is known for {judge}" for judge in {*JUDGES, *OF_PAIRS, "cdx-validate"} - used]
    return problems


def broken(document: dict[str, Any], defect: Defect) -> dict[str, Any]:
    made = copy.deepcopy(document)
    defect.change(made)
    assert made != document, "the defect changes nothing"
    return made


if __name__ == "__main__":
    sys.exit(main())
