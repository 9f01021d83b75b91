/**
  Unit and integration tests of the workspace, with the release's compiler, for the build machine.

  Then once more with a program that was broken on purpose, which the tests have to notice.
*/
{ onHost, workspace }:
onHost {
  name = "relhelper-tests";
  inherit (workspace) manifests src;
  command = "test --workspace --frozen --no-run";
  script = ''
    set -o pipefail
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
