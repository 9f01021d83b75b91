"""The deterministic tar that carries the first executable into the sandbox.

Nix unpacks it by `builtin:unpack-channel`, which wants one folder at the top.
"""

from __future__ import annotations

import io
import tarfile

MTIME = 1


def build(name: str, content: bytes) -> bytes:
    """USTAR bytes of `<name>/`, `<name>/bin/`, `<name>/bin/<name>`; the same for the same content, always."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in (name, f"{name}/bin"):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0))
        archive.addfile(_entry(f"{name}/bin/{name}", tarfile.REGTYPE, len(content)), io.BytesIO(content))
    return stream.getvalue()


def _entry(name: str, kind: bytes, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.mode, entry.mtime = kind, size, 0o755, MTIME
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
