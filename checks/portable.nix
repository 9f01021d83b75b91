/**
  The gate on everything that people download, and on files of which each has one defect that it has to name.
*/
{
  defective,
  relhelper,
  releases,
  run,
}:
let
  gate = "${relhelper}/bin/relhelper check-portable";
  downloads =
    release:
    builtins.concatMap (triple: [
      "${release.parts.${triple}.bundle}/."
      "${release.parts.${triple}.program}/."
    ]) (builtins.attrNames release.parts);
in
{
  releases = run "portable-releases" { } ''
    set -o pipefail
    ${gate} ${builtins.concatStringsSep " " (builtins.concatMap downloads releases)} | tee $out
  '';

  defects = run "portable-defects" { } ''
    gate() { ${gate} "$@"; }
    # gate_finds KIND PATH: the answer is no, and nothing but KIND is named
    gate_finds() {
      status=0
      gate --json $2 > report || status=$?
      kinds=$(sed -n 's/^ *"kind": "\(.*\)",$/\1/p' report | sort -u)
      [ $status = 1 ] && [ "$kinds" = $1 ] || {
        echo "error: $2 should be refused with 1 for $1; the status is $status and the kinds are: $kinds" >&2
        exit 1
      }
    }
    gate ${defective}/sound

    for kind in store-path build-path elf-interpreter elf-run-path macho-dylib macho-run-path macho-signature \
      pe-pdb-path shebang symbolic-link
    do
      gate_finds $kind ${defective}/$kind
      echo $kind >> $TMPDIR/kinds
    done
    gate --forbid nowhere-in-it ${defective}/sound
    status=0
    gate --forbid 'exit 0' ${defective}/sound > report || status=$?
    [ $status = 1 ] && grep -q 'script.*forbidden string' report

    # a whole bundle in which one member is bad
    for kind in store-path elf-interpreter macho-dylib pe-pdb-path shebang; do
      mkdir -p $kind/hello-1.0.0/share/doc
      cp -r ${defective}/sound/* $kind/hello-1.0.0/
      cp ${defective}/$kind/* $kind/hello-1.0.0/share/doc/
      for archive in hello.tar.gz hello.zip; do
        ${relhelper}/bin/relhelper bundle --source-date 1700000000 $kind $kind-$archive
        gate_finds $kind $kind-$archive
        grep -q "$kind-$archive!hello-1.0.0/share/doc/" report
      done
    done

    # what cannot be looked into is no pass
    head -c 3000 store-path-hello.tar.gz > cut.tar.gz
    status=0
    gate cut.tar.gz || status=$?
    [ $status = 2 ]
    cp kinds $out
  '';
}
