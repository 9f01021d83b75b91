#!/usr/bin/env python3
"""Make archives, texts and other files that differ in one thing, by real tools, and ask for the cause.

Each row makes the file `out` twice, in two folders with the same files. `relhelper compare --json` must call it a
mismatch and name the expected cause first; of two equal runs of the same commands it must say that they match. What
diffoscope says of the same files is listed beside with --diffoscope: a peer, not a judge.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

EXIT_CODES = "exit codes: 0 every cause is named; 1 one is not; 2 a tool is missing"
TIME = "2023-11-14 22:13:20Z"
TAR = f"tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='{TIME}' --format=ustar"
ZIP = "find tree | sort | TZ=UTC zip -q -X -@ out.zip && mv out.zip out"
PYTHON = f"{sys.executable} -B -c"
# The same archive by the module zipfile, with one thing changed.
ZIPFILE = """'import zipfile, sys
with zipfile.ZipFile("out", "w") as z:
    for name in sorted(["tree/a", "tree/b", "tree/sub/c"]):
        i = zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)); i.compress_type = {method}; i.external_attr = {mode} << 16
        z.writestr(i, open(name, "rb").read())
    z.comment = {comment}'"""


def zipfile(method: str = "8", mode: str = "0o100644", comment: str = 'b""') -> str:
    return f"{PYTHON} {ZIPFILE.format(method=method, mode=mode, comment=comment)}"


def named(name: str) -> str:
    write = 'gzip.GzipFile("{}", "wb", 9, open("out", "wb"), 0).write(open("tree/a", "rb").read())'
    return f"{PYTHON} 'import gzip; {write.format(name)}'"


