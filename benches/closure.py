"""A store with derivations and artifacts, the same for the same numbers on every machine.

Each artifact is a file in the output of a derivation of its own, as packages of a distribution are: all stand on the
same base (compilers, C library), most on a few libraries, and each on a source of its own. Paths are those that Nix
would compute; relhelper computes them again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap.storepath import STORE_DIR, fixed_output_path, fold, nix32

DATE = 1_700_000_000
TRIPLE = "x86_64-unknown-linux-musl"
# What every artifact needs, how many of the first artifacts are libraries, and how many of them each needs.
BASE = 100
LIBRARIES = 50
NEEDED = 3
# As large as the environments of a distribution: with its inputs a derivation has about 3 kB.
FLAGS = "-O2 -pipe -fstack-protector-strong " * 40
NOISE_BYTES = 8 << 20


@dataclass(frozen=True)
class Made:
    """A derivation: its path, that of its output, and the digest that stands for it in others."""

    path: str
    output: str
    modulo: str


@dataclass
class Closure:
    """What was written, and where."""

    store: Path
    attributes: Path
    artifacts: Path
    derivations: int = 0
    derivation_bytes: int = 0
    artifact_bytes: int = 0
    paths: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, content: bytes, references: Sequence[str]) -> str:
        """Write a derivation; its path."""
        kind = ":".join(["text", *sorted(references)])
        path = _path(kind, hashlib.sha256(content).hexdigest(), name)
        (self.store / Path(path).name).write_bytes(content)
        self.derivations += 1
        self.derivation_bytes += len(content)
        return path


def write(folder: Path, derivations: int, artifacts: int, size: int, seed: int = 1) -> Closure:
    """Write the derivations, and artifacts of `size` bytes in all, below `folder`, which must not exist yet."""
    chance = random.Random(seed)
    made = Closure(folder / "store", folder / "attributes.json", folder / "artifacts")
    made.store.mkdir(parents=True)
    made.artifacts.mkdir()
    base: list[Made] = []
    for number in range(BASE):
        base.append(_step(made, f"base-{number}", base[-3:]) if number % 2 else _fixed(made, f"base-{number}.tar.gz"))
    # What is left makes chains below the artifacts: unpacked, patched, configured.
    chains = max(derivations - BASE - 2 * artifacts, 0)
    weights = [chance.expovariate(1) for _ in range(artifacts)]
    noise = chance.randbytes(NOISE_BYTES)
    tops: list[Made] = []
    rows = []
    for number in range(artifacts):
        libraries = tops[:LIBRARIES]
        inputs = [
            *base,
            *chance.sample(libraries, min(NEEDED, len(libraries))),
            _fixed(made, f"source-{number}.tar.gz"),
        ]
        for step in range(chains * number // artifacts, chains * (number + 1) // artifacts):
            inputs.append(_step(made, f"step-{step}", inputs[-2:]))
        top = _step(made, f"package-{number}", inputs)
        tops.append(top)
        file = f"everything-1.0.0-{number}.tar.gz"
        length = round(size * weights[number] / sum(weights))
        output = made.store / Path(top.output).name
        output.mkdir()
        (output / file).write_bytes(_content(noise, number, length))
        (made.artifacts / file).hardlink_to(output / file)
        made.artifact_bytes += length
        made.paths.append(_path_info(top.output))
        rows.append(
            {
                "kind": "other",
                "file": file,
                "from": f"{top.output}/{file}",
                "target": None,
                "mediaType": "application/gzip",
            }
        )
    _attributes(made, rows, [top.path for top in tops])
    return made


def of_files(folder: Path, metadata: dict[str, object], files: Sequence[tuple[dict[str, str | None], Path]]) -> Closure:
    """Write a derivation for each file, with the file linked into its output, and attributes that release them all.

    `metadata` has everything but artifacts and build; with each file come the rest of its row in the artifacts.
    """
    made = Closure(folder / "store", folder / "attributes.json", folder / "artifacts")
    made.store.mkdir(parents=True)
    rows, tops = [], []
    for row, file in files:
        top = _step(made, f"package-{file.name}", [_fixed(made, f"source-of-{file.name}.tar.gz")])
        output = made.store / Path(top.output).name
        output.mkdir()
        (output / file.name).hardlink_to(file)
        made.paths.append(_path_info(top.output))
        rows.append({**row, "file": file.name, "from": f"{top.output}/{file.name}"})
        tops.append(top.path)
    tree = hashlib.sha256(b"source").hexdigest()
    source = _path("source", tree, "source")
    build = {"source": source, "derivations": tops, "inputs": []}
    paths = [*made.paths, {"path": source, "narHash": f"sha256:{tree}"}]
    made.attributes.write_text(
        json.dumps({"relhelper": {**metadata, "artifacts": rows, "build": build}, "paths": paths})
    )
    return made


def _attributes(made: Closure, artifacts: list[dict[str, str]], derivations: list[str]) -> None:
    tree = hashlib.sha256(b"source").hexdigest()
    source = _path("source", tree, "source")
    text = {"name": "everything", "version": "1.0.0", "description": None, "license": "MIT", "homepage": None}
    metadata = {
        "formatVersion": 1,
        "product": text,
        "source": {"revision": None, "sourceDate": DATE},
        "toolchain": None,
        "targets": [{"triple": TRIPLE, "os": "linux", "arch": "x86_64", "tier": "structure"}],
        "artifacts": artifacts,
        "build": {"source": source, "derivations": derivations, "inputs": []},
    }
    paths = [*made.paths, {"path": source, "narHash": f"sha256:{tree}"}]
    made.attributes.write_text(json.dumps({"relhelper": metadata, "paths": paths}))


def _fixed(made: Closure, name: str) -> Made:
    """A file that is fetched."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    output = fixed_output_path(name, digest)
    env = {"name": name, "out": output, "outputHash": digest, "outputHashAlgo": "sha256", "outputHashMode": "flat"}
    content = _text([("out", output, "sha256", digest)], [], "builtin", "builtin:fetchurl", env)
    path = made.add(f"{name}.drv", content, [])
    return Made(path, output, hashlib.sha256(f"fixed:out:sha256:{digest}:{output}".encode()).hexdigest())


