"""What a benchmark found: rows of figures, claims that hold or do not, notes. As a table or as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from measure import Sample

ROOT = Path(__file__).resolve().parent.parent
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One case: its middle run, of how many, and further figures by name."""

    name: str
    sample: Sample
    runs: int = 1
    extra: dict[str, float] = field(default_factory=dict)


class Report:
    """Collects rows; prints them."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: list[Row] = []
        self.claims: list[tuple[str, bool]] = []
        self.notes: list[str] = []

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def claim(self, text: str, holds: bool) -> None:
        self.claims.append((text, holds))

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def holds(self) -> bool:
        return all(holds for _, holds in self.claims)

    def table(self) -> str:
        """Markdown: one line a row; memory in MiB."""
        extras = list(dict.fromkeys(key for row in self.rows for key in row.extra))
        head = ["case", "wall s", "CPU s", "process MiB", "all MiB", "runs", *extras]
        lines = [self.title, f"({machine()})", "", _line(head), _line(["---"] + ["--:"] * (len(head) - 1))]
        for row in self.rows:
            one = row.sample
            figures = [
                f"{one.wall:.2f}",
                f"{one.cpu:.2f}",
                *(f"{size / MEBIBYTE:.0f}" for size in (one.process, one.tree)),
            ]
            lines.append(_line([row.name, *figures, str(row.runs), *(str(row.extra.get(key, "")) for key in extras)]))
        lines += ["", *(f"{'holds' if holds else 'DOES NOT HOLD'}: {text}" for text, holds in self.claims), *self.notes]
        return "\n".join(lines)

    def json(self) -> str:
        rows = [
            {
                "name": row.name,
                "wallSeconds": round(row.sample.wall, 3),
                "cpuSeconds": round(row.sample.cpu, 3),
                "processBytes": row.sample.process,
                "treeBytes": row.sample.tree,
                "runs": row.runs,
                **({"figures": row.extra} if row.extra else {}),
            }
            for row in self.rows
        ]
        claims = [{"text": text, "holds": holds} for text, holds in self.claims]
        document = {"title": self.title, "machine": machine(), "rows": rows, "claims": claims, "notes": self.notes}
        return json.dumps({"formatVersion": 1, **document}, indent=2, ensure_ascii=False)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Cores, memory, processor and load, as far as they matter for the figures."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()}; load at the end {load:.1f}"


def relhelper(given: str | None) -> str:
    """The program to measure: `given`, or that of this checkout, built by Nix."""
    if given:
        return given
    subprocess.run(["nix", "build", "--no-link", f"{ROOT}#relhelper"], check=True)
    out = subprocess.run(
        ["nix", "eval", "--raw", f"{ROOT}#relhelper.outPath"], check=True, stdout=subprocess.PIPE, text=True
    )
    return f"{out.stdout}/bin/relhelper"
