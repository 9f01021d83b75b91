/**
  C compiler and linker for the build machine.
*/
{
  cRuntime,
  run,
  rust,
  tools,
  zig,
}:
let
  runtime = cRuntime {
    name = "host";
    zigTarget = "x86_64-linux-gnu.2.36";
    flags = "-pie";
    libraries = [ "m" ];
  };
in
run "cc-host" { src = ./cc/host.sh; } ''
  mkdir -p $out/bin
  sed -e 's|@tools@|${tools}|g; s|@zig@|${zig}|g; s|@rust@|${rust}|g; s|@runtime@|${runtime}|g' $src > $out/bin/cc
  chmod +x $out/bin/cc
''