# A header in front of all members; its name has the number of the process, if nothing else is said.
PAX = "delete=atime,delete=ctime,comment=x"
GZ = f"{TAR} -cf - tree | gzip -n"
PRINT = "printf '%s\\n'"
# Name: the expected cause, then the commands for each of the two sides.
CASES: dict[str, tuple[str, str, str]] = {
    "tar-time": ("member-time", f"{TAR} -cf out tree", f"{TAR} --mtime='2024-01-01Z' -cf out tree"),
    "tar-owner": ("member-owner", f"{TAR} -cf out tree", f"{TAR} --owner=1000 -cf out tree"),
    "tar-owner-name": (
        "member-owner",
        f"{TAR.replace(' --numeric-owner', '')} --owner=ann:1 -cf out tree",
        f"{TAR.replace(' --numeric-owner', '')} --owner=bob:1 -cf out tree",
    ),
    "tar-mode": ("member-mode", f"{TAR} -cf out tree", f"{TAR} --mode=go-r -cf out tree"),
    "tar-order": ("member-order", f"{TAR} -cf out tree/a tree/b", f"{TAR} -cf out tree/b tree/a"),
    "tar-format": ("tar-format", f"{TAR} -cf out tree", f"{TAR} --format=gnu -cf out tree"),
    "tar-pax": ("tar-format", f"{TAR} -cf out tree", f"{TAR} --format=posix --pax-option=comment=x -cf out tree"),
    "tar-pax-process": (
        "tar-format",
        f"{TAR} --format=posix --pax-option=globexthdr.name=1/h,{PAX} -cf out tree",
        f"{TAR} --format=posix --pax-option=globexthdr.name=2/h,{PAX} -cf out tree",
    ),
    "tar-program": (
        "tar-format",
        f"{TAR} -cf out tree/a",
        "bsdtar --format=gnutar --uid 0 --gid 0 --numeric-owner -cf out tree/a",
    ),
    "tar-padding": ("tar-padding", f"{TAR} -cf out tree", f"{TAR} -b 1 -cf out tree"),
    "tar-missing": ("member-missing", f"{TAR} -cf out tree", f"{TAR} --exclude=b -cf out tree"),
    "tar-truncated": ("truncated", f"{GZ} > out", f"{GZ} | head -c 200 > out"),
    "tar-appended": ("trailing-data", f"{GZ} > out", f"{GZ} > out; echo more >> out"),
    "gzip-time": ("gzip-time", f"touch -d '{TIME}' x; gzip -c x > out", "touch -d 2024-01-01 x; gzip -c x > out"),
    "gzip-name": ("gzip-name", named("one"), named("other")),
    "gzip-level": ("gzip-header", f"{GZ} -9 > out", f"{GZ} -1 > out"),
    "gzip-program": ("compression", "seq 200000 | gzip -n -6 > out", "seq 200000 | pigz -n -6 -b 32 > out"),
    "gzip-system": (
        "gzip-header",
        "gzip -nc tree/a > out",
        "gzip -nc tree/a > out; printf '\\377' | dd of=out bs=1 seek=9 conv=notrunc status=none",
    ),
    "compressor": ("compression", f"{TAR} -cf - tree | gzip -n -6 > out", f"{TAR} -cf - tree | gzip -n -7 > out"),
    "zip-time": ("member-time", ZIP, f"touch -d 2024-01-01 tree/a; {ZIP}; touch -d '{TIME}' tree/a"),
    "zip-time-zone": ("member-time", ZIP, ZIP.replace("TZ=UTC", "TZ=Asia/Tokyo")),
    "zip-extra": ("zip-extra", ZIP, ZIP.replace("-X ", "")),
    "zip-order": ("member-order", ZIP, ZIP.replace("| sort", "| sort -r")),
    "zip-mode": ("member-mode", ZIP, f"chmod 755 tree/a; {ZIP}; chmod 644 tree/a"),
    "zip-level": ("compression", ZIP.replace("-q", "-q -9"), ZIP.replace("-q", "-q -1")),
    "zip-method": ("compression-method", zipfile(), zipfile(method="0")),
    "zip-attributes": ("member-mode", zipfile(), zipfile(mode="0o100600")),
    "zip-comment": ("zip-comment", zipfile(), zipfile(comment='b"made today"')),
    "zip-normalised": (
        "member-time",
        ZIP,
        f"{ZIP}; mv out out.zip; strip-nondeterminism -t zip out.zip; mv out.zip out",
    ),
    "inner-date": (
        "build-date",
        f"date -u -d '{TIME}' > tree/a; {GZ} > out; seq 50 > tree/a; touch -d '{TIME}' tree/a",
        f"date -u -d 2024-01-01 > tree/a; {GZ} > out; seq 50 > tree/a; touch -d '{TIME}' tree/a",
    ),
    "iso-date": ("build-date", f"date -u -Is -d '{TIME}' > out", "date -u -Is -d 2024-01-01 > out"),
    "mail-date": ("build-date", f"date -u -R -d '{TIME}' > out", "date -u -R -d 2024-01-01 > out"),
    "epoch": ("build-date", f"date +%s -d '{TIME}' > out", "date +%s -d 2024-01-01 > out"),
    "compiler-date": (
        "build-date",
        "echo '__DATE__ __TIME__' | SOURCE_DATE_EPOCH=1700000000 cpp -P > out",
        "echo '__DATE__ __TIME__' | SOURCE_DATE_EPOCH=1710050000 cpp -P > out",
    ),
    "build-path": (
        "build-path",
        f'{PRINT} "prefix=$PWD/lib" > out',
        f'mkdir -p deeper; cd deeper; {PRINT} "prefix=$PWD/lib" > ../out',
    ),
    "byte-code": (
        "build-date",
        f"echo 'a = 1' > m.py; touch -d '{TIME}' m.py; {PYTHON} 'import py_compile; py_compile.compile(\"m.py\", \"out\", \"m.py\")'",
        f'echo \'a = 1\' > m.py; touch -d 2024-01-01 m.py; {PYTHON} \'import py_compile; py_compile.compile("m.py", "out", "m.py")\'',
    ),
    "line-endings": ("line-endings", "cp tree/a out", "sed 's/$/\\r/' tree/a > out"),
    "line-order": (
        "line-order",
        "printf 'b\\na\\nB\\n' | LC_ALL=C sort > out",
        "printf 'b\\na\\nB\\n' | LC_ALL=C sort -r > out",
    ),
    "host-name": ("host-name", f"{PRINT} 'built by root@alpha' > out", f"{PRINT} 'built by ann@beta' > out"),
    "identifier": (
        "identifier",
        f"{PYTHON} 'import uuid; print(\"id\", uuid.uuid4())' > out",
        f"{PYTHON} 'import uuid; print(\"id\", uuid.uuid4())' > out",
    ),
    "json-order": ("json-format", 'echo \'{"a": 1, "b": 2}\' > out', 'echo \'{"b": 2, "a": 1}\' > out'),
    "json-field": (
        "identifier",
        f'{PYTHON} \'import json, uuid; print(json.dumps({{"a": {{"serial": str(uuid.uuid4())}}}}))\' > out',
        f'{PYTHON} \'import json, uuid; print(json.dumps({{"a": {{"serial": str(uuid.uuid4())}}}}))\' > out',
    ),
    "digest": ("digest", "echo a | sha256sum | cut -c1-64 > out", "echo b | sha256sum | cut -c1-64 > out"),
    "random": ("random", "head -c 4096 /dev/urandom > out", "head -c 4096 /dev/urandom > out"),
    "truncated": ("truncated", "cp tree/b out", "head -c 100 tree/b > out"),
}
# Both sides of these are random, so that equal commands do not give equal files.
RANDOM = {"identifier", "json-field", "random"}


