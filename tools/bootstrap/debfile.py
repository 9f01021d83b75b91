"""Reading a .deb without dpkg: an `ar` archive that holds `data.tar.*`.

Spec: deb(5).
"""

from __future__ import annotations

import fnmatch
import io
import lzma
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import BootstrapError

AR_MAGIC = b"!<arch>\n"
HEADER_BYTES = 60


def members(deb: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Names (without `./`) and contents of the regular files that match one of `patterns`.

    `*` does not match `/`. A hard link counts as the file it names.
    """
    with open_data(deb) as data:
        for entry in data:
            name = entry.name.removeprefix("./")
            if (entry.isreg() or entry.islnk()) and any(matches(name, each) for each in patterns):
                stream = data.extractfile(entry)
                if stream is not None:
                    yield name, stream.read()


def names(deb: Path) -> list[str]:
    """Names (without `./`) of everything in the package."""
    with open_data(deb) as data:
        return [entry.name.removeprefix("./") for entry in data]


def extract(deb: Path, folder: Path) -> None:
    """Unpack the package's files below `folder`; nothing can land outside it."""
    with open_data(deb) as data:
        try:
            data.extractall(folder, filter="tar")
        except TypeError:  # Python 3.11.0 to 3.11.3 have no filters
            for entry in data:
                if entry.name.startswith("/") or ".." in entry.name.split("/"):
                    raise BootstrapError(f"`{entry.name}` would be unpacked outside", where=deb) from None
            data.extractall(folder)


def matches(name: str, pattern: str) -> bool:
    """`fnmatch`, part by part."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


@contextmanager
def open_data(deb: Path) -> Iterator[tarfile.TarFile]:
    """The `data.tar` of a package, opened for one pass or several.

    Raises BootstrapError when the file is not a Debian package.
    """
    with deb.open("rb") as stream:
        name, content = _data_member(stream, deb)
    try:
        if name.endswith(".xz"):
            content = lzma.decompress(content)
        elif name.endswith(".zst"):
            content = _unzstd(content, deb)
        with tarfile.open(fileobj=io.BytesIO(content)) as data:
            yield data
    except (lzma.LZMAError, tarfile.TarError, EOFError) as error:
        raise BootstrapError(f"`{deb.name}` cannot be unpacked", why=str(error), where=deb) from error


def _data_member(stream: BinaryIO, deb: Path) -> tuple[str, bytes]:
    """Name and bytes of the first `ar` member called `data.tar…`."""
    if stream.read(len(AR_MAGIC)) != AR_MAGIC:
        raise BootstrapError(f"`{deb.name}` is not a Debian package", why="it does not start with `!<arch>`", where=deb)
    while len(header := stream.read(HEADER_BYTES)) == HEADER_BYTES:
        name = header[:16].decode("ascii", "replace").strip().rstrip("/")
        size = int(header[48:58])
        if name.startswith("data.tar"):
            return name, stream.read(size)
        stream.seek(size + size % 2, io.SEEK_CUR)
    raise BootstrapError(f"`{deb.name}` holds no `data.tar`", where=deb)


def _unzstd(content: bytes, deb: Path) -> bytes:
    """Python learns zstd in 3.14; Debian packages use xz, Ubuntu's use zstd."""
    try:
        return subprocess.run(["zstd", "-dc"], input=content, stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BootstrapError(
            f"`{deb.name}` is compressed with zstd", why=str(error), where=deb, hint="install the program `zstd`"
        ) from error
