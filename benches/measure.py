"""Time, CPU time and memory of a command with everything it starts."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05


class CommandFailed(Exception):
    """A measured command ended with another code than 0; a figure of it would mean nothing."""


@dataclass(frozen=True)
class Sample:
    """One run. `cpu` is user and system time of the command and all its descendants that ended.

    `process` is the largest resident set of a single process, `tree` the largest sum over all of them at one
    moment; both are looked at every 50 ms, and pages that processes share count for each. Seconds and bytes.
    (`ru_maxrss` would not do: it begins with the size of the process that started the command.)
    """

    wall: float
    cpu: float
    process: int
    tree: int
    output: str = ""


def measure(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, keep: bool = False
) -> Sample:
    """Run a command and wait for it; its output is thrown away, or returned when `keep`.

    Raises CommandFailed with the end of its output.
    """
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        start = time.monotonic()
        memory = _Memory(child.pid)
        memory.start()
        assert child.stdout is not None
        output = child.stdout.read()
        # wait4 tells of the children that the command waited for as well.
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        memory.ended.set()
        memory.join()
    if child.returncode != 0:
        tail = "\n".join(output.splitlines()[-20:])
        raise CommandFailed(f"`{' '.join(map(str, command))}` ended with {child.returncode}:\n{tail}")
    return Sample(
        wall,
        usage.ru_utime + usage.ru_stime,
        memory.process,
        memory.tree,
        output if keep else "",
    )


def interleaved(runs: int, cases: Mapping[str, Callable[[], Sample]]) -> dict[str, list[Sample]]:
    """Every case `runs` times, in turn, so that a change of the machine's load meets all of them."""
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for _ in range(runs):
        for name, case in cases.items():
            samples[name].append(case())
    return samples


def middle(samples: Sequence[Sample]) -> Sample:
    """The median of times, the maximum of memory."""
    return Sample(
        statistics.median(each.wall for each in samples),
        statistics.median(each.cpu for each in samples),
        max(each.process for each in samples),
        max(each.tree for each in samples),
    )


class _Memory(threading.Thread):
    """Looks at a command and its descendants until `ended`."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.ended = threading.Event()
        self.process = 0
        self.tree = 0

    def run(self) -> None:
        while True:
            sizes = [size for process in _tree(self.root) if (size := _sizes(process))]
            self.process = max([self.process, *(peak for peak, _ in sizes)])
            self.tree = max(self.tree, self.process, sum(now for _, now in sizes))
            if self.ended.wait(SAMPLE_SECONDS):
                return


def _tree(root: int) -> list[int]:
    """Process ids of `root` and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found.extend(children.get(process, []))
    return found


def _sizes(process: int) -> tuple[int, int] | None:
    """The largest resident set of a process so far, and that of now, in bytes; None when it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(errors="replace")
    except OSError:
        return None
    fields = dict(line.partition(":")[::2] for line in status.splitlines())
    if "VmHWM" not in fields:
        return None
    return int(fields["VmHWM"].split()[0]) * 1024, int(fields["VmRSS"].split()[0]) * 1024