@dataclass(frozen=True)
class Outcome:
    verdict: str
    causes: list[str]
    place: list[str]
    seconds: float


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("--diffoscope", help="also list what this program says")
    made.add_argument("--json", action="store_true", help="print every row as JSON")
    made.add_argument("cases", nargs="*", metavar="CASE", help="only these")
    options = made.parse_args()
    problems, rows = [], []
    for name in options.cases or CASES:
        expected, published, rebuilt = CASES[name]
        with tempfile.TemporaryDirectory(prefix="relhelper-") as folder:
            files = [make(Path(folder) / side, commands) for side, commands in (("p", published), ("r", rebuilt))]
            ours = compare(options.relhelper, *files)
            if ours.verdict != "mismatch" or ours.causes[:1] != [expected]:
                problems.append(f"{name}: expected {expected}, found {ours.verdict} {ours.causes}")
            if name not in RANDOM:
                again = make(Path(folder) / "again", published)
                # Where the folder's own path is what differs, another folder differs as well.
                if name != "build-path" and compare(options.relhelper, files[0], again).verdict != "match":
                    problems.append(f"{name}: two equal runs do not match")
            row = {
                "case": name,
                "expected": expected,
                "causes": ours.causes,
                "place": ours.place,
                "seconds": ours.seconds,
            }
            if options.diffoscope:
                row["diffoscope"] = diffoscope(options.diffoscope, *files)
            rows.append(row)
    for row in rows:
        print(json.dumps(row) if options.json else line(row))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    print(f"differences: {len(rows)} kinds, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


def make(folder: Path, commands: str) -> Path:
    """The file `out` that the commands make in a folder with the same files every time."""
    (folder / "tree/sub").mkdir(parents=True)
    (folder / "tree/a").write_text("".join(f"{n}\n" for n in range(1, 51)))
    (folder / "tree/b").write_text("".join(f"{n * n} is the square of {n}\n" for n in range(400)))
    (folder / "tree/sub/c").write_text("c\n")
    (folder / "x").write_text("x\n")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    prepare = f"find tree -exec touch -d '{TIME}' {{}} +\n"
    subprocess.run(["sh", "-ec", prepare + commands], cwd=folder, check=True, env={**os.environ, "LC_ALL": "C"})
    return folder / "out"


def compare(program: Path, published: Path, rebuilt: Path) -> Outcome:
    start = time.monotonic()
    done = subprocess.run([program, "compare", "--json", published, rebuilt], stdout=subprocess.PIPE, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        return Outcome("none", [], [], seconds)
    report = json.loads(done.stdout)
    found = report["files"][0]["differences"]
    # One of each, in the order in which they are told.
    causes = list(dict.fromkeys(difference["cause"]["id"] for difference in found))
    return Outcome(report["verdict"], causes, found[0]["place"] if found else [], seconds)


def diffoscope(program: str, published: Path, rebuilt: Path) -> dict[str, object]:
    start = time.monotonic()
    done = subprocess.run([program, "--json", "-", published, rebuilt], capture_output=True, check=False)
    seconds = time.monotonic() - start
    said: list[str] = []

    def collect(node: dict[str, object]) -> None:
        said.append(str(node.get("source1")))
        said.extend(str(comment) for comment in node.get("comments", []))
        for inner in node.get("details", []):
            collect(inner)

    if done.stdout:
        collect(json.loads(done.stdout))
    return {"seconds": seconds, "said": [one for one in said if not one.startswith("/")]}


def line(row: dict[str, object]) -> str:
    text = f"{row['case']:16} {', '.join(row['causes'])} at {' > '.join(row['place'])} ({row['seconds']:.3f} s)"
    if "diffoscope" in row:
        text += f"; diffoscope: {row['diffoscope']['said']} ({row['diffoscope']['seconds']:.3f} s)"
    return text


if __name__ == "__main__":
    sys.exit(main())
