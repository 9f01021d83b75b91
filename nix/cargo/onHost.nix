/**
  Runs a shell script in a workspace on the build machine, on top of dependencies compiled once: tests, lints.

  # Type
  onHost :: { name, src, manifests, command, script } -> Derivation

  # Inputs
  `src`, `manifests`
  : As in ./program.nix.

  `command`
  : What cargo compiles the dependencies with; the script's own call has to want the same of them.

  `script`
  : Shell text, in the workspace; cargo finds what is compiled in `$CARGO_TARGET_DIR`. It has to create `$out`.
*/
{
  dependencies,
  prepare,
  run,
}:
{
  name,
  src,
  manifests,
  command,
  script,
}:
let
  layer = dependencies {
    inherit name manifests command;
    profile = "debug";
    triple = null;
  };
in
run name { } ''
  ${prepare {
    lock = manifests + "/Cargo.lock";
    triple = null;
    source = src;
  }}
  export CARGO_TARGET_DIR=$TMPDIR/target
  # times are kept, or cargo would compile the dependencies again
  cp -a ${layer}/target $CARGO_TARGET_DIR
  chmod -R u+w $CARGO_TARGET_DIR
  find . -type f -exec touch {} +
  ${script}
''
