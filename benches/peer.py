"""Programs that figures are compared with."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path


def install(place: Path, requirements: Path) -> Path:
    """Install pinned wheels in a folder of their own; the folder with their programs."""
    venv.create(place, with_pip=True)
    pip = [str(place / "bin/pip"), "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*pip, "-r", str(requirements)], check=True, stdout=sys.stderr)
    return place / "bin"
