#!/usr/bin/env python3
"""Sign Windows programs with osslsigncode, and ask relhelper whether the signature is all that differs.

Each program is signed; `relhelper compare` must say that it matches but for the signature, `relhelper codesign` must take the
signature off and attach it to the unsigned program with the signed bytes as result, and osslsigncode must accept these. It must
refuse them with a bit changed in the code or in the signature, and by another authority. A byte that is flipped elsewhere must be a
mismatch, and the signature must not attach to it. Programs for macOS are signed by
rcodesign where it is installed. CI does without and says so: it would have to be compiled, which takes a quarter of an hour.

With --release, `relhelper codesign sign` signs the whole release: it must verify, the signers must accept each program alone and out
of its bundle, and refuse it changed; `codesign apply` and `rebuild` must make the same release again, and changed ones must be refused. A
forged release, signed as well, must not pass `rebuild`. The passphrase must not be seen.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from rebuild import forge_program  # noqa: E402

EXIT_CODES = "exit codes: 0 all of it holds; 1 something does not; 2 a tool is missing"
BUT_FOR_SIGNATURE = "matchButForSignature"
# Of an embedded code signature of macOS, all numbers big-endian: its first bytes, and the number of the blob with the CMS.
SUPER_BLOB = b"\xfa\xde\x0c\xc0"
CMS_SLOT = 0x10000


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("--release", type=Path, help="a release, not signed, to sign as a whole")
    made.add_argument("programs", nargs="*", type=Path, help="unsigned PE programs, and Mach-O programs")
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
        if options.release:
            problems += Whole(options.relhelper.absolute(), options.release.absolute(), folder / "whole").judge()
            judged += 1
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"{judged} programs and releases match but for the signature, and changed ones do not")
    return 1 if problems or not judged else 0


def keys(folder: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=Judge"
    run([*command.split(), "-addext", "extendedKeyUsage=codeSigning"], folder)
    (folder / "both.pem").write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    # Of the same name, so that only the key tells them apart.
    other = command.replace("key.pem", "other-key.pem").replace("cert.pem", "other-cert.pem")
    run([*other.split(), "-addext", "extendedKeyUsage=codeSigning"], folder)


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
    problems += accepted_changed(verify, attached, folder)
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


def accepted_changed(verify: list[str], signed: Path, folder: Path) -> list[str]:
    """What the signer accepts and must not: a program that it accepts as it is, with one bit changed; another authority."""
    content = signed.read_bytes()
    places = {"its code": len(content) // 2, "its signature": signature_value(content)}
    changed = folder / "bit-changed"
    cases = {}
    for what, place in places.items():
        other = bytearray(content)
        other[place] ^= 1
        cases[f"with a bit of {what} changed"] = (verify, bytes(other))
    if "cert.pem" in verify:
        cases["by another authority"] = (["other-cert.pem" if word == "cert.pem" else word for word in verify], content)
    problems = []
    for what, (command, bytes_of_it) in cases.items():
        changed.write_bytes(bytes_of_it)
        done = subprocess.run([*command, changed], cwd=folder, capture_output=True)
        # One that dies has not refused.
        if done.returncode <= 0:
            problems.append(f"{command[0]} ends with {done.returncode} for {signed.name} {what}")
    return problems


def signature_value(content: bytes) -> int:
    """A place in the RSA signature: it ends the CMS, which ends a PE program but for its padding. A Mach-O program lists its blobs."""
    end = len(content)
    if content[:2] != b"MZ":
        start = content.rindex(SUPER_BLOB)
        [count] = struct.unpack_from(">I", content, start + 8)
        slots = dict(struct.unpack_from(">II", content, start + 12 + 8 * number) for number in range(count))
        place = start + slots[CMS_SLOT]
        end = place + struct.unpack_from(">I", content, place + 4)[0]
    return end - 64


PASSPHRASE = "correct horse battery"

# A signer that notes what it was given, and lets the real one work.
SPY = """#!{python}
import os, sys
with open({log!r}, "a") as log:
    log.write(repr(sys.argv) + repr(dict(os.environ)) + "\\n")
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""


