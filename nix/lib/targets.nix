/**
  The targets a release can be built for, and what differs between them.

  `os`, `arch`
  : Words of release-manifest.json. What differs between operating systems is in ./platforms.nix.

  `zigTarget`, `zigCpu`
  : What zig calls the target and, where its default is too new, the processor.

  `tier`
  : How far the checks go: `native` runs the programs as they are, `emulated` under qemu or wine,
    `structure` looks at the files only.
*/
{
  aarch64-apple-darwin = {
    os = "macos";
    arch = "aarch64";
    zigTarget = "aarch64-macos.11.0-none";
    tier = "structure";
  };
  aarch64-pc-windows-gnullvm = {
    os = "windows";
    arch = "aarch64";
    zigTarget = "aarch64-windows-gnu";
    tier = "structure";
  };
  aarch64-unknown-linux-musl = {
    os = "linux";
    arch = "aarch64";
    zigTarget = "aarch64-linux-musl";
    tier = "emulated";
  };
  riscv64gc-unknown-linux-musl = {
    os = "linux";
    arch = "riscv64";
    zigTarget = "riscv64-linux-musl";
    zigCpu = "generic_rv64+m+a+f+d+c";
    tier = "emulated";
  };
  x86_64-apple-darwin = {
    os = "macos";
    arch = "x86_64";
    zigTarget = "x86_64-macos.11.0-none";
    tier = "structure";
  };
  x86_64-pc-windows-gnullvm = {
    os = "windows";
    arch = "x86_64";
    zigTarget = "x86_64-windows-gnu";
    tier = "emulated";
  };
  x86_64-unknown-linux-musl = {
    os = "linux";
    arch = "x86_64";
    zigTarget = "x86_64-linux-musl";
    tier = "native";
  };
}
