#!/usr/bin/env python3
"""Judge signatures by the tools whose formats they have, and those tools' signatures by relhelper.

For each mechanism: keys are made by its tool, relhelper signs, and the tool must accept the signature, and refuse it for a changed
file, another file, another key, and with one bit changed. Then the tool signs, `relhelper sign` must keep that signature, and refuse it
in the same four cases. signify must take of these what sign-a-release.md says. For gpg, its arguments and environment are searched for
secrets, and what it leaves behind.

The tools also sign the SHA256SUMS of a small release that relhelper made. `relhelper verify` must accept that by key and by policy, and
say the right word of what is wrong, and no other: one bit, another file, another key, a key of another kind, keys of gpg that
have expired or are revoked. With --release, one release has a signature of each tool, and a policy that asks for all of them.
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
sys.path[:0] = [str(HERE.parent), *(str(HERE.parents[1] / folder) for folder in ("tools", "benches"))]

import closure  # noqa: E402
import private_deb  # noqa: E402

PHRASE = "correct horse battery staple"
FILE = "payload.tar.gz"
NAMES = (FILE, "other.tar.gz")
SUMS = "SHA256SUMS"
# One mechanism for each suffix, and no key twice, which a policy refuses.
ALL_AT_ONCE = ("ed25519", "p384", "rsa", "sigstore p256", "minisign", "ssh", "gpg")
PRODUCT = {"name": "hello", "version": "1.0.0", "description": None, "license": "MIT", "homepage": None}
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
    # What a policy calls such a key, and what relhelper says of a signature by another one.
    kind: str = "pem"
    stranger: str = "bad-signature"
    # More tools, that only `relhelper verify` is asked about; and more cases for it.
    more_signers: dict[str, Sign] = field(default_factory=dict)
    odd: list[Odd] = field(default_factory=list)

    @property
    def all_signers(self) -> dict[str, Sign]:
        return {**self.signers, **self.more_signers}


@dataclass
class Odd:
    """A signature of the right file, whose outcome is none of the usual ones. Without a key, it is that of the mechanism."""

    name: str
    sign: Sign
    outcome: str
    public: Path | None = None


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("--release", type=Path, help="a release, not signed, for a signature of each tool")
    options = made.parse_args()
    found = private_deb.cosigns()
    with tempfile.TemporaryDirectory(prefix="sig-") as folder:
        stage = Stage(Path(folder), options.relhelper.resolve())
        cosigns = [Cosign(program, version, stage.folder) for program, version in found]
        try:
            mechanisms = [openssl(stage, kind, cosigns) for kind in KINDS]
            mechanisms += [sigstore(stage, kind, cosigns) for kind in ("ed25519", "p256", "rsa")]
            small = minisign(stage, "")
            mechanisms += [small, ssh(stage), gpg(stage)]
            for mechanism in mechanisms:
                stage.judge(mechanism)
            check_keys(stage)
            check_signify(stage, small)
            released = Released(stage)
            for mechanism in mechanisms:
                released.judge(mechanism)
            if options.release:
                released.judge_whole(options.release, mechanisms)
            check_spied(stage)
            # Its keys have the names of those without a passphrase.
            stage.judge(minisign(stage, PHRASE))
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
            self.accept(name, verify(file, signature, mechanism.public))
            for what, changed, good in defects(file, signature, work, self.release / NAMES[1]):
                self.refuse(f"{name}: {what}", verify(changed, good, mechanism.public))
            self.refuse(f"{name}: another key", verify(file, signature, mechanism.other_public))
        for tool, sign in mechanism.signers.items():
            name = f"relhelper, {mechanism.name} by {tool}"
            self.accept(name, self._kept(mechanism, lambda target, sign=sign: sign(self.release / FILE, target)))
            other = self.release / NAMES[1]
            cases: dict[str, Sign] = {
                "another file": lambda _file, target, sign=sign, other=other: sign(other, target),
                "a changed file": lambda file, target, sign=sign: sign(flipped(file, work), target),
                "another key": mechanism.other_signer,
            }
            for what, make in cases.items():
                kept = self._kept(mechanism, lambda target, make=make: make(self.release / FILE, target))
                self.refuse(f"{name}: {what}", kept)

            def change(target: Path, sign: Sign = sign) -> None:
                sign(self.release / FILE, target)
                target.write_bytes(flip_signature(target.read_bytes()))

            self.refuse(f"{name}: one bit", self._kept(mechanism, change))

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

    def accept(self, name: str, accepted: bool) -> None:
        if not accepted:
            raise Disagreement(f"{name}: a good signature is refused")
        self.accepted += 1

    def refuse(self, name: str, accepted: bool) -> None:
        if accepted:
            raise Disagreement(f"{name}: it is accepted")
        self.refused += 1


class Released:
    """A release whose SHA256SUMS tools sign, and what `relhelper verify` says of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        folder = stage.folder / "released"
        folder.mkdir()
        file = folder / "hello-1.0.0-notes.txt"
        file.write_text("hello\n")
        source = {"revision": None, "sourceDate": closure.DATE}
        metadata = {"formatVersion": 1, "product": PRODUCT, "source": source, "toolchain": None, "targets": []}
        row = {"kind": "other", "target": None, "mediaType": "text/plain"}
        made = closure.of_files(folder / "made", metadata, [(row, file)])
        self.folder = folder / "release"
        emit = ["emit", "release", "--store", made.store, "--attributes", made.attributes, "--out", self.folder]
        check([stage.relhelper, *emit])
        self.other = folder / "release-manifest.json"
        shutil.copyfile(self.folder / self.other.name, self.other)

    def judge(self, mechanism: Mechanism) -> None:
        file, target = self.folder / SUMS, self.folder / f"{SUMS}{mechanism.suffix}"
        elsewhere = self.other.with_name(f"{self.other.name}{mechanism.suffix}")
        self._expect(f"{mechanism.name}: nobody", mechanism, mechanism.public, "no-signature")
        for tool, sign in mechanism.all_signers.items():
            name = f"{mechanism.name} by {tool}"
            sign(file, target)
            self._expect(name, mechanism, mechanism.public, "signed")
            target.write_bytes(flip_signature(target.read_bytes()))
            self._expect(f"{name}: one bit", mechanism, mechanism.public, "bad-signature")
            sign(self.other, elsewhere)
            elsewhere.replace(target)
            # Where the signature says which bytes it is over, that is told.
            says = b'"digest"' in target.read_bytes()
            self._expect(
                f"{name}: another file", mechanism, mechanism.public, "wrong-file" if says else "bad-signature"
            )
        mechanism.other_signer(file, target)
        self._expect(f"{mechanism.name}: another key", mechanism, mechanism.public, mechanism.stranger)
        self._expect(f"{mechanism.name}: the other key itself", mechanism, mechanism.other_public, "signed")
        self._foreign(mechanism)
        for odd in mechanism.odd:
            odd.sign(file, target)
            self._expect(f"{mechanism.name}: {odd.name}", mechanism, odd.public or mechanism.public, odd.outcome)
        target.unlink()

    def judge_whole(self, release: Path, mechanisms: list[Mechanism]) -> None:
        """A signature of each mechanism beside one list, and a policy that asks for all of them; then with a bit of each changed."""
        folder = self.stage.folder / "whole"
        shutil.copytree(release, folder, copy_function=shutil.copyfile)
        folder.chmod(0o755)
        product = json.loads((folder / "release-manifest.json").read_text())["product"]["name"]
        chosen = [mechanism for mechanism in mechanisms if mechanism.name in ALL_AT_ONCE]
        policy = self._policy(product, chosen)
        for mechanism in chosen:
            next(iter(mechanism.signers.values()))(folder / SUMS, folder / f"{SUMS}{mechanism.suffix}")
        whom = ["--policy", policy]
        self._verify(f"{len(chosen)} signatures", folder, whom, 0, [("signed", "yes")])
        for mechanism in chosen:
            signature = folder / f"{SUMS}{mechanism.suffix}"
            signature.write_bytes(flip_signature(signature.read_bytes()))
        expected = [("bad-signature", "no")] * len(chosen) + [("threshold-not-met", "no")]
        self._verify(f"{len(chosen)} signatures, one bit of each", folder, whom, 1, expected)

    def _foreign(self, mechanism: Mechanism) -> None:
        """A key that makes no such signatures. Of a bundle, that leaves open whether a certificate is in it."""
        public, kind = (self.stage.folder / "ssh-one.pub", "ssh")
        if mechanism.kind == kind:
            public, kind = (self.stage.folder / "ed25519-one.pub", "pem")
        name = f"{mechanism.name}: a key of another kind"
        is_bundle = mechanism.suffix == ".sigstore.json"
        word = "trust-root-missing" if is_bundle else "unknown-key"
        self._expect(name, mechanism, public, word, kind, "unknown" if is_bundle else "no")

    def _expect(
        self, name: str, mechanism: Mechanism, public: Path, word: str, kind: str = "", answer: str = "no"
    ) -> None:
        """What is said by the key, and by a policy that has it."""
        if word == "signed":
            answer = "yes"
        policy = self._policy(PRODUCT["name"], [mechanism], public, kind)
        for whom in (["--key", public], ["--policy", policy]):
            code = {"yes": 0, "no": 1, "unknown": 2}[answer]
            self._verify(f"{name}, {whom[0]}", self.folder, whom, code, [(word, answer)])

    def _verify(self, name: str, folder: Path, whom: list, code: int, expected: list[tuple[str, str]]) -> None:
        command = [self.stage.relhelper, "verify", "--json", *whom, folder]
        done = run(command, {"TMPDIR": str(self.stage.temporary)}, codes=tuple(range(256)))
        report = json.loads(done.stdout or "{}")
        outcomes = report.get("signatures", {}).get("outcomes", [])
        found = sorted((outcome["outcome"], outcome["decision"]) for outcome in outcomes)
        others = {outcome["file"] for outcome in outcomes} - {SUMS}
        if (done.returncode, found) != (code, expected) or others or report["problems"] or report["unchecked"]:
            raise Disagreement(
                f"relhelper verify, {name}: exit code {done.returncode} and {found}, expected {code} and {expected}\n"
                f"{done.stdout}{done.stderr}"
            )
        if code:
            self.stage.refused += 1
        else:
            self.stage.accepted += 1

    def _policy(self, product: str, mechanisms: list[Mechanism], public: Path | None = None, kind: str = "") -> Path:
        """A policy that wants SHA256SUMS signed by all of them; beside the keys."""
        # That is about times of the policy, not about what a key of gpg says of itself.
        text = f'formatVersion = 1\nproduct = "{product}"\ntolerate = ["expired-key"]\n'
        for each in mechanisms:
            file = (public or each.public).name
            text += f'[[key]]\nname = "{each.name}"\nkind = "{kind or each.kind}"\nfile = "{file}"\n'
        names = json.dumps([each.name for each in mechanisms])
        text += f'[[require]]\nfiles = ["checksums"]\nidentities = {names}\nthreshold = {len(mechanisms)}\n'
        policy = self.stage.folder / "trust.toml"
        policy.write_text(text)
        return policy


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
    is_text = re.fullmatch(rb"[A-Za-z0-9+/]+=*\n?", content)
    value = bytearray(base64.b64decode(content) if is_text else content)
    value[len(value) // 2] ^= 1
    return base64.b64encode(value) if is_text else bytes(value)


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
    plain: dict[str, Sign] = {}
    if kind == "p384":
        signers["openssl -sha256"] = sign(keys[0][0], "-sha256")
    else:
        tools |= {f"cosign {cosign.version}": cosign.verify for cosign in cosigns}
        # These have Base64, where openssl's have bytes.
        plain = {f"cosign {cosign.version}": cosign.plain_signer(keys[0][0]) for cosign in cosigns}
        cosigns[-1].import_key(keys[0][0])
    suffix = {"ed25519": ".sig", "rsa": ".rsa.sig"}.get(kind, ".ecdsa.sig")
    (secret, public), (other, other_public) = keys
    return Mechanism(
        kind, suffix, ["--key", str(secret)], public, other_public, tools, signers, sign(other), more_signers=plain
    )


def sigstore(stage: Stage, kind: str, cosigns: list[Cosign]) -> Mechanism:
    (secret, public), (other, other_public) = [openssl_key(stage, kind, name) for name in ("one", "two")]
    for key in (secret, other):
        cosigns[-1].import_key(key)
    tools = {f"cosign {cosign.version}": cosign.verify_bundle for cosign in cosigns}
    signers = {f"cosign {cosign.version}": cosign.signer(secret) for cosign in cosigns}
    options = ["--sigstore-key", str(secret)]
    return Mechanism(
        f"sigstore {kind}", ".sigstore.json", options, public, other_public, tools, signers, cosigns[0].signer(other),
        stranger="unknown-key",
    )  # fmt: skip


def minisign(stage: Stage, phrase: str) -> Mechanism:
    keys = []
    for name in ("one", "two"):
        secret, public = stage.folder / f"minisign-{name}.key", stage.folder / f"minisign-{name}.pub"
        protect = [] if phrase else ["-W"]
        check(["minisign", "-G", "-f", *protect, "-p", public, "-s", secret], words=f"{phrase}\n{phrase}\n")
        keys.append((secret, public))
    (secret, public), (other, other_public) = keys

    def sign(key: Path, *more: str) -> Sign:
        # The trusted comment names the file that lies beside, also when something else is signed.
        def run_it(file: Path, out: Path, name: str = "") -> None:
            comment = f"timestamp:1\tfile:{name or out.name.removesuffix('.minisig')}\thashed"
            check(["minisign", "-S", *more, "-s", key, "-m", file, "-x", out, "-t", comment], words=f"{phrase}\n")

        return run_it

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
    renamed = Odd("another name", lambda file, out: sign(secret)(file, out, NAMES[1]), "wrong-file")
    odd = [renamed, Odd("signify", *signify(stage))]
    return Mechanism(
        name, ".minisig", options, public, other_public, {"minisign": verify}, signers, sign(other),
        kind="minisign", stranger="unknown-key", odd=odd,
    )  # fmt: skip


def signify(stage: Stage) -> tuple[Sign, str, Path]:
    """Its keys are read as those of minisign. Its signatures are no such ones: they have no trusted comment."""
    secret, public = stage.folder / "signify.sec", stage.folder / "signify.pub"
    if not secret.exists():
        check(["signify-openbsd", "-G", "-n", "-p", public, "-s", secret])
    sign: Sign = lambda file, out: check(["signify-openbsd", "-S", "-s", secret, "-m", file, "-x", out])  # noqa: E731
    return sign, "bad-signature", public


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

    def sign(key: Path, namespace: str = "file") -> Sign:
        def run_it(file: Path, out: Path) -> None:
            out.write_text(check(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace], stdin=file))

        return run_it

    public, other_public = (key.with_suffix(".pub") for key in keys)
    return Mechanism(
        "ssh", ".ssh.sig", ["--ssh-key", str(keys[0])], public, other_public, {"ssh-keygen": verify},
        {"ssh-keygen": sign(keys[0])}, sign(keys[1]), kind="ssh", stranger="unknown-key",
        odd=[Odd("another namespace", sign(keys[0], "git"), "bad-signature")],
    )  # fmt: skip