class Whole:
    """A whole release, signed by `relhelper codesign sign`."""

    def __init__(self, relhelper: Path, release: Path, folder: Path) -> None:
        self.relhelper, self.release, self.folder = relhelper, release, folder
        self.temporary, self.log, spies = folder / "tmp", folder / "log", folder / "spies"
        for path in (folder, self.temporary, spies):
            path.mkdir()
        keys(folder)
        # What rcodesign reads; OpenSSL writes other ciphers by default.
        old = "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1"
        export = f"openssl pkcs12 -export {old} -in cert.pem -inkey key.pem -out key.p12 -passout"
        run([*export.split(), f"pass:{PASSPHRASE}"], folder)
        (folder / "passphrase").write_text(PASSPHRASE + "\n")
        (folder / "wrong").write_text("incorrect\n")
        self.macos = shutil.which("rcodesign") is not None
        for tool in ("osslsigncode", "rcodesign"):
            if real := shutil.which(tool):
                spy = spies / tool
                spy.write_text(SPY.format(python=sys.executable, log=str(self.log), real=real))
                spy.chmod(0o755)
        self.environment = {**os.environ, "TMPDIR": str(self.temporary), "PATH": f"{spies}:{os.environ['PATH']}"}
        self.said = ""
        self.problems: list[str] = []

    def call(self, *words: str | Path, **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            [self.relhelper, *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
        )
        self.said += done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    def expect(self, what: str, code: int, *words: str | Path, says: str = "", **variables: str) -> None:
        found, said = self.call(*words, **variables)
        if found != code or says not in said:
            self.problems.append(f"{what}: exit code {found}, expected {code} and `{says}`: {said[-600:]}")

    def sign(self, out: str, passphrase: str = "passphrase", release: str | Path | None = None) -> list[str | Path]:
        words = ["codesign", "sign", "--authenticode-pkcs12", "key.p12", "--authenticode-passphrase-file", passphrase]
        if self.macos:
            words += ["--apple-pkcs12", "key.p12", "--apple-passphrase-file", passphrase]
        return [*words, release or self.release, out]

    def verdicts(self, report: str) -> dict[str, str]:
        """What `rebuild` says of each file in its report."""
        files = json.loads((self.folder / report / "rebuild-report.json").read_text())["files"]
        return {file["file"]: file["verdict"] for file in files}

    def judge(self) -> list[str]:
        self.expect("signing", 0, *self.sign("signed"), says="packed anew")
        if self.problems:
            return self.problems
        self.accepted()
        self.made_again()
        self.rebuilt()
        self.forged()
        self.refused()
        seen = self.log.read_text()
        if PASSPHRASE in seen or PASSPHRASE in self.said:
            self.problems.append("the passphrase is among the arguments, in the environment, or in what was said")
        if left := sorted(self.temporary.rglob("*")):
            self.problems.append(f"temporary files are left: {left}")
        return [f"the whole release: {problem}" for problem in self.problems]

    def accepted(self) -> None:
        self.expect("verifying", 0, "verify", "signed", says="pass")
        run(["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], self.folder / "signed")
        systems = [("-windows-gnullvm", ".exe", ".zip")] + [("-apple-darwin", "", ".tar.gz")] * self.macos
        for system, suffix, archive in systems:
            for program in sorted((self.folder / "signed").glob(f"*{system}{suffix}")):
                bundle = program.with_name(program.name.removesuffix(suffix) + archive)
                inside = self.folder / "inside"
                shutil.rmtree(inside, ignore_errors=True)
                if archive == ".zip":
                    zipfile.ZipFile(bundle).extractall(inside)
                else:
                    with tarfile.open(bundle) as opened:
                        opened.extractall(inside, filter="data")
                [unpacked] = inside.glob("*/bin/*")
                if unpacked.read_bytes() != program.read_bytes():
                    self.problems.append(f"{program.name} is another one in its bundle")
                verify = ["rcodesign", "verify"]
                if suffix:
                    verify = ["osslsigncode", "verify", "-CAfile", "cert.pem", "-in"]
                for file in (program, unpacked):
                    if subprocess.run([*verify, file], cwd=self.folder, capture_output=True).returncode != 0:
                        self.problems.append(f"{verify[0]} refuses {file}")
                self.problems += accepted_changed(verify, program, self.folder)
                run(["sha256sum", "-c", "--strict", "--quiet", "checksums.txt"], next(inside.iterdir()))
                for file in (program, bundle):
                    if (found := verdict(self.relhelper, file, self.release / file.name)) != BUT_FOR_SIGNATURE:
                        self.problems.append(f"{file.name} signed and unsigned: {found}")

    def rebuilt(self) -> None:
        """Out of the store, where it was built, with the published signatures put on."""
        self.expect("rebuilding", 0, "rebuild", "signed", "--out", "report", says="code signatures were put on")
        if self.problems:
            return
        found = self.verdicts("report")
        for file in sorted((self.folder / "signed").iterdir()):
            built = self.release / file.name
            expected = "notBuilt"
            if built.exists():
                expected = "match" if built.read_bytes() == file.read_bytes() else BUT_FOR_SIGNATURE
            if found.get(file.name) != expected:
                self.problems.append(f"{file.name} rebuilt: {found.get(file.name)}, expected {expected}")

    def forged(self) -> None:
        """A release of another program, signed by the same key, agrees with itself: only building it again tells."""
        forged = self.folder / "forged"
        shutil.copytree(self.release, forged, copy_function=shutil.copyfile)
        names = forge_program(forged, "x86_64-pc-windows-gnullvm")
        self.expect("the forged one, not signed", 0, "verify", "forged", says="pass")
        self.expect("signing the forged one", 0, *self.sign("forged-signed", release="forged"), says="packed anew")
        self.expect("verifying the forged one", 0, "verify", "forged-signed", says="pass")
        self.expect("rebuilding the forged one", 1, "rebuild", "forged-signed", "--out", "forged-report", says=names[0])
        found = self.verdicts("forged-report")
        for name in names:
            if found.get(name) != "mismatch":
                self.problems.append(f"{name} of the forged release: {found.get(name)}, expected mismatch")

    def made_again(self) -> None:
        self.expect("applying", 0, "codesign", "apply", self.release, "signed", "again", says="match")
        self.same("again")
        # By PEM files and the environment, the same.
        run(
            ["openssl", "pkey", "-in", "key.pem", "-aes256", "-passout", f"pass:{PASSPHRASE}", "-out", "locked.pem"],
            self.folder,
        )
        variables = {
            "RELHELPER_AUTHENTICODE_CERTIFICATE": "cert.pem",
            "RELHELPER_AUTHENTICODE_KEY": "locked.pem",
            "RELHELPER_AUTHENTICODE_PASSPHRASE": PASSPHRASE,
        }
        apple = ["--apple-pem", "key.pem", "--apple-pem", "cert.pem"] if self.macos else []
        self.expect("by PEM", 0, "codesign", "sign", *apple, self.release, "pem", says="packed anew", **variables)
        self.same("pem")

    def same(self, other: str) -> None:
        names = sorted(path.name for path in (self.folder / "signed").iterdir())
        if names != sorted(path.name for path in (self.folder / other).iterdir()):
            self.problems.append(f"{other} has other files")
            return
        _, different, odd = filecmp.cmpfiles(self.folder / "signed", self.folder / other, names, shallow=False)
        if different or odd:
            self.problems.append(f"{other} differs: {different + odd}")

    def refused(self) -> None:
        self.expect("a wrong passphrase", 2, *self.sign("no", "wrong"), says="did not sign")
        self.expect("no key", 2, "codesign", "sign", self.release, "no", says="no key")
        self.expect("no signer", 2, *self.sign("no"), says="there is no program", PATH="/nowhere")
        self.expect("a folder that is not empty", 2, *self.sign("signed"), says="there are files in it already")
        self.expect("signing twice", 2, *self.sign("no", release="signed"), says="code-signed already")
        [program, *_] = sorted((self.folder / "signed").glob("*-windows-gnullvm.exe"))
        for name in (program.name, f"{program.name}.codesign.json", "release-manifest.json", f"{program.stem}.zip"):
            changed = self.folder / "changed"
            shutil.rmtree(changed, ignore_errors=True)
            shutil.copytree(self.folder / "signed", changed)
            content = bytearray((changed / name).read_bytes())
            content[len(content) // 2] ^= 1
            (changed / name).write_bytes(content)
            self.expect(f"{name} with another byte", 1, "verify", "changed")
        other = self.folder / "other"
        shutil.copytree(self.release, other, copy_function=shutil.copyfile)
        content = bytearray((other / program.name).read_bytes())
        content[len(content) // 2] ^= 1
        (other / program.name).chmod(0o644)
        (other / program.name).write_bytes(content)
        self.expect("a changed release", 2, "codesign", "apply", "other", "signed", "no", says="does not verify")
        if (self.folder / "no").exists():
            self.problems.append("something was written where nothing should be")


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
