#!/usr/bin/env python3
"""Judge signatures by the tools whose formats they have, and those tools' signatures by relhelper.

For each mechanism: keys are made by its tool, relhelper signs, and the tool must accept the signature, and refuse it for a changed
file, another file, another key, and with one bit changed. Then the tool signs, `relhelper sign` must keep that signature, and refuse it
in the same four cases. For gpg, its arguments and environment are searched for secrets, and what it leaves behind.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]

import private_deb  # noqa: E402

PHRASE = "correct horse battery staple"
FILE = "payload.tar.gz"
NAMES = (FILE, "other.tar.gz")
KINDS = {
    "ed25519": ["-algorithm", "ed25519"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
}
# gpg in front of the real one, which tells what it was given.
SPY = '#!/bin/sh\n{ printf "%s\\n" "$@"; env; } >>"$(dirname "$0")/seen"\nexec /usr/bin/NAME "$@"\n'
EXIT_CODES = "exit codes: 0 all agree; 1 they do not"

Verify = Callable[[Path, Path, Path], bool]
Sign = Callable[[Path, Path], None]


class Disagreement(Exception):
    """What one side accepts and the other does not, or what both should refuse."""


@dataclass
class Mechanism:
    """One way to sign with one kind of key."""

    name: str
    suffix: str
    options: list[str]
    public: Path
    other_public: Path
    tools: dict[str, Verify]
    signers: dict[str, Sign]
    other_signer: Sign
    environment: dict[str, str] = field(default_factory=dict)


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    options = made.parse_args()
    found = private_deb.cosigns()
    with tempfile.TemporaryDirectory(prefix="sig-") as folder:
        stage = Stage(Path(folder), options.relhelper.resolve())
        cosigns = [Cosign(program, version, stage.folder) for program, version in found]
        try:
            for kind in KINDS:
                stage.judge(openssl(stage, kind, cosigns))
            for kind in ("ed25519", "p256", "rsa"):
                stage.judge(sigstore(stage, kind, cosigns))
            for phrase in ("", PHRASE):
                stage.judge(minisign(stage, phrase))
            stage.judge(ssh(stage))
            stage.judge(gpg(stage))
            check_spied(stage)
            check_keys(stage)
        except Disagreement as disagreement:
            print(f"error: {disagreement}", file=sys.stderr)
            return 1
    versions = ", ".join(f"cosign {cosign.version}" for cosign in cosigns)
    print(f"signatures: {stage.accepted} accepted, {stage.refused} broken ones refused; {versions}")
    return 0


class Stage:
    """A folder with files to sign, and the program."""

    def __init__(self, folder: Path, relhelper: Path) -> None:
        self.folder = folder
        self.relhelper = relhelper
        self.accepted = self.refused = 0
        self.release = folder / "release"
        self.spy = folder / "spy"
        self.temporary = folder / "tmp"
        self.spy.mkdir()
        self.temporary.mkdir()
        for name in ("gpg", "gpgconf"):
            (self.spy / name).write_text(SPY.replace("NAME", name))
            (self.spy / name).chmod(0o755)

    def fresh(self) -> Path:
        """The release as it was before anybody signed; the file to sign in it."""
        shutil.rmtree(self.release, ignore_errors=True)
        self.release.mkdir()
        contents = {name: (name * 1000).encode() for name in NAMES}
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items()))
        for name, content in {**contents, "SHA256SUMS": sums.encode()}.items():
            (self.release / name).write_bytes(content)
        return self.release / FILE

    def sign(self, mechanism: Mechanism) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.spy}:{os.environ['PATH']}", "TMPDIR": str(self.temporary)}
        command = [self.relhelper, "sign", *mechanism.options, self.release]
        return run(command, {**environment, **mechanism.environment}, codes=(0, 2))

    def judge(self, mechanism: Mechanism) -> None:
        file = self.fresh()
        signature = self.release / f"{FILE}{mechanism.suffix}"
        done = self.sign(mechanism)
        if done.returncode != 0 or not signature.is_file():
            raise Disagreement(f"{mechanism.name}: relhelper does not sign: {done.stderr}")
        work = self.folder / "work"
        for tool, verify in mechanism.tools.items():
            name = f"{tool}, {mechanism.name}"
            self._accept(name, verify(file, signature, mechanism.public))
            for what, changed, good in defects(file, signature, work, self.release / NAMES[1]):
                self._refuse(f"{name}: {what}", verify(changed, good, mechanism.public))
            self._refuse(f"{name}: another key", verify(file, signature, mechanism.other_public))
        for tool, sign in mechanism.signers.items():
            name = f"relhelper, {mechanism.name} by {tool}"
            self._accept(name, self._kept(mechanism, lambda target, sign=sign: sign(self.release / FILE, target)))
            other = self.release / NAMES[1]
            cases: dict[str, Sign] = {
                "another file": lambda _file, target, sign=sign, other=other: sign(other, target),
                "a changed file": lambda file, target, sign=sign: sign(flipped(file, work), target),
                "another key": mechanism.other_signer,
            }
            for what, make in cases.items():
                kept = self._kept(mechanism, lambda target, make=make: make(self.release / FILE, target))
                self._refuse(f"{name}: {what}", kept)

            def change(target: Path, sign: Sign = sign) -> None:
                sign(self.release / FILE, target)
                target.write_bytes(flip_signature(target.read_bytes()))

            self._refuse(f"{name}: one bit", self._kept(mechanism, change))

    def _kept(self, mechanism: Mechanism, make: Callable[[Path], None]) -> bool:
        """Whether relhelper takes a signature that is there already for a right one."""
        self.fresh()
        target = self.release / f"{FILE}{mechanism.suffix}"
        make(target)
        before = target.read_bytes()
        done = self.sign(mechanism)
        if target.read_bytes() != before:
            raise Disagreement(f"{mechanism.name}: relhelper writes over a signature")
        if done.returncode == 0:
            return "kept: 1\n" in done.stdout
        if f"{target.name} does not fit" not in done.stderr or (self.release / "signatures.json").exists():
            raise Disagreement(f"{mechanism.name}: relhelper fails otherwise: {done.stderr}")
        return False

    def _accept(self, name: str, accepted: bool) -> None:
        if not accepted:
            raise Disagreement(f"{name}: a good signature is refused")
        self.accepted += 1

    def _refuse(self, name: str, accepted: bool) -> None:
        if accepted:
            raise Disagreement(f"{name}: it is accepted")
        self.refused += 1


def defects(file: Path, signature: Path, work: Path, other: Path) -> list[tuple[str, Path, Path]]:
    """What a tool must refuse: a name, a file, a signature."""
    changed = work.with_suffix(".sig")
    changed.write_bytes(flip_signature(signature.read_bytes()))
    return [
        ("a changed file", flipped(file, work), signature),
        ("another file", other, signature),
        ("one bit", file, changed),
    ]


def flipped(file: Path, work: Path) -> Path:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    work.write_bytes(content)
    return work


def flip_signature(content: bytes) -> bytes:
    """The signature with one bit of its value changed; in Base64, where its envelope has that."""
    if content.startswith(b"{"):
        bundle = json.loads(content)
        value = bytearray(base64.b64decode(bundle["messageSignature"]["signature"]))
        value[len(value) // 2] ^= 1
        bundle["messageSignature"]["signature"] = base64.b64encode(value).decode()
        return json.dumps(bundle).encode()
    if content.startswith(b"untrusted"):
        lines = content.split(b"\n")
        value = bytearray(base64.b64decode(lines[1]))
        value[40] ^= 1
        lines[1] = base64.b64encode(value)
        return b"\n".join(lines)
    if content.startswith(b"-----BEGIN"):
        head, body, rest = re.fullmatch(
            rb"(-+BEGIN [^\n]+\n+)(.*?)(\n=....\n-+END.*|\n-+END.*)", content, re.S
        ).groups()
        value = bytearray(base64.b64decode(body))
        value[-8] ^= 1
        text = base64.encodebytes(value) if b"PGP" in head else base64.b64encode(value) + b"\n"
        # The checksum of OpenPGP armour may be left out (RFC 4880, section 6.1); with a wrong one nothing else is looked at.
        return head + text + rest[rest.index(b"-----END") :]
    value = bytearray(content)
    value[len(value) // 2] ^= 1
    return bytes(value)


def openssl(stage: Stage, kind: str, cosigns: list[Cosign]) -> Mechanism:
    keys = [openssl_key(stage, kind, name) for name in ("one", "two")]
    digest = "-sha384" if kind == "p384" else "-sha256"

    def verify(file: Path, signature: Path, public: Path) -> bool:
        if kind == "ed25519":
            command = [
                "openssl",
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-inkey",
                public,
                "-in",
                file,
                "-sigfile",
                signature,
            ]
        else:
            command = ["openssl", "dgst", digest, "-verify", public, "-signature", signature, file]
        return succeeds(command)

    def sign(key: Path, digest: str = digest) -> Sign:
        if kind == "ed25519":
            return lambda file, out: check(
                ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file, "-out", out]
            )
        return lambda file, out: check(["openssl", "dgst", digest, "-sign", key, "-out", out, file])

    tools: dict[str, Verify] = {"openssl": verify}
    signers = {"openssl": sign(keys[0][0])}
    if kind == "p384":
        signers["openssl -sha256"] = sign(keys[0][0], "-sha256")
    else:
        tools |= {f"cosign {cosign.version}": cosign.verify for cosign in cosigns}
    suffix = {"ed25519": ".sig", "rsa": ".rsa.sig"}.get(kind, ".ecdsa.sig")
    (secret, public), (other, other_public) = keys
    return Mechanism(kind, suffix, ["--key", str(secret)], public, other_public, tools, signers, sign(other))


def sigstore(stage: Stage, kind: str, cosigns: list[Cosign]) -> Mechanism:
    (secret, public), (other, other_public) = [openssl_key(stage, kind, name) for name in ("one", "two")]
    for key in (secret, other):
        cosigns[-1].import_key(key)
    tools = {f"cosign {cosign.version}": cosign.verify_bundle for cosign in cosigns}
    signers = {f"cosign {cosign.version}": cosign.signer(secret) for cosign in cosigns}
    options = ["--sigstore-key", str(secret)]
    return Mechanism(
        f"sigstore {kind}", ".sigstore.json", options, public, other_public, tools, signers, cosigns[0].signer(other)
    )


def minisign(stage: Stage, phrase: str) -> Mechanism:
    keys = []
    for name in ("one", "two"):
        secret, public = stage.folder / f"minisign-{name}.key", stage.folder / f"minisign-{name}.pub"
        protect = [] if phrase else ["-W"]
        check(["minisign", "-G", "-f", *protect, "-p", public, "-s", secret], words=f"{phrase}\n{phrase}\n")
        keys.append((secret, public))
    (secret, public), (other, other_public) = keys

    def sign(key: Path, *more: str) -> Sign:
        # The trusted comment names the file, which some cases sign under another name.
        comment = f"timestamp:1\tfile:{FILE}\thashed"
        return lambda file, out: check(
            ["minisign", "-S", *more, "-s", key, "-m", file, "-x", out, "-t", comment], words=f"{phrase}\n"
        )

    verify: Verify = lambda file, signature, public: succeeds(  # noqa: E731
        ["minisign", "-V", "-p", public, "-m", file, "-x", signature]
    )
    phrase_file = stage.folder / "phrase"
    phrase_file.write_text(f"{phrase}\n")
    options = ["--minisign-key", str(secret), *(["--minisign-passphrase-file", str(phrase_file)] if phrase else [])]
    signers = {"minisign": sign(secret)}
    if not phrase:
        # Over the bytes themselves, as older versions did. Opening an encrypted key takes a second, so once is enough.
        signers["minisign -l"] = sign(secret, "-l")
    name = "minisign, encrypted" if phrase else "minisign"
    return Mechanism(name, ".minisig", options, public, other_public, {"minisign": verify}, signers, sign(other))


def ssh(stage: Stage) -> Mechanism:
    keys = []
    for name in ("one", "two"):
        secret = stage.folder / f"ssh-{name}"
        check(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "judge", "-f", secret])
        keys.append(secret)

    def verify(file: Path, signature: Path, public: Path) -> bool:
        allowed = stage.folder / "allowed"
        allowed.write_text(f"me {public.read_text()}")
        command = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "me", "-n", "file", "-s", signature]
        return succeeds(command, stdin=file)

    def sign(key: Path) -> Sign:
        def run_it(file: Path, out: Path) -> None:
            out.write_text(check(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "file"], stdin=file))

        return run_it

    public, other_public = (key.with_suffix(".pub") for key in keys)
    return Mechanism(
        "ssh", ".ssh.sig", ["--ssh-key", str(keys[0])], public, other_public, {"ssh-keygen": verify},
        {"ssh-keygen": sign(keys[0])}, sign(keys[1]),
    )  # fmt: skip


def gpg(stage: Stage) -> Mechanism:
    keys = []
    for name in ("one", "two"):
        home = stage.folder / f"gpg-{name}"
        home.mkdir(mode=0o700)
        base = ["gpg", "--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", PHRASE]
        check([*base, "--quick-gen-key", f"{name} <{name}@example.org>", "ed25519", "sign", "never"])
        public = stage.folder / f"gpg-{name}.asc"
        public.write_text(check([*base, "--armor", "--export"]))
        ring = public.with_suffix(".gpg")
        check([*base, "--yes", "--output", ring, "--export"])
        keys.append((base, public))

    def sign(base: list) -> Sign:
        return lambda file, out: check([*base, "--yes", "--armor", "--output", out, "--detach-sign", file])

    def gpgv(file: Path, signature: Path, public: Path) -> bool:
        return succeeds(["gpgv", "--homedir", stage.folder, "--keyring", public.with_suffix(".gpg"), signature, file])

    def sqv(file: Path, signature: Path, public: Path) -> bool:
        return succeeds(["sqv", "--keyring", public, signature, file])

    (base, public), (other, other_public) = keys
    listed = check([*base, "--with-colons", "--list-keys"])
    fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", listed, re.M).group(1)
    environment = {
        "GPG_PRIVATE_KEY": check([*base, "--armor", "--export-secret-keys"]),
        "GPG_PASSPHRASE": PHRASE,
        "GPG_PUBLIC_KEY_FINGERPRINT": fingerprint,
    }
    tools = {"gpgv": gpgv, "sqv": sqv}
    return Mechanism("gpg", ".asc", [], public, other_public, tools, {"gpg": sign(base)}, sign(other), environment)


def check_spied(stage: Stage) -> None:
    """gpg was called, was told no secret by argument or environment, and left nothing behind."""
    seen = (stage.spy / "seen").read_text()
    if "--detach-sign" not in seen or "--verify" not in seen:
        raise Disagreement("gpg in front of the real one was not called, so nothing was looked at")
    for secret in (PHRASE, "PRIVATE KEY", "GPG_PASSPHRASE"):
        if secret in seen:
            raise Disagreement(f"gpg was told {secret} by argument or environment")
    left = list(stage.temporary.iterdir())
    if left:
        raise Disagreement(f"relhelper leaves {left} behind")
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes()
        except OSError:
            continue
        if str(stage.temporary).encode() in words:
            raise Disagreement(f"relhelper leaves a process behind: {words!r}")
    stage.refused += 1


def check_keys(stage: Stage) -> None:
    """What relhelper makes, the tools take."""
    key, small = stage.folder / "made.pem", stage.folder / "made.minisign"
    check([stage.relhelper, "keys", "generate", key])
    check(["openssl", "pkey", "-in", key, "-noout", "-check"])
    if check(["openssl", "pkey", "-in", key, "-pubout"]) != Path(f"{key}.pub").read_text():
        raise Disagreement("openssl derives another public key")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", f"{key}.pub", "-outform", "DER"], capture_output=True, check=True
    )
    if check([stage.relhelper, "keys", "fingerprint", key]).strip() != hashlib.sha256(der.stdout).hexdigest():
        raise Disagreement("openssl and sha256sum give the key another id")
    file = stage.fresh()
    for kind in ([], ["--unencrypted"]):
        small.unlink(missing_ok=True)
        Path(f"{small}.pub").unlink(missing_ok=True)
        environment = {"RELHELPER_MINISIGN_PASSPHRASE": PHRASE} if not kind else {}
        run([stage.relhelper, "keys", "generate", "--kind", "minisign", *kind, small], environment)
        signature = file.with_suffix(".minisig")
        check(["minisign", "-S", "-s", small, "-m", file, "-x", signature], words=f"{PHRASE}\n")
        check(["minisign", "-V", "-p", f"{small}.pub", "-m", file, "-x", signature])
        stage.accepted += 1
    ssh_key = stage.folder / "ssh-one"
    shown = check([stage.relhelper, "keys", "fingerprint", ssh_key]).strip()
    if shown not in check(["ssh-keygen", "-l", "-f", ssh_key]):
        raise Disagreement("ssh-keygen shows another fingerprint")
    stage.accepted += 2


class Cosign:
    """One version of cosign, without network and log."""

    def __init__(self, program: Path, version: str, folder: Path) -> None:
        self.program = str(program)
        self.version = version
        self.folder = folder / f"cosign-{version.split('-')[0]}"
        self.folder.mkdir()
        # 2.x is told to leave out the log, 3.x is given a configuration that names none.
        self.is_new = int(version.split(".")[0]) >= 3
        self.root = self.folder / "root.json"
        check([self.program, "trusted-root", "create", "--out", self.root])
        self.log = ["--insecure-ignore-tlog=true", *(["--private-infrastructure=true"] if self.is_new else [])]

    def verify(self, file: Path, signature: Path, public: Path) -> bool:
        return succeeds([self.program, "verify-blob", "--key", public, *self.log, "--signature", signature, file])

    def verify_bundle(self, file: Path, signature: Path, public: Path) -> bool:
        bundle = ["--new-bundle-format", "--bundle", signature, "--trusted-root", self.root]
        return succeeds([self.program, "verify-blob", "--key", public, *self.log, *bundle, file])

    def import_key(self, key: Path) -> None:
        """Debian's 2.5 does so with Ed25519 keys alone, but signs with what 3.1 writes."""
        check([self.program, "import-key-pair", "--key", key, "--output-key-prefix", key.with_suffix(".cosign")])

    def signer(self, key: Path) -> Sign:
        imported = key.with_suffix(".cosign")
        if self.is_new:
            settings = self.folder / "signing.json"
            check([self.program, "signing-config", "create", "--out", settings])
            where = ["--signing-config", settings]
        else:
            where = ["--tlog-upload=false", "--new-bundle-format"]
        command = [self.program, "sign-blob", "--yes", "--key", f"{imported}.key", *where, "--bundle"]
        return lambda file, out: check([*command, out, file])


