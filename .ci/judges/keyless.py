#!/usr/bin/env python3
"""Judge sigstore bundles without a key: those of @sigstore/sign, by a local mock of the authorities, before relhelper and cosign.

The good ones must be accepted by relhelper and by cosign of two Debian suites. Each broken one must be refused by both, and
relhelper must say what is wrong with it: one outcome, and no other.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tools")]

import private_deb  # noqa: E402

SUMS = "SHA256SUMS"
ENTRY = "verificationMaterial.tlogEntries.0"
CERTIFICATE = "verificationMaterial.x509CertificateChain.certificates.0.rawBytes"
EXIT_CODES = "exit codes: 0 all agree; 1 they do not"


class Disagreement(Exception):
    """What one side accepts and the other does not, or the wrong words for it."""


@dataclass
class Case:
    """A bundle, what it is held against, and what relhelper must say."""

    name: str
    bundle: object
    outcome: str
    identity: str = ""
    issuer: str = ""
    root: str = "trusted"
    # What cosign must say; nothing where its versions differ.
    cosign: bool | None = False


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True, help="the program")
    made.add_argument("--release", type=Path, required=True, help="an unsigned release")
    made.add_argument("--node", type=Path, required=True, help="Node.js")
    made.add_argument("--modules", type=Path, required=True, help="folder with @sigstore/mock and @sigstore/sign")
    options = made.parse_args()
    cosigns = private_deb.cosigns()
    with tempfile.TemporaryDirectory(prefix="keyless-") as folder:
        stage = Stage(Path(folder), options, cosigns)
        try:
            with stage.authorities():
                for case in stage.cases():
                    stage.judge(case)
                stage.policy()
                stage.sign()
        except Disagreement as disagreement:
            print(f"error: {disagreement}", file=sys.stderr)
            return 1
    versions = ", ".join(f"cosign {version}" for _, version in cosigns)
    print(f"keyless: {stage.accepted} accepted, {stage.refused} broken ones refused; {versions}")
    return 0


class Stage:
    """A release with bundles over its sums, and who looks at them."""

    def __init__(self, folder: Path, options: argparse.Namespace, cosigns: list[tuple[Path, str]]) -> None:
        self.folder = folder
        self.options = options
        self.cosigns = cosigns
        self.accepted = self.refused = 0
        self.release = folder / "release"
        shutil.copytree(options.release, self.release)
        subprocess.run(["chmod", "-R", "u+w", self.release], check=True)
        self.sums = self.release / SUMS
        self.bundle = self.release / f"{SUMS}.sigstore.json"
        self.said: dict[str, str] = {}

    @contextlib.contextmanager
    def authorities(self) -> Iterator[None]:
        """While this lasts, the authorities answer on this machine."""
        command = [self.options.node, HERE / "keyless.mjs", self.options.modules, self.folder, self.sums]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise Disagreement("the mock of the authorities does not start")
            self.said = json.loads(line)
            yield
            if process.stdin:
                process.stdin.close()

    def made(self, name: str) -> dict:
        return json.loads((self.folder / f"{name}.sigstore.json").read_text())

    def cases(self) -> Iterator[Case]:
        """The good ones first."""
        identity = self.said["identity"]
        yield Case("a bundle with a chain", self.made("good"), "signed")
        yield Case("a bundle with a certificate", modern(self.made("good")), "signed")
        yield Case("another identity", self.made("other-identity"), "wrong-identity")
        yield Case("a longer identity", self.made("good"), "wrong-identity", identity=identity[:-1])
        yield Case("another issuer", self.made("other-issuer"), "wrong-issuer")
        yield Case("a longer issuer", self.made("good"), "wrong-issuer", issuer=self.said["issuer"][:-1])
        yield Case("another root", self.made("good"), "untrusted-certificate", root="other")
        yield Case("other authorities", self.made("other"), "untrusted-certificate")
        yield Case("an expired certificate", self.made("expired"), "expired-certificate", root="expired")
        yield Case("a certificate in no log", self.made("unlogged"), "untrusted-certificate", root="unlogged")
        yield Case("another file", self.made("other-file"), "wrong-file")
        yield Case("a statement", self.made("statement"), "bad-signature", cosign=True)
        for name, outcome, change in (
            ("no entry", "not-in-log", lambda bundle: bundle["verificationMaterial"].update(tlogEntries=[])),
            ("no promise", "not-in-log", lambda bundle: part(bundle, ENTRY).pop("inclusionPromise")),
            ("no proof", "not-in-log", lambda bundle: part(bundle, ENTRY).pop("inclusionProof")),
            ("another time", "not-in-log", lambda bundle: part(bundle, ENTRY).update(integratedTime="1700000000")),
        ):
            yield Case(name, changed(self.made("good"), change), outcome)
        other = part(self.made("other-issuer"), ENTRY)
        swap = changed(self.made("good"), lambda bundle: bundle["verificationMaterial"].update(tlogEntries=[other]))
        yield Case("the entry of another signature", swap, "not-in-log")
        for path, outcome in (
            ("messageSignature.signature", "bad-signature"),
            (f"{ENTRY}.canonicalizedBody", "not-in-log"),
            (f"{ENTRY}.inclusionPromise.signedEntryTimestamp", "not-in-log"),
            (f"{ENTRY}.inclusionProof.rootHash", "not-in-log"),
            (f"{ENTRY}.logId.keyId", "untrusted-certificate"),
            ("messageSignature.messageDigest.digest", "wrong-file"),
        ):
            # cosign 2.5 does not look at the digest in a bundle, and needs not: the signature is over the bytes.
            cosign = None if outcome == "wrong-file" else False
            yield Case(f"a bit of {path}", flipped(self.made("good"), path, 9), outcome, cosign=cosign)
        yield Case(
            "a bit of the certificate's signature", flipped(self.made("good"), CERTIFICATE, -3), "untrusted-certificate"
        )
        yield Case("no bundle", {"mediaType": "application/json"}, "bad-signature")

    def judge(self, case: Case) -> None:
        self.bundle.write_text(json.dumps(case.bundle))
        identity, issuer = case.identity or self.said["identity"], case.issuer or self.said["issuer"]
        root = self.folder / f"{case.root}-root.json"
        whom = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer, "--trusted-root", root]
        self._relhelper(case, whom)
        good = case.outcome == "signed" or case.cosign
        if case.cosign is None:
            return
        for cosign, version in self.cosigns:
            command = [cosign, "verify-blob", "--new-bundle-format", "--bundle", self.bundle, *whom, self.sums]
            done = run(command, self.folder)
            if (done.returncode == 0) != good:
                raise Disagreement(f"cosign {version}, {case.name}: exit code {done.returncode}\n{done.stderr}")

    def policy(self) -> None:
        """The same by a policy, with any tag."""
        workflow = self.said["identity"].rpartition("@")[0]
        tail = '[[require]]\nfiles = ["checksums"]\nidentities = ["ci"]\n'
        product = json.loads((self.release / "release-manifest.json").read_text())["product"]["name"]
        for name, bundle, outcome in (("good", "good", "signed"), ("other", "other-identity", "wrong-identity")):
            text = f'formatVersion = 1\nproduct = "{product}"\n[[key]]\nname = "ci"\nkind = "certificate"\n'
            text += f'certificateIdentity = "{workflow}@refs/tags/*"\ncertificateOidcIssuer = "{self.said["issuer"]}"\n'
            (self.folder / "trust.toml").write_text(f'{text}trustedRoot = "trusted-root.json"\n{tail}')
            self.bundle.write_text(json.dumps(self.made(bundle)))
            self._relhelper(Case(f"a policy, {name}", None, outcome), ["--policy", self.folder / "trust.toml"])

    def sign(self) -> None:
        """relhelper signs as the identity of a token; cosign and relhelper accept that, and refuse it for another identity."""
        self.bundle.unlink()
        token = {"SIGSTORE_ID_TOKEN": (self.folder / "token").read_text()}
        url, root = self.said["url"], self.folder / "trusted-root.json"
        (self.folder / "sign.toml").write_text('[signing]\nfiles = ["sums", "documents"]\nmechanisms = ["sigstore"]\n')
        command = [self.options.relhelper, "sign", "--sigstore-identity", "--config", self.folder / "sign.toml"]
        command += ["--fulcio-url", url, "--rekor-url", url]
        for name, other, environment, words in (
            ("no token", root, {}, "no identity"),
            ("a broken token", root, {"SIGSTORE_ID_TOKEN": "a.b"}, "JSON Web Token"),
            ("another root", self.folder / "other-root.json", token, "does not fit"),
        ):
            done = run([*command, "--trusted-root", other, self.release], self.folder, environment)
            if done.returncode != 2 or words not in done.stderr or list(self.release.glob("*.sigstore.json")):
                raise Disagreement(f"relhelper sign, {name}: exit code {done.returncode}\n{done.stderr}")
            self.refused += 1
        done = run([*command, "--trusted-root", root, self.release], self.folder, token)
        bundles = sorted(self.release.glob("*.sigstore.json"))
        if done.returncode != 0 or self.bundle not in bundles or len(bundles) < 4:
            raise Disagreement(f"relhelper sign: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        for text in (done.stdout, done.stderr, *(path.read_text() for path in bundles)):
            if token["SIGSTORE_ID_TOKEN"] in text:
                raise Disagreement("relhelper sign shows the token")
        said = [self.said["identity"], self.said["issuer"]]
        for bundle in bundles:
            file = bundle.with_name(bundle.name.removesuffix(".sigstore.json"))
            for cosign, version in self.cosigns:
                for identity, good in ((said[0], True), (said[0] + "x", False)):
                    command = [cosign, "verify-blob", "--new-bundle-format", "--bundle", bundle, "--trusted-root", root]
                    command += ["--certificate-identity", identity, "--certificate-oidc-issuer", said[1], file]
                    done = run(command, self.folder)
                    if (done.returncode == 0) != good:
                        raise Disagreement(f"cosign {version}, {bundle.name} by relhelper: {done.stderr}")
            self.accepted += 1
        key = ["--key", self.release / "release-signing-public-key.json"]
        whom = ["--certificate-identity", said[0], "--certificate-oidc-issuer", said[1], "--trusted-root", root]
        for options in (key, whom):
            done = run([self.options.relhelper, "verify", *options, self.release], self.folder)
            if done.returncode != 0:
                raise Disagreement(f"relhelper verify after sign: {done.stdout}{done.stderr}")
            self.accepted += 1

    def _relhelper(self, case: Case, options: list[object]) -> None:
        done = run([self.options.relhelper, "verify", "--json", *options, self.release], self.folder)
        expected = 0 if case.outcome == "signed" else 1
        if done.returncode != expected:
            raise Disagreement(f"relhelper, {case.name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        report = json.loads(done.stdout)
        outcomes = [outcome["outcome"] for outcome in report["signatures"]["outcomes"]]
        if outcomes != [case.outcome] or report["problems"]:
            raise Disagreement(f"relhelper, {case.name}: {outcomes}, expected {case.outcome}")
        if expected:
            self.refused += 1
        else:
            self.accepted += 1


def run(command: list[object], home: Path, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **(more or {})}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment, check=False)


def part(value: object, path: str) -> dict:
    """What is at `path`, names and numbers between dots."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]
    return value  # type: ignore[return-value]


def changed(bundle: dict, change: object) -> dict:
    result = copy.deepcopy(bundle)
    change(result)  # type: ignore[operator]
    return result


def flipped(bundle: dict, path: str, byte: int) -> dict:
    """The bundle with one bit of what is there in Base64 changed."""
    result = copy.deepcopy(bundle)
    place, _, name = path.rpartition(".")
    holder = part(result, place)
    content = bytearray(base64.b64decode(holder[name]))
    content[byte] ^= 1
    holder[name] = base64.b64encode(content).decode()
    return result


def modern(bundle: dict) -> dict:
    """The same in version 0.3, where the certificate stands alone."""
    result = copy.deepcopy(bundle)
    result["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json"
    material = result["verificationMaterial"]
    material["certificate"] = material.pop("x509CertificateChain")["certificates"][0]
    return result


if __name__ == "__main__":
    sys.exit(main())
