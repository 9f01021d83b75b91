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
    cargo test --workspace --frozen 2>&1 | tee $TMPDIR/log
    grep -q 'test result: ok\. [1-9][0-9]* passed' $TMPDIR/log || { echo "error: no test ran" >&2; exit 1; }

    # the same tests against a program that was broken on purpose
    sed -i 's/Self::StorePath => "path into the Nix store"/Self::StorePath => "path"/' \
      tools/relhelper/src/portable/finding.rs
    if cargo test --workspace --frozen > $TMPDIR/broken 2>&1; then
      echo "error: the tests pass although a text of the program was changed" >&2
      exit 1
    fi
    grep -q 'test result: FAILED' $TMPDIR/broken || { cat $TMPDIR/broken >&2; exit 1; }
    grep 'test result' $TMPDIR/log > $out
  '';
}
