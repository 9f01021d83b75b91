#!/usr/bin/env python3
"""Judge attestations by programs that nobody here wrote, and these by relhelper.

relhelper attests a release with keys of each kind; securesystemslib verifies the envelopes, in-toto-attestation reads the statements
and predicates, and cosign, in two versions, verifies both. Then securesystemslib and both versions of cosign sign, and
relhelper counts them. Each time, what is broken must be refused by both sides.
"""

from __future__ import annotations

import argparse
import base64
import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]

import google.protobuf.json_format as protobuf  # noqa: E402
import private_deb  # noqa: E402
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key  # noqa: E402
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2  # noqa: E402
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2  # noqa: E402
from in_toto_attestation.v1 import statement_pb2  # noqa: E402
from in_toto_attestation.v1.statement import Statement  # noqa: E402
from securesystemslib.dsse import Envelope  # noqa: E402
from securesystemslib.exceptions import VerificationError  # noqa: E402
from securesystemslib.signer import CryptoSigner, SSlibKey  # noqa: E402

# Kind → how OpenSSL makes such a key, and what securesystemslib calls the scheme.
KINDS = {
    "ed25519": (["-algorithm", "ed25519"], "ed25519"),
    "p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "ecdsa-sha2-nistp256"),
    "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa-pkcs1v15-sha256"),
}
PAYLOAD_TYPE = "application/vnd.in-toto+json"
PROVENANCE = "https://slsa.dev/provenance/v1"
DIFFERENCE = "urn:relhelper:predicate:rebuild-difference:0.1"
VSA = "https://slsa.dev/verification_summary/v1"
EXIT_CODES = "exit codes: 0 all agree; 1 they do not"


class Disagreement(Exception):
    """What one side accepts and the other does not, or what both should refuse."""


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("release", type=Path, help="folder of a release")
    options = made.parse_args()
    found = private_deb.cosigns()
    with tempfile.TemporaryDirectory(prefix="attestation-") as folder:
        stage = Stage(Path(folder), options.relhelper.resolve(), options.release)
        cosigns = [Cosign(program, version, Path(folder)) for program, version in found]
        try:
            stage.prepare()
            for kind in KINDS:
                _ours(stage, kind, cosigns)
            _signed(stage, cosigns)
            _theirs(stage, cosigns)
            _others(stage, cosigns)
        except Disagreement as disagreement:
            print(f"error: {disagreement}", file=sys.stderr)
            return 1
    versions = ", ".join(f"cosign {cosign.version}" for cosign in cosigns)
    print(f"attestations: {stage.accepted} accepted, {stage.refused} broken ones refused; {versions}")
    return 0


def _ours(stage: Stage, kind: str, cosigns: list[Cosign]) -> None:
    """What relhelper signs with a key of this kind."""
    line = stage.attest(kind)
    envelope = json.loads(line)
    stage.accepts(f"in-toto-attestation, {kind}", lambda: _read(_payload(envelope)))
    key = SSlibKey.from_crypto(stage.public(kind), keyid=envelope["signatures"][0]["keyid"], scheme=KINDS[kind][1])
    stage.accepts(f"securesystemslib, {kind}", lambda: _verify(envelope, key))
    stage.accepts(f"relhelper, {kind}", lambda: stage.counts(kind, line))
    for cosign in cosigns:
        name = f"cosign {cosign.version}, {kind}"
        stage.accepts(name, lambda cosign=cosign: cosign.verify(stage, kind, line, stage.artifact))
        stage.refuses(f"{name}: another file", lambda cosign=cosign: cosign.verify(stage, kind, line, stage.other))
        stage.refuses(
            f"{name}: another type",
            lambda cosign=cosign: cosign.verify(stage, kind, line, stage.artifact, "https://cyclonedx.org/bom"),
        )
    for what, change in DEFECTS.items():
        broken = copy.deepcopy(envelope)
        change(broken)
        text = json.dumps(broken)
        stage.refuses(f"securesystemslib, {kind}: {what}", lambda broken=broken: _verify(broken, key))
        stage.refuses(f"relhelper, {kind}: {what}", lambda text=text: stage.counts(kind, text))
        for cosign in cosigns:
            stage.refuses(
                f"cosign {cosign.version}, {kind}: {what}",
                lambda cosign=cosign, text=text: cosign.verify(stage, kind, text, stage.artifact),
            )


