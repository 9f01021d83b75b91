"""Store paths of flat fixed-output files, computed without asking Nix.

Spec: <https://nix.dev/manual/nix/latest/protocols/store-path>.
"""

from __future__ import annotations

import hashlib
import re

STORE_DIR = "/nix/store"
# Nix's own alphabet: digits and letters without e, o, t, u.
NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"
# Names may have at most this many characters.
NAME_LENGTH_MAX = 211


def store_name(file_name: str) -> str:
    """The name a file has in the store: what a store path may not contain becomes `-`.

    >>> store_name("libllvm22_22.1.8-1~deb13u4_amd64.deb")
    'libllvm22_22.1.8-1-deb13u4_amd64.deb'
    """
    return re.sub(r"[^A-Za-z0-9+._?=-]", "-", file_name.replace("%3a", "-")).lstrip(".")


def nix32(digest: bytes) -> str:
    """Nix's base 32 of `digest`: least significant bits first, most significant character first."""
    length = (len(digest) * 8 + 4) // 5
    number = int.from_bytes(digest, "little")
    return "".join(NIX32[(number >> (5 * place)) & 31] for place in reversed(range(length)))


def fold(digest: bytes, size: int) -> bytes:
    """Nix's `compressHash`: XOR the digest into `size` bytes."""
    folded = bytearray(size)
    for place, byte in enumerate(digest):
        folded[place % size] ^= byte
    return bytes(folded)


def fixed_output_path(name: str, sha256: str, store_dir: str = STORE_DIR) -> str:
    """The store path of a flat file with this name and SHA-256 (hexadecimal).

    Equal to what `nix-store --add-fixed sha256` prints and to the output path of a flat
    fixed-output derivation.
    """
    content = hashlib.sha256(f"fixed:out:sha256:{sha256}:".encode()).hexdigest()
    fingerprint = f"output:out:sha256:{content}:{store_dir}:{name}"
    digest = fold(hashlib.sha256(fingerprint.encode()).digest(), 20)
    return f"{store_dir}/{nix32(digest)}-{name}"
