/**
  Shell text that both layers of a program share: environment, source in `$TMPDIR/source`, crates, flags.

  # Type
  prepare :: { vendor :: Derivation, triple :: String, source :: String } -> String

  # Inputs
  `source`
  : Store path of a folder with the workspace.
*/
{
  cargoEnvironment,
  platforms,
  std,
  targets,
}:
{
  vendor,
  triple,
  source,
}:
let
  platform = platforms.${targets.${triple}.os};
  flags = [
    "--sysroot=${std triple}"
    "--remap-path-prefix=$TMPDIR/source=/source"
    "--remap-path-prefix=$TMPDIR/vendor=/vendor"
    "--remap-path-prefix=$TMPDIR/target=/target"
  ]
  ++ platform.rustFlags;
in
''
  ${cargoEnvironment { inherit triple; }}
  cp -r ${source} source
  chmod -R u+w source
  ln -s ${vendor} vendor
  printf '[source.crates-io]\nreplace-with = "vendor"\n[source.vendor]\ndirectory = "%s/vendor"\n' $TMPDIR >> $CARGO_HOME/config.toml
  export CARGO_ENCODED_RUSTFLAGS="${builtins.concatStringsSep "$(printf '\\037')" flags}"
  export CARGO_PROFILE_RELEASE_DEBUG=false CARGO_PROFILE_RELEASE_STRIP=${
    if platform.strip == "linker" then "symbols" else "none"
  }
  cd source
''