def _signed(stage: Stage, cosigns: list[Cosign]) -> None:
    """Provenance that `relhelper sign` signed with each key, byte for byte."""
    for kind, line in stage.sign().items():
        envelope = json.loads(line)
        if base64.b64decode(envelope["payload"]) != (stage.release / "provenance.json").read_bytes():
            raise Disagreement(f"sign, {kind}: the payload is not provenance.json")
        stage.accepts(f"in-toto-attestation, sign, {kind}", lambda envelope=envelope: _read(_payload(envelope)))
        for cosign in cosigns:
            name = f"cosign {cosign.version}, sign, {kind}"
            files = (stage.artifact, stage.other)
            good, bad = (lambda c=cosign, k=kind, t=line, f=file: c.verify(stage, k, t, f) for file in files)
            stage.accepts(name, good)
            stage.refuses(f"{name}: another file", bad)
            for what, change in DEFECTS.items():
                broken = copy.deepcopy(envelope)
                change(broken)
                text = json.dumps(broken)
                stage.refuses(f"{name}: {what}", lambda c=cosign, k=kind, t=text: c.verify(stage, k, t, stage.artifact))


def _theirs(stage: Stage, cosigns: list[Cosign]) -> None:
    """What others sign, counted by relhelper."""
    for kind, (_, scheme) in KINDS.items():
        payload = stage.statement(kind)
        private = load_pem_private_key(stage.file(f"{kind}.pem").read_bytes(), None)
        public = SSlibKey.from_crypto(stage.public(kind), scheme=scheme)
        envelope = Envelope(json.dumps(payload).encode(), PAYLOAD_TYPE, {})
        envelope.sign(CryptoSigner(private, public))
        text = json.dumps(envelope.to_dict())
        stage.accepts(f"relhelper of securesystemslib, {kind}", lambda text=text, kind=kind: stage.counts(kind, text))
        urlsafe = text.replace("+", "-").replace("/", "_").replace("application_vnd.in-toto-json", PAYLOAD_TYPE)
        stage.accepts(f"relhelper of base64url, {kind}", lambda text=urlsafe, kind=kind: stage.counts(kind, text))
    for index, cosign in enumerate(cosigns):
        kind = f"cosign{index}"
        cosign.make_key(kind)
        statement = stage.statement(kind)
        line = cosign.attest(stage, kind, statement["predicate"])
        stage.accepts(f"relhelper of cosign {cosign.version}", lambda line=line, kind=kind: stage.counts(kind, line))
        for what, change in DEFECTS.items():
            broken = json.loads(line)
            change(broken)
            text = json.dumps(broken)
            stage.refuses(
                f"relhelper of cosign {cosign.version}: {what}", lambda text=text, kind=kind: stage.counts(kind, text)
            )
        unknown = copy.deepcopy(statement["predicate"])
        unknown["runDetails"]["builder"]["id"] = "https://nobody.example"
        line = cosign.attest(stage, kind, unknown)
        stage.refuses(
            f"relhelper of cosign {cosign.version}: another builder",
            lambda line=line, kind=kind: stage.counts(kind, line),
        )


def _others(stage: Stage, cosigns: list[Cosign]) -> None:
    """The statement of a difference, and the summary."""
    for what, predicate_type, lines in (
        ("difference", DIFFERENCE, stage.difference()),
        ("summary", VSA, stage.summary()),
    ):
        line = next(line for line in lines if _payload(json.loads(line))["predicateType"] == predicate_type)
        stage.accepts(f"in-toto-attestation, {what}", lambda line=line: _read(_payload(json.loads(line))))
        for cosign in cosigns:
            name = f"cosign {cosign.version}, {what}"
            arguments = (stage, "ed25519", line, stage.artifact)
            stage.accepts(name, lambda c=cosign, a=arguments, kind=predicate_type: c.verify(*a, kind))
            stage.refuses(f"{name} for provenance", lambda c=cosign, a=arguments: c.verify(*a))


