#!/usr/bin/env python3
"""rebuilderd's daemon and worker rebuild a release through our backend: GOOD. A forged copy: BAD where it was forged.

Both are Debian's, from a newer suite, unpacked privately. The worker keeps its files in /var/lib, so it gets one of
its own.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "tools")]

import private_nix  # noqa: E402
from bootstrap import cache as caches  # noqa: E402
from rebuild import forge  # noqa: E402

SUITE = "forky"
NAMES = ("rebuilderd", "rebuilderd-worker", "rebuildctl")
WANTED = private_nix.Wanted("rebuilderd", NAMES, tuple(f"usr/bin/{name}" for name in NAMES))
OWN_VAR = 'mount -t tmpfs none /var/lib && exec "$@"'
ROW = re.compile(r"^\[(\w+) *\] (\S+) .*\(relhelper, (\w+),")
EXIT_CODES = "exit codes: 0 as it should be; 1 not; 2 could not tell"


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("--relhelper", type=Path, required=True)
    made.add_argument("--minutes", type=float, default=30, help="how long the worker may take")
    made.add_argument("release", type=Path)
    options = made.parse_args()
    cache = caches.Cache(caches.default_folder())
    with cache.locked():
        programs = private_nix.programs_of_suite(SUITE, cache, WANTED) / "usr/bin"
    with tempfile.TemporaryDirectory(prefix="rebuilderd-") as folder:
        return _judge(options, programs, Path(folder).resolve())


def _judge(options: argparse.Namespace, programs: Path, folder: Path) -> int:
    served = folder / "served"
    for name in ("stable", "forged"):
        shutil.copytree(options.release.resolve(), served / name)
        subprocess.run(["chmod", "-R", "u+w", str(served / name)], check=True)
    forged, _ = forge(served / "forged", None)
    _configure(folder)
    environment = {**os.environ, "RELHELPER": str(options.relhelper.resolve())}
    rebuildctl = [str(programs / "rebuildctl"), "-c", str(folder / "daemon.conf")]
    started = []
    try:
        with private_nix.serving(served) as address, (folder / "log").open("wb") as log:
            daemon = [str(programs / "rebuilderd"), "-c", str(folder / "daemon.conf")]
            started.append(subprocess.Popen(daemon, cwd=folder, stdout=log, stderr=log))
            _listening(folder)
            for name in ("stable", "forged"):
                packages = subprocess.run(
                    [str(ROOT / "tools/rebuilderd/release-to-packages"), "--release", name, f"{address}{name}/"],
                    check=True,
                    stdout=subprocess.PIPE,
                ).stdout
                subprocess.run([*rebuildctl, "pkgs", "sync-stdin"], check=True, input=packages)
            worker = [str(programs / "rebuilderd-worker"), "-n", "judge", "-c", str(folder / "worker.conf"), "connect"]
            started.append(
                subprocess.Popen(
                    ["unshare", "--mount", "sh", "-c", OWN_VAR, "sh", *worker],
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            )
            found = _wait(rebuildctl, options.minutes)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()
    return _verdict(found, forged, folder)


def _configure(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "port").write_text(str(port))
    endpoint = f"http://127.0.0.1:{port}"
    secret = secrets.token_hex(16)
    (folder / "daemon.conf").write_text(
        f'[http]\nbind_addr = "127.0.0.1:{port}"\nendpoint = "{endpoint}"\n'
        f'[auth]\ncookie = "{secrets.token_hex(16)}"\n[worker]\nsignup_secret = "{secret}"\n'
    )
    (folder / "worker.conf").write_text(
        f'endpoint = "{endpoint}"\nsignup_secret = "{secret}"\n'
        f'[backend."relhelper"]\npath = "{ROOT}/tools/rebuilderd/relhelper-backend"\n'
    )


def _listening(folder: Path) -> None:
    address = ("127.0.0.1", int((folder / "port").read_text()))
    for _ in range(100):
        try:
            socket.create_connection(address).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("error: the daemon does not answer")


def _wait(rebuildctl: list[str], minutes: float) -> dict[tuple[str, str], str]:
    """(release, file) → status of each file, once none is unknown or time is over."""
    deadline = time.monotonic() + minutes * 60
    while True:
        text = subprocess.run([*rebuildctl, "pkgs", "ls"], check=True, stdout=subprocess.PIPE, text=True).stdout
        rows = [found.groups() for line in text.splitlines() if (found := ROW.match(line))]
        found = {(release, name): status for status, name, release in rows}
        if (found and "UNKWN" not in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(2)


def _verdict(found: dict[tuple[str, str], str], forged: str, folder: Path) -> int:
    good = [name for (release, name), status in found.items() if release == "stable" and status == "GOOD"]
    others = {name: status for (release, name), status in found.items() if release == "stable" and status != "GOOD"}
    bad = [name for (release, name), status in found.items() if release == "forged" and status == "BAD"]
    archive = [
        status for (release, name), status in found.items() if release == "forged" and name[-14:] == "-source.tar.gz"
    ]
    print(f"the release: {len(good)} files GOOD, others: {others or 'none'}")
    print(f"the forged one: {len(bad)} files BAD, {forged} among them: {forged in bad}; its source archive: {archive}")
    if good and not others and forged in bad and archive == ["GOOD"]:
        return 0
    print((folder / "log").read_text(errors="replace")[-8000:])
    return 2 if not found or "UNKWN" in found.values() else 1


if __name__ == "__main__":
    sys.exit(main())
