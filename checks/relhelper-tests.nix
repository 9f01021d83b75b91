/**
  Unit and integration tests of the workspace, with the release's compiler, for the build machine. clippy reads the code
  while it is compiled for them, warnings as errors, so nothing is compiled for the lints alone.

  A flaw, which clippy has to find, and an expectation that the program does not meet, which the tests have to notice,
  show that both look.
*/
{
  onHost,
  rustLints,
  workspace,
}:
onHost {
  name = "relhelper-tests";
  inherit (workspace) manifests src;
  command = "test --workspace --frozen --no-run";
  script = ''
    set -o pipefail
    # as cargo-clippy does it, which itself only checks and makes no program
    export RUSTC_WORKSPACE_WRAPPER=${rustLints}/bin/clippy-driver
    export CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__

    # does clippy look? A package with nothing but a flaw.
    mkdir -p $TMPDIR/flaw/src
    printf '[package]\nname = "flaw"\nversion = "0.0.0"\nedition = "2024"\n' > $TMPDIR/flaw/Cargo.toml
    printf 'pub fn flaw(x: u32) -> u32 {\n    return x;\n}\n' > $TMPDIR/flaw/src/lib.rs
    if cargo build --offline --manifest-path $TMPDIR/flaw/Cargo.toml --target-dir $TMPDIR/flaw/target 2> $TMPDIR/found; then
      echo "error: clippy passes a needless return" >&2
      exit 1
    fi
    grep needless_return $TMPDIR/found || { cat $TMPDIR/found >&2; exit 1; }

    cargo test --workspace --frozen 2>&1 | tee $TMPDIR/log
    grep -q 'test result: ok\. [1-9][0-9]* passed' $TMPDIR/log || { echo "error: no test ran" >&2; exit 1; }

    # do the tests compare? Those of that command, with a text that the program does not say.
    expected=tools/relhelper/tests/it/check_portable.rs
    cp $expected $TMPDIR/sound.rs
    sed -i 's/: path into the Nix store: /: path: /' $expected
    ! cmp -s $TMPDIR/sound.rs $expected || { echo "error: $expected has no such text to break" >&2; exit 1; }
    if cargo test --package relhelper --test it --frozen check_portable > $TMPDIR/broken 2>&1; then
      echo "error: the tests pass although the program says something else" >&2
      exit 1
    fi
    grep -q 'test result: FAILED' $TMPDIR/broken || { cat $TMPDIR/broken >&2; exit 1; }
    grep 'test result' $TMPDIR/log > $out
  '';
}
