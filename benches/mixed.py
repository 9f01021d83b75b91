"""A folder of mixed files, the same bytes for the same size on every machine.

Text, machine-code-like records, noise and zeros in the proportions of a release of programs: a third of it
hardly compresses, a tenth nearly vanishes.
"""

from __future__ import annotations

import random
from pathlib import Path

# How much of the whole each kind is.
SHARES = {"text": 0.35, "records": 0.25, "noise": 0.30, "zeros": 0.10}
# Deflate looks back 32 KiB, so what repeats after this many bytes is new to it.
POOL_BYTES = 8 << 20
LARGEST_FILE_BYTES = 32 << 20


def write(folder: Path, size: int, seed: int = 1) -> None:
    """Write files of `size` bytes in all below `folder`, which must not exist yet."""
    chance = random.Random(seed)
    pools = {"text": _text(chance), "records": _records(chance), "zeros": bytes(POOL_BYTES)}
    for kind, share in SHARES.items():
        place = folder / kind
        place.mkdir(parents=True)
        left = round(size * share)
        number = 0
        while left > 0:
            length = min(left, int(2 ** chance.uniform(10, 25)), LARGEST_FILE_BYTES)
            content = chance.randbytes(length) if kind == "noise" else _cut(pools[kind], length, chance)
            (place / f"{number:05}").write_bytes(content)
            left -= length
            number += 1


def _cut(pool: bytes, length: int, chance: random.Random) -> bytes:
    start = chance.randrange(len(pool))
    repeated = pool * (length // len(pool) + 2)
    return repeated[start : start + length]


def _text(chance: random.Random) -> bytes:
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    words = ["".join(chance.choices(letters, range(26, 0, -1), k=chance.randint(2, 10))) for _ in range(20_000)]
    # Few words are frequent, as in any language.
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return " ".join(chance.choices(words, weights, k=POOL_BYTES // 5)).encode()[:POOL_BYTES]


def _records(chance: random.Random) -> bytes:
    """32 bytes a record: a counter, a few frequent opcodes, an address, a little noise."""
    opcodes = [chance.randbytes(4) for _ in range(300)]
    weights = [1 / rank for rank in range(1, len(opcodes) + 1)]
    made = bytearray()
    for number in range(POOL_BYTES // 32):
        made += number.to_bytes(4, "little") + b"".join(chance.choices(opcodes, weights, k=5))
        made += (0x400000 + chance.randrange(1 << 20)).to_bytes(5, "little") + chance.randbytes(3)
    return bytes(made)
