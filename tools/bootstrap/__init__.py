"""The modules behind `./bootstrap`: pinned inputs, from wherever they are, into the Nix store.

Only Python's standard library (3.11 or newer) is used. `cli` is the entrance; modules that decide
(`lock`, `wanted`, `storepath`, `nixconf`, `debindex`, `elf`, `standins`) do no I/O.
"""
