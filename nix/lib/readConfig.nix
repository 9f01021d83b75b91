/**
  Reads `release.toml`, checks it, and fills in what Cargo.toml says already.
  The format is explained in docs/formats/release-toml.md.

  # Type
  readConfig :: { config :: Path | Attrs, manifests :: Path } -> Config
*/
{
  args,
  members,
  targets,
}:
{ config, manifests }:
let
  function = "release.toml";
  see = "See docs/formats/release-toml.md.";
  raw = if builtins.isAttrs config then config else builtins.fromTOML (builtins.readFile config);

  section =
    name: known: args.onlyAttrs known function name (args.typed "set" function name see (raw.${name} or { }));
  product = section "product" [
    "name"
    "homepage"
  ];
  program = section "program" [
    "package"
    "binaries"
    "sources"
    "targets"
  ];
  bundle = section "bundle" [
    "readme"
    "licenses"
    "files"
  ];

  root = builtins.fromTOML (builtins.readFile (manifests + "/Cargo.toml"));
  workspace = root.workspace.package or { };
  package = args.typed "string" function "program.package" "Name the Cargo package to build. ${see}" (
    program.package or root.package.name or null
  );
  candidates = builtins.filter (manifest: (manifest.package.name or null) == package) (
    map (folder: builtins.fromTOML (builtins.readFile (manifests + "/${folder}Cargo.toml"))) (members manifests)
  );
  manifest =
    if candidates == [ ] then
      args.fail {
        inherit function;
        argument = "program.package";
        found = ''"${package}"'';
        expected = "a package of the workspace";
        hint = "Name it as its Cargo.toml does.";
      }
    else
      (builtins.head candidates).package;
  inherited =
    name:
    let
      value = manifest.${name} or null;
    in
    if builtins.isAttrs value then workspace.${name} or null else value;

  strings =
    argument: value:
    map (args.typed "string" function "${argument}[]" see) (args.typed "list" function argument see value);
  file =
    value:
    let
      given = args.onlyAttrs [ "from" "to" ] function "bundle.files" (
        args.typed "set" function "bundle.files[]" see value
      );
    in
    builtins.mapAttrs (name: args.typed "string" function "bundle.files.${name}" see) {
      from = given.from or null;
      to = given.to or null;
    };
  binaries = strings "program.binaries" (program.binaries or [ package ]);
in
assert
  args.oneOf [ 1 ] function "formatVersion" "This Nix code reads version 1. ${see}" (raw.formatVersion or null)
  == 1;
assert builtins.isAttrs (
  args.onlyAttrs [ "formatVersion" "product" "program" "bundle" ] function "the file" raw
);
{
  product = {
    name =
      args.matching "[a-z0-9][a-z0-9._-]*" "lower case letters, digits, `.`, `_` or `-`" function "product.name"
        "It begins every file name of the release. ${see}"
        (product.name or package);
    version =
      args.matching "[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.+-]+)?" "a semantic version" "Cargo.toml"
        "package.version"
        "Write it as MAJOR.MINOR.PATCH."
        (inherited "version");
    description = inherited "description";
    license = inherited "license";
    homepage = product.homepage or (inherited "repository");
  };
  inherit package;
  binaries =
    if binaries != [ ] then
      binaries
    else
      args.fail {
        inherit function;
        argument = "program.binaries";
        found = "an empty list";
        expected = "a list of at least one name";
        hint = "Name the executables that the package makes. ${see}";
      };
  sources = if program ? sources then strings "program.sources" program.sources else null;
  targets = map (args.oneOf (builtins.attrNames targets) function "program.targets[]" "See nix/lib/targets.nix.") (
    program.targets or (builtins.attrNames targets)
  );
  readme = args.typed "string" function "bundle.readme" see (bundle.readme or "README.md");
  licenses = strings "bundle.licenses" (bundle.licenses or [ ]);
  files = map file (bundle.files or [ ]);
}