def gpg(stage: Stage) -> Mechanism:
    def make(name: str, expires: str = "never", *more: str) -> tuple[list, Path]:
        home = stage.folder / f"gpg-{name}"
        home.mkdir(mode=0o700)
        base = ["gpg", "--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", PHRASE]
        check([*base, *more, "--quick-gen-key", f"{name} <{name}@example.org>", "ed25519", "sign", expires])
        return base, export(name, base)

    def export(name: str, base: list) -> Path:
        public = stage.folder / f"gpg-{name}.asc"
        public.write_text(check([*base, "--armor", "--export"]))
        check([*base, "--yes", "--output", public.with_suffix(".gpg"), "--export"])
        return public

    def sign(base: list, *more: str) -> Sign:
        return lambda file, out: check([*base, *more, "--yes", "--armor", "--output", out, "--detach-sign", file])

    def gpgv(file: Path, signature: Path, public: Path) -> bool:
        return succeeds(["gpgv", "--homedir", stage.folder, "--keyring", public.with_suffix(".gpg"), signature, file])

    def sqv(file: Path, signature: Path, public: Path) -> bool:
        return succeeds(["sqv", "--keyring", public, signature, file])

    def sign_and_revoke(file: Path, out: Path) -> None:
        """The signature is older than the revocation, whose certificate gpg has written beside the key, with a colon in front."""
        sign(revoked)(file, out)
        [certificate] = (stage.folder / "gpg-revoked" / "openpgp-revocs.d").glob("*.rev")
        check([*revoked, "--import"], words=certificate.read_text().replace("\n:-----", "\n-----"))
        export("revoked", revoked)

    (base, public), (other, other_public) = make("one"), make("two")
    past, later = (("--faked-system-time", f"20200101T{hour}0000") for hour in ("00", "12"))
    old, old_public = make("old", "never", *past)
    expired, expired_public = make("expired", "1d", *past)
    revoked, revoked_public = make("revoked")
    odd = [
        Odd("an old key", sign(old, *later), "signed", old_public),
        Odd("a signature that has expired", sign(old, *later, "--default-sig-expire", "1d"), "expired-key", old_public),
        Odd("a key that has expired", sign(expired, *later), "expired-key", expired_public),
        Odd("a key that will be revoked", sign(revoked), "signed", revoked_public),
        Odd("a key that is revoked", sign_and_revoke, "revoked-key", revoked_public),
    ]
    listed = check([*base, "--with-colons", "--list-keys"])
    fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", listed, re.M).group(1)
    environment = {
        "GPG_PRIVATE_KEY": check([*base, "--armor", "--export-secret-keys"]),
        "GPG_PASSPHRASE": PHRASE,
        "GPG_PUBLIC_KEY_FINGERPRINT": fingerprint,
    }
    return Mechanism(
        "gpg", ".asc", [], public, other_public, {"gpgv": gpgv, "sqv": sqv}, {"gpg": sign(base)}, sign(other), environment,
        kind="openpgp", stranger="unknown-key", odd=odd,
    )  # fmt: skip


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