class Stage:
    """A copy of a release, keys, and relhelper."""

    def __init__(self, folder: Path, relhelper: Path, release: Path) -> None:
        self.folder = folder
        self.relhelper = relhelper
        self.release = folder / "release"
        self.accepted = self.refused = 0
        document = json.loads((release / "provenance.json").read_bytes())
        # Few and small ones will do.
        subjects = sorted(document["subject"], key=lambda one: (release / one["name"]).stat().st_size)[:2]
        document["subject"] = subjects
        self.document = document
        self.release.mkdir()
        for subject in subjects:
            (self.release / subject["name"]).write_bytes((release / subject["name"]).read_bytes())
        (self.release / "provenance.json").write_text(json.dumps(document))
        self.artifact = self.release / subjects[0]["name"]
        self.other = self.release / "provenance.json"
        product = document["predicate"]["buildDefinition"]["externalParameters"]["product"]
        self.lines = self.release / f"{product['name']}-{product['version']}.intoto.jsonl"

    def prepare(self) -> None:
        for kind, (arguments, _) in KINDS.items():
            key, public = str(self.file(f"{kind}.pem")), str(self.file(f"{kind}.pub"))
            run(["openssl", "genpkey", *arguments, "-out", key])
            run(["openssl", "pkey", "-in", key, "-pubout", "-out", public])

    def file(self, name: str) -> Path:
        return self.folder / name

    def public(self, kind: str) -> object:
        return load_pem_public_key(self.file(f"{kind}.pub").read_bytes())

    def attest(self, kind: str) -> str:
        out = self.file(f"{kind}.jsonl")
        run(self._attest(kind, out, "--built"))
        return out.read_text().splitlines()[-1]

    def sign(self) -> dict[str, str]:
        """Signs a copy of the release with every key; the line of each. Again, that adds none."""
        copied = self.file("signed")
        # Without the lines that other checks have left there, broken ones among them.
        shutil.copytree(self.release, copied, ignore=shutil.ignore_patterns("*.intoto.jsonl"))
        sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(copied.iterdir())]
        (copied / "SHA256SUMS").write_text("".join(sums))
        keys = [word for kind in KINDS for word in ("--key", str(self.file(f"{kind}.pem")))]
        command = [str(self.relhelper), "sign", *keys, str(copied)]
        run(command)
        before = (copied / self.lines.name).read_bytes()
        run(command)
        if (copied / self.lines.name).read_bytes() != before:
            raise Disagreement("sign adds lines that are there already")
        mechanisms = {"ed25519": "ed25519", "p256": "ecdsa", "rsa": "rsa"}
        listed = json.loads((copied / "signatures.json").read_text())["attestations"]
        by_digest = {hashlib.sha256(line).hexdigest(): line.decode() for line in before.splitlines()}
        lines = {one["mechanism"]: by_digest[one["line"]] for one in listed}
        return {kind: lines[mechanisms[kind]] for kind in KINDS}

    def _attest(self, kind: str, out: Path, *more: str) -> list[str]:
        key = str(self.file(f"{kind}.pem"))
        identity = ["--builder-id", _id(kind), "--key-file", key, "--out", str(out)]
        return [str(self.relhelper), "attest", str(self.release), *identity, *more]

    def statement(self, kind: str) -> dict:
        """What a builder with this key would say."""
        statement = copy.deepcopy(self.document)
        statement["predicate"]["runDetails"]["builder"]["id"] = _id(kind)
        return statement

    def counts(self, kind: str, line: str) -> None:
        """Whether relhelper counts the line for the builder with this key."""
        self.lines.write_text(line + "\n")
        policy = self.file("trust.toml")
        public = self.file(f"{kind}.pub").read_text()
        product = self.document["predicate"]["buildDefinition"]["externalParameters"]["product"]["name"]
        policy.write_text(
            f"formatVersion = 1\nproduct = '{product}'\n[[key]]\nname = 'k'\nkind = 'pem'\npublicKey = '''\n{public}'''\n"
            f"[[builder]]\nid = '{_id(kind)}'\noperator = 'o'\nmachine = 'm'\nkeys = ['k']\n"
            "[rebuilds]\nthreshold = 1\nartifacts = 'each'\n"
        )
        told = json.loads(self._summarize(policy).stdout)
        outcomes = [one["outcome"] for one in told["lines"]]
        by = [one["reproducedBy"] for one in told["artifacts"] if one["file"] == self.artifact.name]
        if outcomes != ["counted"] or by != [[_id(kind)]]:
            raise Refused(str(told["lines"]))

    def _summarize(self, policy: Path) -> subprocess.CompletedProcess[str]:
        arguments = ["--policy", str(policy), "--key-file", str(self.file("ed25519.pem")), "--json"]
        more = ["--verifier-id", "https://verifier.example", "--out", str(self.file("vsa.jsonl"))]
        return run([str(self.relhelper), "summarize", str(self.release), *arguments, *more], codes=(0, 1, 2))

    def difference(self) -> list[str]:
        """The lines of a rebuild in which one artifact came out differently."""
        steps = ("verify", "source", "settings", "derivations", "build", "inputs", "compare")
        files = []
        for index, subject in enumerate(self.document["subject"]):
            digest = subject["digest"]["sha256"]
            rebuilt = digest if index else "0" * 64
            verdict = "match" if index else "mismatch"
            files.append({"file": subject["name"], "verdict": verdict, "published": digest, "rebuilt": rebuilt})
        product = self.document["predicate"]["buildDefinition"]["externalParameters"]["product"]
        times = {"started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:00Z"}
        report = {
            "formatVersion": 1,
            "release": product,
            "steps": [{"name": name, "outcome": "yes"} for name in steps],
            "files": files,
            "derivations": [{"path": "/nix/store/a.drv", "state": "builtNow"}],
            "environment": {"relhelper": "0", "nix": None, **times},
        }
        path, out = self.file("report.json"), self.file("difference.jsonl")
        path.write_text(json.dumps(report))
        run(self._attest("ed25519", out, "--report", str(path)), codes=(1,))
        return out.read_text().splitlines()

    def summary(self) -> list[str]:
        self.counts("ed25519", self.attest("ed25519"))
        return self.file("vsa.jsonl").read_text().splitlines()

    def accepts(self, what: str, judge: Callable[[], object]) -> None:
        try:
            judge()
        except Refused as refused:
            raise Disagreement(f"{what} refuses what is good: {refused}") from refused
        self.accepted += 1

    def refuses(self, what: str, judge: Callable[[], object]) -> None:
        try:
            judge()
        except Refused:
            self.refused += 1
            return
        raise Disagreement(f"{what} is accepted")


