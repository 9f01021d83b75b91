/**
  `$out/NAME-VERSION-source.tar.gz`: the source with a stamp of its revision and date, from which the same release
  can be built again without git.
*/
{ relhelperRun, run }:
{ facts, source }:
let
  name = "${facts.product.name}-${facts.product.version}-source";
  tree =
    run "${name}-tree"
      {
        stamp = builtins.toJSON ({ formatVersion = 1; } // facts.source);
        passAsFile = [ "stamp" ];
      }
      ''
        mkdir $out
        cp -r ${source} $out/${name}
        chmod -R u+w $out/${name}
        cp $stampPath $out/${name}/source-stamp.json
        chmod 644 $out/${name}/source-stamp.json
      '';
in
relhelperRun {
  name = "${name}-archive";
  command = [ "bundle" ];
  attributes = {
    tree = "${tree}";
    inherit (facts.source) sourceDate;
    archive = "${name}.tar.gz";
  };
}
