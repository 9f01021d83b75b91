/**
  The portable bundle of one target: an archive with one top folder, `$out/NAME-VERSION-TARGET.{tar.gz,zip}`.
*/
{
  platforms,
  portable,
  relhelperRun,
  targets,
}:
{
  facts,
  triple,
  program,
  config,
  source,
}:
let
  target = targets.${triple};
  platform = platforms.${target.os};
  name = "${facts.product.name}-${facts.product.version}-${triple}";

  plain = path: {
    inherit path;
    from = "${source}/${path}";
    executable = false;
  };
  tree = relhelperRun {
    name = "${name}-tree";
    command = [
      "emit"
      "bundle"
    ];
    attributes = facts // {
      target = {
        inherit triple;
        inherit (target) os arch tier;
        inherit (platform) exeSuffix;
      };
      files =
        map (binary: {
          path = "bin/${binary}${platform.exeSuffix}";
          from = "${program}/bin/${binary}${platform.exeSuffix}";
          executable = true;
        }) config.binaries
        ++ map plain ([ config.readme ] ++ config.licenses)
        ++ map (file: {
          path = file.to;
          from = "${source}/${file.from}";
          executable = false;
        }) config.files;
    };
  };
in
relhelperRun {
  name = "${name}-bundle";
  command = [ "bundle" ];
  attributes = {
    tree = "${portable { inherit name tree; }}/.";
    inherit (facts.source) sourceDate;
    archive = "${name}.${platform.archive}";
  };
}
