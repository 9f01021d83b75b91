/**
  The format of the workspace's Rust code; and that code of another format is found.
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
  cargo fmt --all -- --check --color never

  echo 'pub fn  wide ( ) { }' >> tools/relhelper/src/lib.rs
  if cargo fmt --all -- --check --color never > found; then
    echo "error: cargo fmt passes code of another format" >&2
    exit 1
  fi
  grep -qxF '+pub fn wide() {}' found || { cat found >&2; exit 1; }
  cp found $out
''
