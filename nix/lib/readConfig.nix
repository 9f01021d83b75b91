/**
  Reads `release.toml`, checks it, and fills in what Cargo.toml says already.
  The format is explained in docs/formats/release-toml.md.

  # Type
  readConfig :: { config :: Path | Attrs, manifests :: Path } -> Config
*/
{
  args,
  configProblems,
  members,
  targets,
}:
let
  read =
    { config, manifests }:
    let
      raw = if builtins.isAttrs config then config else builtins.fromTOML (builtins.readFile config);
      toml = folder: builtins.fromTOML (builtins.readFile (manifests + "/${folder}Cargo.toml"));
      root = toml "";
      candidates = builtins.filter (manifest: (manifest.package.name or null) == package) (
        map toml (members manifests)
      );

      product = raw.product or { };
      program = raw.program or { };
      bundle = raw.bundle or { };
      package = program.package or root.package.name or null;
      manifest = (builtins.head candidates).package;
      inherited =
        name:
        let
          value = manifest.${name} or null;
        in
        if builtins.isAttrs value then root.workspace.package.${name} or null else value;
      # a Cargo.toml may break it into lines; documents hold it in one
      oneLine =
        text:
        if text == null then
          null
        else
          builtins.concatStringsSep " " (
            builtins.filter (part: builtins.isString part && part != "") (builtins.split "[[:space:]]+" text)
          );
    in
    {
      inherit raw package;
      isPackage = candidates != [ ];
      config = {
        product = {
          name = product.name or package;
          version = inherited "version";
          description = oneLine (inherited "description");
          license = inherited "license";
          homepage = product.homepage or (inherited "repository");
          supplier = product.supplier or null;
        };
        inherit package;
        binaries = program.binaries or [ package ];
        sources = program.sources or null;
        targets = program.targets or (builtins.attrNames targets);
        readme = bundle.readme or "README.md";
        licenses = bundle.licenses or [ ];
        files = bundle.files or [ ];
      };
    };
in
args.checked {
  problems = input: configProblems (read input);
  value = input: (read input).config;
}
