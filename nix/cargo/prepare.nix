/**
  Shell text that both layers of a program share: environment, source in `$TMPDIR/source`, crates, flags.

  The build folder is what Nix says it is, `$TMPDIR`: whoever sets that one compiles elsewhere.

  # Type
  prepare :: { lock :: Path, triple :: String | null, source :: String } -> String

  # Inputs
  `lock`
  : The Cargo.lock, which names the crates.

  `source`
  : Store path of a folder with the workspace.

  `triple`
  : Target, or null for programs that the build machine runs: they link Debian's std dynamically to its libc.
*/
{
  auditable,
  cargoEnvironment,
  llvmTools,
  make,
  platforms,
  std,
  targetCc,
  targets,
  tools,
  vendor,
}:
{
  lock,
  triple,
  source,
}:
let
  remap = [
    "--remap-path-prefix=$TMPDIR/source=/source"
    "--remap-path-prefix=$TMPDIR/vendor=/vendor"
    "--remap-path-prefix=$TMPDIR/target=/target"
  ];
  platform = platforms.${targets.${triple}.os};
  area = "${auditable { inherit lock triple; }}/area.o";
  flags =
    if triple == null then
      remap
    else
      [ "--sysroot=${std triple}" ] ++ remap ++ platform.rustFlags ++ [ "-Clink-arg=${area}" ];
  stripped = triple != null && platform.strip == "linker";
in
''
  ${cargoEnvironment { inherit triple; }}
  # for crates that build C code by configure and make
  export PATH=$PATH:${make}/bin CONFIG_SHELL=${tools}/bin/sh SHELL=${tools}/bin/sh NM=${llvmTools}/bin/llvm-nm
  ${
    # an archive is the same for any processor; without a target there is no other `ar` than busybox's, which cannot write
    if triple == null then
      "export AR=${targetCc "x86_64-unknown-linux-musl"}/bin/ar RANLIB=${targetCc "x86_64-unknown-linux-musl"}/bin/ranlib"
    else
      "export AR=${targetCc triple}/bin/ar RANLIB=${targetCc triple}/bin/ranlib"
  }
  cp -r ${source} source
  chmod -R u+w source
  ln -s ${vendor lock} vendor
  printf '[source.crates-io]\nreplace-with = "vendor"\n[source.vendor]\ndirectory = "%s/vendor"\n' $TMPDIR >> $CARGO_HOME/config.toml
  export CARGO_ENCODED_RUSTFLAGS="${builtins.concatStringsSep "$(printf '\\037')" flags}"
  export CARGO_PROFILE_RELEASE_DEBUG=false CARGO_PROFILE_RELEASE_STRIP=${
    if stripped then "symbols" else "none"
  }
  cd source
''
