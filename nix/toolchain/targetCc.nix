/**
  C compiler, linker, ar and ranlib for one target.

  # Type
  targetCc :: String -> Derivation
*/
{
  cRuntime,
  platforms,
  run,
  targets,
  tools,
  zig,
}:
triple:
let
  target = targets.${triple};
  zigCpu = if target ? zigCpu then "-mcpu=${target.zigCpu}" else "";
  runtime = cRuntime {
    name = triple;
    inherit (target) zigTarget;
    flags = zigCpu;
    inherit (platforms.${target.os}) libraries;
  };
in
run "cc-${triple}"
  {
    src = ./cc/target.sh;
    libiconv = ./cc/libiconv.tbd;
  }
  ''
    mkdir -p $out/bin $out/sdk/lib
    # the libc crate asks for -liconv on macOS; zig carries no stub of it
    cp $libiconv $out/sdk/lib/libiconv.tbd
    sed -e 's|@tools@|${tools}|g; s|@zig@|${zig}|g; s|@triple@|${triple}|g; s|@os@|${target.os}|g' \
        -e "s|@zigTarget@|${target.zigTarget}|g; s|@zigCpu@|${zigCpu}|g; s|@sdk@|$out/sdk|g; s|@runtime@|${runtime}|g" $src > $out/bin/cc
    for program in ar ranlib; do
      printf '#!%s\nexec %s %s "$@"\n' ${tools}/bin/sh ${zig}/zig $program > $out/bin/$program
    done
    chmod +x $out/bin/*
  ''
