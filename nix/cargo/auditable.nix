/**
  `$out/area.o`: an object with an area of zeros in the section `.dep-v0`, where a program says of which crates it is
  made. Every program is linked with it; `relhelper stamp` fills it, so that compiling does not depend on what it says.

  # Type
  auditable :: { lock :: Path, triple :: String } -> Derivation

  # Inputs
  `lock`
  : The Cargo.lock, whose number of packages decides the size: more room than their names and versions need.
*/
{
  platforms,
  run,
  targets,
  zig,
}:
{ lock, triple }:
let
  target = targets.${triple};
  packages = builtins.length (builtins.fromTOML (builtins.readFile lock)).package;
  # 4096 bytes are for std and its crates
  bytes = 128 * packages + 4096;
in
run "auditable-area-${triple}" { } ''
  export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig-cache ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig-cache
  echo '.section ${platforms.${target.os}.auditableSection}' > area.s
  echo '.zero ${toString bytes}' >> area.s
  mkdir $out
  ${zig}/zig cc -target ${target.zigTarget} ${
    if target ? zigCpu then "-mcpu=${target.zigCpu}" else ""
  } -g0 -c area.s -o $out/area.o
''
