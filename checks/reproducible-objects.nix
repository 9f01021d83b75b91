/**
  A C file compiled twice for every target, with debug information and in folders of different depth, gives the same
  object. A program would not show it: what is in debug information alone is stripped from it, and the dependency layer,
  where objects are kept, would differ.
*/
{
  run,
  targetCc,
  targets,
}:
let
  judge = triple: ''
    for folder in $TMPDIR/one $TMPDIR/another/and/a/deeper; do
      mkdir -p $folder/source
      cp $source $folder/source/hello.c
      (
        cd $folder/source
        export NIX_BUILD_TOP=$folder ZIG_GLOBAL_CACHE_DIR=$folder/cache ZIG_LOCAL_CACHE_DIR=$folder/cache
        ${targetCc triple}/bin/cc -g3 -O2 -c -o hello.o hello.c
      )
    done
    cmp $TMPDIR/one/source/hello.o $TMPDIR/another/and/a/deeper/source/hello.o
    grep -q hello.c $TMPDIR/one/source/hello.o # debug information is there
    echo "$(sha256sum < $TMPDIR/one/source/hello.o | cut -c 1-64)  ${triple}" >> $out
    rm -r $TMPDIR/one $TMPDIR/another
  '';
in
run "reproducible-objects" { source = ./fixtures/emulators/hello.c; } (
  builtins.concatStringsSep "" (map judge (builtins.attrNames targets))
)