def check_signify(stage: Stage, mechanism: Mechanism) -> None:
    """It takes signatures of minisign over the bytes themselves, and neither minisign's usual ones nor relhelper's."""
    file, signature = stage.fresh(), stage.release / f"{FILE}.minisig"

    def verify(file: Path, signature: Path, public: Path) -> bool:
        return succeeds(["signify-openbsd", "-V", "-q", "-p", public, "-x", signature, "-m", file])

    mechanism.signers["minisign -l"](file, signature)
    stage.accept("signify, minisign -l", verify(file, signature, mechanism.public))
    for what, changed, good in defects(file, signature, stage.folder / "work", stage.release / NAMES[1]):
        stage.refuse(f"signify, minisign -l: {what}", verify(changed, good, mechanism.public))
    stage.refuse("signify, minisign -l: another key", verify(file, signature, mechanism.other_public))
    mechanism.signers["minisign"](file, signature)
    stage.refuse("signify, minisign", verify(file, signature, mechanism.public))
    signature.unlink()
    stage.sign(mechanism)
    stage.refuse("signify, relhelper", verify(file, signature, mechanism.public))


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
        if not key.with_suffix(".cosign.key").exists():
            check([self.program, "import-key-pair", "--key", key, "--output-key-prefix", key.with_suffix(".cosign")])

    def plain_signer(self, key: Path) -> Sign:
        """The signature alone, in Base64."""
        new = ["--use-signing-config=false", "--new-bundle-format=false"] if self.is_new else []
        command = [self.program, "sign-blob", "--yes", "--key", f"{key.with_suffix('.cosign')}.key", *new]
        command += ["--tlog-upload=false", "--output-signature"]
        return lambda file, out: check([*command, out, file])

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