class Refused(Exception):
    """That a judge refuses something, in its words."""


class Cosign:
    """One version of cosign, without network and log."""

    def __init__(self, program: Path, version: str, folder: Path) -> None:
        self.program = str(program)
        self.version = version
        self.folder = folder
        # 2.x is told to leave out the log, 3.x is given a configuration that names none.
        self.is_new = int(version.split(".")[0]) >= 3

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run([self.program, *arguments], codes=(0, 1))

    def verify(self, stage: Stage, kind: str, line: str, file: Path, predicate: str = "slsaprovenance1") -> None:
        envelope = self.folder / "envelope.json"
        envelope.write_text(line)
        key = ["--key", str(stage.file(f"{kind}.pub")), "--insecure-ignore-tlog=true"]
        what = ["--type", predicate, "--signature", str(envelope), str(file)]
        done = self.run("verify-blob-attestation", *key, *what)
        if done.returncode != 0:
            raise Refused(done.stderr)

    def make_key(self, kind: str) -> None:
        self._succeed("generate-key-pair", "--output-key-prefix", str(self.folder / kind))

    def attest(self, stage: Stage, kind: str, predicate: dict) -> str:
        """The envelope that it makes for the artifact."""
        path, out = self.folder / "predicate.json", self.folder / "cosign.json"
        path.write_text(json.dumps(predicate))
        key = ["--key", str(self.folder / f"{kind}.key"), "--predicate", str(path), "--type", "slsaprovenance1"]
        if self.is_new:
            settings = str(self.folder / "signing.json")
            self._succeed("signing-config", "create", "--out", settings)
            where = ["--signing-config", settings, "--bundle", str(out)]
        else:
            where = ["--tlog-upload=false", "--output-signature", str(out)]
        self._succeed("attest-blob", "--yes", *key, *where, str(stage.artifact))
        found = json.loads(out.read_text())
        return json.dumps(found.get("dsseEnvelope", found))

    def _succeed(self, *arguments: str) -> None:
        done = self.run(*arguments)
        if done.returncode != 0:
            raise Disagreement(f"cosign {self.version} {arguments[0]} fails: {done.stderr}")


