/**
  A C file compiled twice for every target, with debug information and in folders of different depth, gives the same
  object. A program would not show it: what is in debug information alone is stripped from it, and the dependency layer,
  where objects are kept, would differ. Compiled by zig alone, they do differ.
*/
{
  run,
  targetCc,
  targets,
  zig,
}:
let
  judge = triple: ''
    twice ${targetCc triple}/bin/cc
    cmp $first $second
    grep -q hello.c $first # debug information is there
    echo "$(sha256sum < $first | cut -c 1-64)  ${triple}" >> $out

    twice ${zig}/zig cc -target ${targets.${triple}.zigTarget}
    if cmp $first $second; then
      echo "error: no folder is seen in an object of zig's for ${triple}, so that the same bytes say nothing" >&2
      exit 1
    fi
  '';
in
run "reproducible-objects" { source = ./fixtures/emulators/hello.c; } ''
  first=$TMPDIR/one/source/hello.o
  second=$TMPDIR/another/and/a/deeper/source/hello.o
  # twice COMPILER…
  twice() {
    for folder in $TMPDIR/one $TMPDIR/another/and/a/deeper; do
      rm -rf $folder
      mkdir -p $folder/source
      cp $source $folder/source/hello.c
      (
        cd $folder/source
        export NIX_BUILD_TOP=$folder ZIG_GLOBAL_CACHE_DIR=$folder/cache ZIG_LOCAL_CACHE_DIR=$folder/cache
        "$@" -g3 -O2 -c -o hello.o hello.c
      )
    done
  }
  ${builtins.concatStringsSep "" (map judge (builtins.attrNames targets))}
''
