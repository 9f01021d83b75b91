#!/usr/bin/env python3
"""Make ELF, PE and Mach-O files that differ in one thing, by real tools, and ask for the cause.

Each row makes the file `out` twice, in two folders whose paths differ. `relhelper compare --json` must call it a mismatch and
name the expected cause first. What diffoscope says of the same files is listed beside with --diffoscope: a peer, not a judge.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXIT_CODES = "exit codes: 0 every cause is named; 1 one is not; 2 a tool fails"
MAIN = r"""
#include <stdio.h>
int one(int), two(int);
int main(int argc, char **argv) { (void)argv; printf("%d\n", one(argc) + two(argc)); return 0; }
"""
SOURCES = {
    "one.c": "int one(int a) { int sum = 0; for (int i = 0; i < a; i++) sum += i * a ^ 5; return sum; }\n",
    "two.c": "int two(int a) { int product = 1; for (int i = 1; i < a; i++) product *= i | 3; return product - 9; }\n",
    "main.c": MAIN,
    "hello.c": "int main(void) { return 0; }\n",
    "date.c": '#include <stdio.h>\nint main(void) { puts("built on " __DATE__ " at " __TIME__); return 0; }\n',
    "file.c": "#include <assert.h>\nint main(int argc, char **argv) { (void)argv; assert(argc > 7); return 0; }\n",
    "panic.rs": 'fn main() { let a = std::env::args().count(); assert!(a < 2, "too many"); }\n',
    "start.c": "int one(int a) __attribute__((weak));\nint start(void) { return one ? one(7) : 0; }\n",
    "comment": "GCC: (another) 99.1\0",
}


# Name: the expected cause, then the commands for each of the two sides. `{zig}` is Zig, `{here}` the folder.
CC = "gcc -O1"
DEBUG = "gcc -g -fdebug-prefix-map={here}=. -o out main.c one.c two.c"
LINK = "gcc -o out main.o one.o two.o"
OBJECTS = [f"{CC} -c {name}.c" for name in ("main", "one", "two")]
MACOS = "{zig} cc -target x86_64-macos.11.0-none -Os -s -o out hello.c"
WINDOWS = "{zig} cc -target x86_64-windows-gnu -Os -nostdlib -Wl,-e,start"
OBJECT = "{zig} cc -target x86_64-windows-gnu -Os -c -o start.o start.c"
PE = "ld -m i386pep -e start"
EXECUTABLES = {
    "elf-build-id": (
        "elf-build-id",
        [f"{CC} -Wl,--build-id=sha1 -o out hello.c"],
        [f"{CC} -Wl,--build-id=md5 -o out hello.c"],
    ),
    "elf-no-build-id": (
        "elf-build-id",
        [f"{CC} -Wl,--build-id=sha1 -o out hello.c"],
        [f"{CC} -Wl,--build-id=none -o out hello.c"],
    ),
    "elf-date": (
        "build-date",
        ["env SOURCE_DATE_EPOCH=1700000000 gcc -o out date.c"],
        ["env SOURCE_DATE_EPOCH=1710050000 gcc -o out date.c"],
    ),
    "elf-path": ("build-path", [f"{CC} -o out {{here}}/file.c"], [f"{CC} -o out {{here}}/file.c"]),
    "elf-debug-path": ("debug-path", [f"{CC} -g -o out hello.c"], [f"{CC} -g -o out hello.c"]),
    "elf-debug-compressed": ("section-compression", [DEBUG], [DEBUG, "objcopy --compress-debug-sections=zlib out"]),
    "elf-object-order": ("code-order", [*OBJECTS, LINK], [*OBJECTS, "gcc -o out main.o two.o one.o"]),
    "elf-strip": ("strip", [f"{CC} -o out hello.c"], [f"{CC} -s -o out hello.c"]),
    "elf-comment": (
        "compiler-comment",
        [f"{CC} -o out hello.c"],
        [f"{CC} -o out hello.c", "objcopy --remove-section .comment --add-section .comment=comment out"],
    ),
    "elf-random-seed": (
        "symbols",
        ["gcc -c -flto -frandom-seed=1 -o out one.c"],
        ["gcc -c -flto -frandom-seed=2 -o out one.c"],
    ),
    "elf-optimisation": (
        "code",
        ["gcc -O2 -Wl,--build-id=none -o out main.c one.c two.c"],
        ["gcc -O3 -Wl,--build-id=none -o out main.c one.c two.c"],
    ),
    "elf-hash-style": (
        "section-missing",
        [f"{CC} -Wl,--hash-style=gnu -o out hello.c"],
        [f"{CC} -Wl,--hash-style=both -o out hello.c"],
    ),
    "elf-appended": (
        "overlay",
        [f"{CC} -o out hello.c"],
        [f"{CC} -o out hello.c", "dd if=comment of=out oflag=append conv=notrunc status=none"],
    ),
    "rust-path": (
        "build-path",
        ["rustc -C strip=symbols -o out {here}/panic.rs"],
        ["rustc -C strip=symbols -o out {here}/panic.rs"],
    ),
    "rust-metadata": (
        "symbols",
        ["rustc -C metadata=a --remap-path-prefix={here}=. -o out panic.rs"],
        ["rustc -C metadata=b --remap-path-prefix={here}=. -o out panic.rs"],
    ),
    "macos-version": ("macho-build-version", [MACOS], [MACOS.replace("11.0", "12.0")]),
    "macos-optimisation": (
        "code",
        [MACOS.replace("hello.c", "main.c one.c two.c")],
        [MACOS.replace("hello.c", "main.c one.c two.c").replace("-Os", "-O3")],
    ),
    "windows-pdb-path": (
        "pdb-path",
        [f"{WINDOWS} -g -o first.exe start.c", "mv first.exe out"],
        [f"{WINDOWS} -g -o other.exe start.c", "mv other.exe out"],
    ),
    "windows-optimisation": (
        "code",
        [f"{WINDOWS} -s -o out.exe start.c one.c", "mv out.exe out"],
        [f"{WINDOWS} -s -O1 -o out.exe start.c one.c", "mv out.exe out"],
    ),
    "windows-time": (
        "pe-timestamp",
        [f"{OBJECT}", f"{PE} --no-insert-timestamp -o out start.o"],
        [f"{OBJECT}", f"{PE} --insert-timestamp -o out start.o"],
    ),
}


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("--zig", type=Path, required=True, help="the program")
    made.add_argument("--diffoscope", help="the program, to list what it says as well")
    made.add_argument("cases", nargs="*", help="names of cases; all by default")
    options = made.parse_args()
    wrong = 0
    chosen = options.cases or list(EXECUTABLES)
    if not options.cases and not shutil.which("rustc"):
        print("skipped the cases of rustc, which is not installed")
        chosen = [name for name in chosen if not name.startswith("rust-")]
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            expected, *sides = EXECUTABLES[name]
            # Other lengths of the paths, as two people have.
            places = [Path(folder) / name / side for side in ("published", "rebuilt-elsewhere")]
            for place, commands in zip(places, sides, strict=True):
                make(place, commands, options.zig, Path(folder) / "cache")
            one, other = (place / "out" for place in places)
            start = time.monotonic()
            found = causes(options.relhelper, one, other)
            seconds = time.monotonic() - start
            right = found[:1] == [expected]
            wrong += not right
            print(f"{'right' if right else 'WRONG'} {name}: {expected} ({seconds:.2f} s); named: {' '.join(found)}")
            if options.diffoscope:
                print(f"      {peer(options.diffoscope, one, other)}")
    print(f"{len(chosen) - wrong} of {len(chosen)} causes are named first")
    return 1 if wrong else 0


def make(place: Path, commands: list[str], zig: Path, cache: Path) -> None:
    place.mkdir(parents=True)
    for name, text in SOURCES.items():
        (place / name).write_text(text)
    environment = {**os.environ, "LC_ALL": "C", "ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
    for command in commands:
        words = [word.format(zig=zig, here=place) for word in shlex.split(command)]
        done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"error: {shlex.join(words)}: {done.stderr}", file=sys.stderr)
            sys.exit(2)


def causes(relhelper: Path, one: Path, other: Path) -> list[str]:
    """The identifiers of the causes in the order of the report, each once."""
    done = subprocess.run([relhelper, "compare", "--json", one, other], capture_output=True, text=True)
    if done.returncode != 1:
        return [f"exit-code-{done.returncode}", done.stderr.strip()]
    found: dict[str, None] = {}

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("cause"), dict):
                found[value["cause"]["id"]] = None
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(json.loads(done.stdout))
    return list(found)


def peer(diffoscope: str, one: Path, other: Path) -> str:
    start = time.monotonic()
    done = subprocess.run([diffoscope, "--text", "-", one, other], capture_output=True, text=True, errors="replace")
    seconds = time.monotonic() - start
    parts = [
        line.split(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith("│   --- ") or "├── " in line
    ]
    return f"diffoscope ({seconds:.1f} s): {'; '.join(parts)[:300] or 'nothing'}"


if __name__ == "__main__":
    sys.exit(main())
