/**
  Everything a program is made of but the workspace's own crates, compiled for one target.

  Depends on the manifests alone, so a change of source compiles none of it again.

  # Type
  dependencies :: { name, manifests, command, profile, triple, base? } -> Derivation

  # Inputs
  `command`
  : What cargo will be asked for on top of this layer, such as `build --release`.

  `profile`
  : The folder of that command's profile: `release` or `debug`.

  `triple`
  : Target, or null for programs that the build machine runs, such as tests.

  `base`
  : Another target whose layer lends what the build machine runs: proc macros and build scripts are the same for all
    targets. By default none.
*/
{
  dependencies,
  dummySource,
  prepare,
  run,
}:
{
  name,
  manifests,
  command,
  profile,
  triple,
  base ? triple,
}:
let
  lender = dependencies {
    inherit
      name
      manifests
      command
      profile
      ;
    triple = base;
  };
  borrow = ''
    mkdir $TMPDIR/target
    # times are kept, or cargo would compile it again
    cp -a ${lender}/target/${profile} $TMPDIR/target/
    chmod -R u+w $TMPDIR/target
  '';
  forHost = triple == null;
  suffix = if forHost then "host" else triple;
  target = if forHost then "" else " --target ${triple}";
  made = "$TMPDIR/target/${if forHost then "" else "*/"}${profile}";
  dummy = dummySource manifests;
  write = stub: ''
    mkdir -p "$(dirname '${stub.path}')"
    echo '${stub.text}' > '${stub.path}'
  '';
in
run "${name}-dependencies-${suffix}" { } ''
  ${prepare {
    inherit triple;
    lock = manifests + "/Cargo.lock";
    source = dummy.manifests;
  }}
  ${builtins.concatStringsSep "" (map write dummy.stubs)}

  ${if base == triple then "" else borrow}export RELHELPER_SKIP_LINK=1
  cargo ${command}${target} --target-dir $TMPDIR/target

  # what belongs to the workspace's own crates, and cargo's note of the compiler, which holds times
  hash='[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*'
  for artifact in ${builtins.concatStringsSep " " dummy.artifacts}; do
    find $TMPDIR/target -depth \( -name "$artifact-$hash" -o -name "lib$artifact-$hash" \) -exec rm -rf {} +
    rm -f ${made}/$artifact ${made}/$artifact.* ${made}/lib$artifact.*
  done
  rm -f $TMPDIR/target/.rustc_info.json
  mkdir $out
  mv $TMPDIR/target $out/target
''
