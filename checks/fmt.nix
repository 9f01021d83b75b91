/**
  The format of the Rust code, that of the fuzz targets included; and that code of another format is found.
*/
{
  cargoEnvironment,
  run,
  rustLints,
  workspace,
}:
run "fmt" { } ''
  ${cargoEnvironment { triple = null; }}
  export PATH=${rustLints}/bin:$PATH
  cp -r ${workspace.src} source
  chmod -R u+w source
  cd source
  # well_formed FOLDER [--all]
  well_formed() {
    manifest=$1/Cargo.toml
    shift
    cargo fmt --manifest-path $manifest "$@" -- --check --color never
  }
  # finds_another FILE WELL_FORMED…
  finds_another() {
    echo 'pub fn  wide ( ) { }' >> $1
    shift
    if "$@" > found; then
      echo "error: cargo fmt passes code of another format: $*" >&2
      exit 1
    fi
    grep -qxF '+pub fn wide() {}' found || { cat found >&2; exit 1; }
  }

  well_formed . --all
  # a workspace of its own; `--all` would look for its dependencies, which are not there
  well_formed tools/relhelper/fuzz

  finds_another tools/relhelper/src/lib.rs well_formed . --all
  finds_another tools/relhelper/fuzz/fuzz_targets/archive.rs well_formed tools/relhelper/fuzz
  cp found $out
''