def _step(made: Closure, name: str, inputs: Sequence[Made]) -> Made:
    """A derivation that is built."""
    inputs = list({each.path: each for each in inputs}.values())
    env = {"flags": FLAGS, "inputs": " ".join(each.output for each in inputs), "name": name, "out": ""}
    by_modulo = sorted({each.modulo for each in inputs})

    def text(names: list[str], output: str) -> bytes:
        return _text([("out", output, "", "")], names, "x86_64-linux", "/bin/sh", {**env, "out": output})

    output = _path("output:out", hashlib.sha256(text(by_modulo, "")).hexdigest(), name)
    names = sorted(each.path for each in inputs)
    return Made(
        made.add(f"{name}.drv", text(names, output), names),
        output,
        hashlib.sha256(text(by_modulo, output)).hexdigest(),
    )


def _text(
    outputs: list[tuple[str, str, str, str]], inputs: list[str], system: str, builder: str, env: dict[str, str]
) -> bytes:
    """A derivation as Nix writes it. Nothing here needs an escape."""

    def tuples(rows: Sequence[Sequence[str]]) -> str:
        return ",".join("(" + ",".join(f'"{each}"' for each in row) + ")" for row in rows)

    named = ",".join(f'("{each}",["out"])' for each in inputs)
    pairs = tuples(sorted(env.items()))
    return f'Derive([{tuples(outputs)}],[{named}],[],"{system}","{builder}",[],[{pairs}])'.encode()


def _path(kind: str, digest: str, name: str) -> str:
    fingerprint = hashlib.sha256(f"{kind}:sha256:{digest}:{STORE_DIR}:{name}".encode()).digest()
    return f"{STORE_DIR}/{nix32(fold(fingerprint, 20))}-{name}"


def _path_info(path: str) -> dict[str, str]:
    # Nobody computes it again: the trees are not read.
    return {"path": path, "narHash": f"sha256:{hashlib.sha256(path.encode()).hexdigest()}"}


def _content(noise: bytes, number: int, length: int) -> bytes:
    """Other bytes for each number."""
    start = number * 4093 % len(noise)
    return (
        f"{number}\n".encode().ljust(length, b"\0")[:16]
        + (noise[start:] + noise * (length // len(noise) + 1))[: max(length - 16, 0)]
    )
