/**
  The documents of every release written again: from the same metadata with its lists in reverse order, by one core, in
  another folder, for another user with another language and time zone.
*/
{
  busybox,
  relhelper,
  releases,
  system,
  tools,
}:
let
  backwards =
    list:
    let
      last = builtins.length list - 1;
    in
    builtins.genList (i: builtins.elemAt list (last - i)) (last + 1);

  again =
    release:
    let
      metadata = release.relhelper;
      inherit (metadata) artifacts build targets;
      inherit (metadata.source) sourceDate;
      reversed = metadata // {
        artifacts = backwards artifacts;
        targets = backwards targets;
        build = build // {
          derivations = backwards build.derivations;
          inputs = backwards build.inputs;
        };
      };
    in
    assert reversed.artifacts != artifacts && reversed.targets != targets;
    derivation {
      name = "reproducible-documents-${metadata.product.name}";
      inherit system;
      builder = busybox;
      args = [
        "sh"
        "-euc"
        ''
          export PATH=${tools}/bin
          fail() { echo "error: $*" >&2; exit 1; }

          # Nix 2.8 names a place outside of the sandbox
          [ -e "$NIX_ATTRS_JSON_FILE" ] || NIX_ATTRS_JSON_FILE=$NIX_BUILD_TOP/.attrs.json
          folder=$NIX_BUILD_TOP/another/and/a/deeper/folder
          mkdir -p $folder/temporary
          cd $folder
          cp $NIX_ATTRS_JSON_FILE metadata.json

          # emit METADATA FOLDER
          emit() {
            env -i HOME=/nowhere LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 LOGNAME=somebody NIX_BUILD_CORES=1 \
              SOURCE_DATE_EPOCH=1 TMPDIR=$folder/temporary TZ=Asia/Kathmandu USER=somebody \
              ${relhelper}/bin/relhelper emit release --attributes $1 --out $2
          }
          programs() { (cd $1 && find . -type f -perm -100 | sort); }
          same() { diff -r $1 $2 && [ "$(programs $1)" = "$(programs $2)" ]; }

          emit metadata.json again
          same ${release} again || fail "the second time some files are others"
          (cd again && ls) > names

          # One second more is in every document, and in nothing else.
          sed 's/"sourceDate":${toString sourceDate}/"sourceDate":${toString (sourceDate + 1)}/' metadata.json > changed.json
          ! cmp -s metadata.json changed.json || fail "the metadata has no such date to change"
          emit changed.json changed
          while read -r name; do
            cmp -s ${release}/$name changed/$name || echo $name
          done < names > others
          for name in ${builtins.concatStringsSep " " (map (artifact: artifact.file) artifacts)}; do
            echo $name
          done > artifacts
          grep -vxF -f artifacts names | diff - others || fail "these should be the files with other bytes after a change"
          ! same ${release} changed > differences || fail "other bytes are not seen"
          rm -r changed

          # what else may be another
          chmod -R u+w again
          touch again/more
          ! same ${release} again > differences || fail "one file more is not seen"
          rm again/more
          chmod a-x again/*
          ! same ${release} again > differences || fail "a lost executable bit is not seen"
          wc -l < others > ${builtins.placeholder "out"}
        ''
      ];
      outputs = [ "out" ];
      __structuredAttrs = true;
      relhelper = reversed;
      exportReferencesGraph.paths = backwards release.exportReferencesGraph.paths;
    };
in
builtins.listToAttrs (
  map (release: {
    inherit (release.relhelper.product) name;
    value = again release;
  }) releases
)
