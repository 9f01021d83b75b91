#!/usr/bin/env python3
"""Sign Windows programs with osslsigncode, and ask relhelper whether the signature is all that differs.

Each program is signed; `relhelper compare` must say that it matches but for the signature, `relhelper codesign` must take the
signature off and attach it to the unsigned program with the signed bytes as result, and osslsigncode must accept these. A
byte that is flipped elsewhere must be a mismatch, and the signature must not attach to it. Programs for macOS are signed by
rcodesign where it is installed. CI does without and says so: it would have to be compiled, which takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

EXIT_CODES = "exit codes: 0 all of it holds; 1 something does not; 2 a tool is missing"
BUT_FOR_SIGNATURE = "matchButForSignature"


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("programs", nargs="+", type=Path, help="unsigned PE programs, and Mach-O programs")
    options = made.parse_args()
    for tool in ("osslsigncode", "openssl"):
        if not shutil.which(tool):
            print(f"error: there is no {tool}", file=sys.stderr)
            return 2
    problems, judged = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys(folder)
        for program in options.programs:
            sign = authenticode if program.read_bytes()[:2] == b"MZ" else apple
            if sign is apple and not shutil.which("rcodesign"):
                print(f"skipped {program.name}: rcodesign is not installed")
                continue
            problems += [f"{program.name}: {problem}" for problem in judge(options.relhelper, program, folder, sign)]
            judged += 1
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"{judged} programs match but for the signature, and changed ones do not")
    return 1 if problems or not judged else 0


def keys(folder: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=Judge"
    run([*command.split(), "-addext", "extendedKeyUsage=codeSigning"], folder)
    (folder / "both.pem").write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())


def authenticode(program: Path, signed: Path, folder: Path, digest: str) -> list[str]:
    signed.unlink(missing_ok=True)
    command = f"osslsigncode sign -certs cert.pem -key key.pem -h {digest}"
    run([*command.split(), "-in", str(program), "-out", str(signed)], folder)
    return ["osslsigncode", "verify", "-CAfile", "cert.pem", "-in"]


def apple(program: Path, signed: Path, folder: Path, digest: str) -> list[str]:
    command = "rcodesign sign --timestamp-url none --pem-file both.pem --code-signature-flags runtime"
    run([*command.split(), "--binary-identifier", f"org.example.{digest}", str(program), str(signed)], folder)
    return ["rcodesign", "verify"]


def judge(
    relhelper: Path, program: Path, folder: Path, sign: Callable[[Path, Path, Path, str], list[str]]
) -> list[str]:
    signed, second, attached, detached = (folder / name for name in ("signed", "second", "attached", "detached.json"))
    for left in (detached, attached):
        left.unlink(missing_ok=True)
    verify = sign(program, signed, folder, "sha256")
    problems = []
    if (found := verdict(relhelper, signed, program)) != BUT_FOR_SIGNATURE:
        problems.append(f"signed and unsigned: {found}")
    sign(program, second, folder, "sha384")
    if (found := verdict(relhelper, signed, second)) != BUT_FOR_SIGNATURE:
        problems.append(f"signed twice: {found}")
    if code(relhelper, "codesign", "extract", signed, program, detached) != 0:
        return [*problems, "the signature cannot be taken off"]
    if code(relhelper, "codesign", "attach", program, detached, attached) != 0:
        return [*problems, "the signature cannot be attached"]
    if attached.read_bytes() != signed.read_bytes():
        problems.append("attaching gives other bytes than signing")
    if subprocess.run([*verify, attached], cwd=folder, capture_output=True).returncode != 0:
        problems.append(f"{verify[0]} refuses the program with the signature attached")
    # In the code, in front of all that a signer writes at the end.
    changed = bytearray(program.read_bytes())
    changed[len(changed) // 2] ^= 1
    other = folder / "changed"
    other.write_bytes(changed)
    if (found := verdict(relhelper, signed, other)) != "mismatch":
        problems.append(f"one byte of the rebuilt program is another: {found}")
    if code(relhelper, "codesign", "attach", other, detached, attached) != 1:
        problems.append("the signature attaches to a program with another byte")
    changed = bytearray(signed.read_bytes())
    changed[program.stat().st_size // 2] ^= 1
    other.write_bytes(changed)
    if (found := verdict(relhelper, other, program)) != "mismatch":
        problems.append(f"one byte of the signed program is another: {found}")
    return problems


def verdict(relhelper: Path, published: Path, rebuilt: Path) -> str:
    done = subprocess.run([relhelper, "compare", "--json", published, rebuilt], capture_output=True, text=True)
    return json.loads(done.stdout)["verdict"] if done.stdout else done.stderr


def code(relhelper: Path, *words: str | Path) -> int:
    return subprocess.run([relhelper, *words], capture_output=True).returncode


def run(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"error: {' '.join(words)}: {done.stdout}{done.stderr}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
