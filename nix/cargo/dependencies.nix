/**
  Everything a program is made of but the workspace's own crates, compiled for one target.

  Depends on the manifests alone, so a change of source compiles none of it again.
*/
{
  dummySource,
  prepare,
  run,
  vendor,
}:
{
  name,
  manifests,
  package,
  triple,
}:
let
  dummy = dummySource manifests;
  write = stub: ''
    mkdir -p "$(dirname '${stub.path}')"
    echo '${stub.text}' > '${stub.path}'
  '';
in
run "${name}-dependencies-${triple}" { } ''
  ${prepare {
    inherit triple;
    vendor = vendor (manifests + "/Cargo.lock");
    source = dummy.manifests;
  }}
  ${builtins.concatStringsSep "" (map write dummy.stubs)}

  export RELHELPER_SKIP_LINK=1
  cargo build --release --frozen --package ${package} --bins --target ${triple} --target-dir $TMPDIR/target

  # what belongs to the workspace's own crates, and cargo's note of the compiler, which holds times
  hash='[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*'
  for artifact in ${builtins.concatStringsSep " " dummy.artifacts}; do
    find $TMPDIR/target -depth \( -name "$artifact-$hash" -o -name "lib$artifact-$hash" \) -exec rm -rf {} +
    rm -f $TMPDIR/target/*/release/$artifact $TMPDIR/target/*/release/$artifact.* $TMPDIR/target/*/release/lib$artifact.*
  done
  rm -f $TMPDIR/target/.rustc_info.json
  mkdir $out
  mv $TMPDIR/target $out/target
''
