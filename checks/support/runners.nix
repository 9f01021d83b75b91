/**
  What runs the programs of each target whose tier says that they are run: an emulator, or nothing.

  # Type
  AttrsOf String
*/
{
  qemu,
  targets,
  wine,
}:
let
  commands = {
    aarch64-unknown-linux-musl = "${qemu}/bin/qemu-aarch64";
    riscv64gc-unknown-linux-musl = "${qemu}/bin/qemu-riscv64";
    x86_64-pc-windows-gnullvm = "${wine}/bin/wine";
    x86_64-unknown-linux-musl = "";
  };
  run = builtins.filter (triple: targets.${triple}.tier != "structure") (builtins.attrNames targets);
in
builtins.listToAttrs (
  map (triple: {
    name = triple;
    value = commands.${triple};
  }) run
)
