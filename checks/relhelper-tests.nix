/**
  Unit and integration tests of the workspace, with the release's compiler, for the build machine. clippy reads the code
  while it is compiled for them, warnings as errors, so nothing is compiled for the lints alone.

  Then once more with a flaw, which clippy has to find, and with a program that was broken on purpose, which the tests
  have to notice.
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

    library=tools/relhelper/src/lib.rs
    cp $library $TMPDIR/sound.rs
    printf '\npub fn flaw(x: u32) -> u32 {\n    return x;\n}\n' >> $library
    if cargo test --workspace --frozen --no-run 2> $TMPDIR/flaw; then
      echo "error: clippy passes a needless return" >&2
      exit 1
    fi
    grep needless_return $TMPDIR/flaw || { cat $TMPDIR/flaw >&2; exit 1; }
    cp $TMPDIR/sound.rs $library

    cargo test --workspace --frozen 2>&1 | tee $TMPDIR/log
    grep -q 'test result: ok\. [1-9][0-9]* passed' $TMPDIR/log || { echo "error: no test ran" >&2; exit 1; }

    # the tests of that command against a program that was broken on purpose
    broken=tools/relhelper/src/portable/finding.rs
    cp $broken $TMPDIR/sound.rs
    sed -i 's/"path into the Nix store"/"path"/' $broken
    ! cmp -s $TMPDIR/sound.rs $broken || { echo "error: $broken has no such text to break" >&2; exit 1; }
    if cargo test --package relhelper --test it --frozen check_portable > $TMPDIR/broken 2>&1; then
      echo "error: the tests pass although a text of the program was changed" >&2
      exit 1
    fi
    grep -q 'test result: FAILED' $TMPDIR/broken || { cat $TMPDIR/broken >&2; exit 1; }
    grep 'test result' $TMPDIR/log > $out
  '';
}