def run(command: list[str], codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COSIGN_PASSWORD": ""}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode not in codes:
        raise Disagreement(f"{' '.join(command[:2])} ends with {done.returncode}: {done.stderr}")
    return done


def _id(kind: str) -> str:
    return f"https://{kind}.builder.example"


def _payload(envelope: dict) -> dict:
    return json.loads(base64.b64decode(envelope["payload"]))


def _read(document: dict) -> None:
    """The statement and, where the library has it, its predicate; an unknown field is an error there."""
    try:
        statement = protobuf.ParseDict(document, statement_pb2.Statement())
        Statement.copy_from_pb(statement).validate()
        predicate = copy.deepcopy(document["predicate"])
        if statement.predicate_type == PROVENANCE:
            protobuf.ParseDict(predicate, provenance_pb2.Provenance())
        elif statement.predicate_type == VSA:
            # The message of the library knows no version of the verifier (SLSA 1.1), and has one level where SLSA has a list.
            predicate["verifier"].pop("version")
            predicate["verifiedLevels"] = predicate["verifiedLevels"][0]
            protobuf.ParseDict(predicate, vsa_pb2.VerificationSummary())
        else:
            predicate.pop("differences")
            protobuf.ParseDict(predicate, provenance_pb2.Provenance())
    except (ValueError, protobuf.ParseError) as error:
        raise Refused(str(error)) from error


def _verify(envelope: dict, key: SSlibKey) -> None:
    try:
        parsed = Envelope.from_dict(copy.deepcopy(envelope))
        if parsed.payload_type != PAYLOAD_TYPE:
            raise Refused(parsed.payload_type)
        parsed.verify([key], 1)
        _read(json.loads(parsed.payload))
    except (VerificationError, ValueError) as error:
        raise Refused(str(error)) from error


def _flip(envelope: dict) -> None:
    signature = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    signature[-1] ^= 1
    envelope["signatures"][0]["sig"] = base64.b64encode(signature).decode()


def _change_payload(envelope: dict, change: Callable[[dict], object]) -> None:
    payload = _payload(envelope)
    change(payload)
    # Laid out as nobody does it, so that equal values have other bytes.
    envelope["payload"] = base64.b64encode(json.dumps(payload, indent=3).encode()).decode()


# Each with one thing wrong.
DEFECTS: dict[str, Callable[[dict], object]] = {
    "a changed signature": _flip,
    "another subject": lambda it: _change_payload(it, lambda s: s["subject"][0]["digest"].update(sha256="0" * 64)),
    "another type of payload": lambda it: it.update(payloadType="application/json"),
    "no signature": lambda it: it["signatures"].clear(),
    "the payload written again": lambda it: _change_payload(it, lambda _: None),
}

if __name__ == "__main__":
    sys.exit(main())