def openssl_key(stage: Stage, kind: str, name: str) -> tuple[Path, Path]:
    secret, public = stage.folder / f"{kind}-{name}.pem", stage.folder / f"{kind}-{name}.pub"
    if not secret.exists():
        check(["openssl", "genpkey", "-quiet", *KINDS[kind], "-out", secret])
        check(["openssl", "pkey", "-in", secret, "-pubout", "-out", public])
    return secret, public


def run(
    command: list,
    environment: dict[str, str] | None = None,
    codes: tuple[int, ...] = (0,),
    words: str = "",
    stdin: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COSIGN_PASSWORD": "", "LC_ALL": "C"}
    source = {"stdin": stdin.open("rb")} if stdin else {"input": words}
    command = [str(word) for word in command]
    done = subprocess.run(
        command, env={**clean, **(environment or {})}, capture_output=True, text=True, check=False, **source
    )
    if done.returncode not in codes:
        raise Disagreement(f"{' '.join(command[:3])} ends with {done.returncode}: {done.stderr or done.stdout}")
    return done


def check(command: list, words: str = "", stdin: Path | None = None) -> str:
    return run(command, words=words, stdin=stdin).stdout


def succeeds(command: list, stdin: Path | None = None) -> bool:
    """Whether the tool says yes. One that dies says nothing."""
    done = run(command, codes=tuple(range(256)), stdin=stdin)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
