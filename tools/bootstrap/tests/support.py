"""Inputs, folders and servers for tests."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from ..cache import Cache
from ..errors import BootstrapError
from ..lock import Input

REPOSITORY = Path(__file__).resolve().parents[3]


def pinned(name: str, content: bytes, **fields: object) -> Input:
    """An input whose bytes are `content`."""
    values: dict[str, object] = {
        "name": name,
        "kind": "wheel",
        "group": "toolchain",
        "version": "1",
        "file": f"{name}-1.whl",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **fields,
    }
    return Input(**values)  # type: ignore[arg-type]


class FolderTest(unittest.TestCase):
    """A test with an empty folder and a cache in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="bootstrap-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cache = Cache(self.folder / "cache")
        self.cache.files.mkdir(parents=True)

    def error(self, call: object, *arguments: object) -> BootstrapError:
        """The BootstrapError that `call` must raise."""
        with self.assertRaises(BootstrapError) as caught:
            call(*arguments)  # type: ignore[operator]
        return caught.exception

    def assert_nothing_half_made(self) -> None:
        """No file is left in the cache's work folder, and no wrong one under a digest."""
        left = [path for path in self.cache.work.rglob("*")] if self.cache.work.exists() else []
        self.assertEqual(left, [])
        for path in self.cache.files.iterdir():
            self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


def tree(folder: Path, *contents: bytes) -> Path:
    """A content-addressed folder that holds `contents`."""
    (folder / "sha256").mkdir(parents=True)
    for content in contents:
        (folder / "sha256" / hashlib.sha256(content).hexdigest()).write_bytes(content)
    return folder


@contextmanager
def serving(
    answer: bytes, *, announced: int | None = None, status: int = 200, drip: float = 0
) -> Iterator[tuple[str, list[int]]]:
    """A server that gives `answer` to every request, and says that it is `announced` bytes long.

    With `drip` it sends single bytes, and waits so many seconds after each. Yields its address and a list of the numbers of bytes that it could write.
    """
    written: list[int] = []
    block = 1 if drip else 65536

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if announced != -1:
                self.send_header("Content-Length", str(len(answer) if announced is None else announced))
            self.end_headers()
            try:
                for start in range(0, len(answer), block):
                    self.wfile.write(answer[start : start + block])
                    written.append(min(block, len(answer) - start))
                    time.sleep(drip)
            except ConnectionError:
                pass

        def log_message(self, *_arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", written
        finally:
            server.shutdown()
            thread.join()


def deb(files: dict[str, bytes], compression: str = "xz") -> bytes:
    """A minimal Debian package with these files."""
    data = io.BytesIO()
    writing: Literal["w:gz", "w:xz"] = "w:gz" if compression == "gz" else "w:xz"
    with tarfile.open(fileobj=data, mode=writing) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", f"data.tar.{compression}": data.getvalue()}
    out = b"!<arch>\n"
    for name, content in members.items():
        out += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    return out
