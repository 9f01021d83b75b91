/**
  Shell text that compiles the package of the working directory by cargo, and says in `$out/crates` of what:

  - `unit-graph.json`: what cargo compiles for the very same command line, with which features, and what needs what;
  - `metadata.json`: what the manifests of the packages say, such as licences.

  Paths in both begin below `$TMPDIR`, so that they do not depend on the build folder.

  # Type
  cargoCompile :: String -> String

  # Inputs
  The arguments of `cargo build`.
*/
{ }:
arguments:
''
  cargo build ${arguments}

  # RUSTC_BOOTSTRAP: the graph is an unstable feature; nothing is compiled by this call
  RUSTC_BOOTSTRAP=1 cargo build ${arguments} -Zunstable-options --unit-graph > $TMPDIR/unit-graph.json
  cargo metadata --format-version 1 --frozen > $TMPDIR/metadata.json
  mkdir -p $out/crates
  for file in unit-graph.json metadata.json; do
    sed -E "s#(\"|file://)$TMPDIR/#\1/#g" $TMPDIR/$file > $out/crates/$file
  done
''
