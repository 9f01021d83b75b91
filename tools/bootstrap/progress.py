"""What people see while files arrive: one line that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

REDRAW_SECONDS = 0.2
MEGABYTE = 1_000_000


def amount(files: int, of_files: int, size: int, of_size: int) -> str:
    """`12/190 files, 84/272 MB`; bytes only where some are known.

    >>> amount(1, 2, 3_000_000, 272_400_000)
    '1/2 files, 3/272 MB'
    """
    text = f"{files}/{of_files} file{'' if of_files == 1 else 's'}"
    return text + f", {size // MEGABYTE}/{of_size // MEGABYTE} MB" if of_size >= MEGABYTE else text


class Tell:
    """Messages on standard error, each a line that starts with `bootstrap:`; quiet ones are dropped by `quiet`."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._drawn = 0

    def __call__(self, message: str) -> None:
        if not self.quiet:
            with self._lock:
                self._write(f"bootstrap: {message}", "\n")

    def redraw(self, message: str) -> None:
        """Replace the last line on a terminal; does nothing elsewhere."""
        if self.terminal and not self.quiet:
            with self._lock:
                self._write(f"bootstrap: {message}", "")
                self._drawn = len(message) + len("bootstrap: ")

    def _write(self, text: str, end: str) -> None:
        blank = "\r" + " " * self._drawn + "\r" if self._drawn else ""
        self._drawn = 0
        sys.stderr.write(blank + text + end)
        sys.stderr.flush()


class Progress:
    """Draws what `sample` returns (files, bytes) until the `with` block ends."""

    def __init__(self, tell: Tell, label: str, files: int, size: int, sample: Callable[[], tuple[int, int]]) -> None:
        self.tell, self.label, self.files, self.size, self.sample = tell, label, files, size, sample
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._began = time.monotonic()

    def __enter__(self) -> Progress:
        if self.tell.terminal:
            self._thread.start()
        else:
            self.tell(f"{self.label} {amount(0, self.files, 0, self.size).split('/', 1)[1]}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
        if kind is None:
            seconds = time.monotonic() - self._began
            self.tell(f"fetched {amount(self.files, self.files, self.size, self.size)} in {seconds:.0f} s")

    def _draw(self) -> None:
        while not self._done.wait(REDRAW_SECONDS):
            files, size = self.sample()
            self.tell.redraw(f"{self.label} {amount(files, self.files, min(size, self.size), self.size)}")
