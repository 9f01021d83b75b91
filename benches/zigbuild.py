"""cargo zigbuild, with the same compiler and std as the release."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import peer
from measure import Sample, measure
from report import ROOT

# rustc's own flags of such targets; the sysroot has no C runtime, zigbuild brings one.
FLAGS = {
    "linux": ["-Clink-self-contained=no", "-Ctarget-feature=+crt-static", "-Crelocation-model=static"],
    "windows": ["-Ctarget-feature=+crt-static"],
}


@dataclass
class Peer:
    """What a run needs: folder of the workspace, the command, and its environment."""

    workspace: Path
    target: Path
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def prepare(folder: Path, targets: list[str], std: str) -> Peer:
    """Everything that is not measured: programs, a clone of HEAD, crates, compiler and std.

    `std` is a Nix expression: triple → sysroot.
    """
    place = folder / "zigbuild"
    peer.install(place / "venv", ROOT / "benches/requirements.txt")
    workspace = place / "workspace"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(workspace)], check=True)
    subprocess.run(["cargo", "fetch", "--quiet", "--locked"], cwd=workspace, check=True)
    rust = _built(f"with import {ROOT}/nix {{ }}; rust")
    programs = place / "bin"
    programs.mkdir()
    # What rustup calls it; rustc strips Mach-O with it.
    (programs / "rust-objcopy").symlink_to(f"{rust}/bin/llvm-objcopy")
    env = {
        # The pinned cargo has no network client.
        "CARGO_NET_OFFLINE": "true",
        "PATH": f"{programs}:{place}/venv/bin:{rust}/bin:{os.environ['PATH']}",
        "CARGO_TARGET_DIR": str(place / "target"),
        "CARGO_ZIGBUILD_CACHE_DIR": str(place / "zigbuild-cache"),
        "ZIG_GLOBAL_CACHE_DIR": str(place / "zig-cache"),
        "ZIG_LOCAL_CACHE_DIR": str(place / "zig-cache"),
    }
    words = ["cargo", "zigbuild", "--release", "--frozen", "--package", "relhelper"]
    for triple in targets:
        words += ["--target", triple]
        system = next((each for each in FLAGS if each in triple), "")
        flags = [f"--sysroot={_built(f'({std}).{triple}')}", *FLAGS.get(system, [])]
        env[f"CARGO_TARGET_{triple.upper().replace('-', '_')}_RUSTFLAGS"] = " ".join(flags)
    return Peer(workspace, place / "target", words, env)


def measured(peer: Peer) -> Sample:
    """One build with an empty target folder; the cache of zig stays from one to the next."""
    shutil.rmtree(peer.target, ignore_errors=True)
    return measure(peer.command, cwd=peer.workspace, env=peer.env)


def _built(expression: str) -> str:
    command = ["nix-build", "--no-out-link", "-E", expression]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
