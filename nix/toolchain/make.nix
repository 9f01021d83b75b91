/**
  GNU make for C code in crates. Recipes run with busybox: there is no /bin/sh in the sandbox.
*/
{
  debianTools,
  inputs,
  run,
  tools,
}:
let
  plain = debianTools {
    name = "gnu-make";
    packages = [ inputs.make ];
    programs = [ "usr/bin/make" ];
  };
in
run "make" { } ''
  mkdir -p $out/bin
  printf '#!%s\nexec %s SHELL=%s "$@"\n' ${tools}/bin/sh ${plain}/bin/make ${tools}/bin/sh > $out/bin/make
  chmod +x $out/bin/make
''
