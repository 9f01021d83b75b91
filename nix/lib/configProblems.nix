/**
  What is wrong with a release.toml, in the order in which one would put it right.

  # Type
  configProblems :: { raw :: Attrs, package :: a, isPackage :: Bool, config :: Config } -> [String]

  # Inputs
  `raw`
  : The file as it is.

  `config`
  : The same with the defaults of ./readConfig.nix.
*/
{ args, targets }:
{
  raw,
  package,
  isPackage,
  config,
}:
let
  function = "release.toml";
  see = "See docs/formats/release-toml.md.";
  known = {
    product = [
      "name"
      "homepage"
      "supplier"
    ];
    program = [
      "package"
      "binaries"
      "sources"
      "targets"
    ];
    bundle = [
      "readme"
      "licenses"
      "files"
    ];
    # `relhelper codesign sign --config` reads it; nothing that is built depends on it
    codesign = [
      "apple"
      "authenticode"
    ];
    # `relhelper sign --config` reads it; nothing that is built depends on it
    signing = [
      "files"
      "mechanisms"
    ];
  };
  sections = builtins.filter (name: raw ? ${name}) (builtins.attrNames known);

  string = argument: args.typed "string" function argument see;
  optional = argument: value: if value == null then [ ] else string argument value;
  strings = args.each string function;
  file =
    argument: value:
    args.stages [
      (args.typed "set" function argument see value)
      (args.onlyAttrs [ "from" "to" ] function argument value)
      (string "${argument}.from" (value.from or null))
      (string "${argument}.to" (value.to or null))
    ];
  target =
    argument: args.oneOf (builtins.attrNames targets) function argument "See nix/lib/targets.nix.";
in
args.stages [
  (args.oneOf [ 1 ] function "formatVersion" "This Nix code reads version 1. ${see}" (raw.formatVersion or null))
  (args.onlyAttrs [ "formatVersion" "product" "program" "bundle" "codesign" "signing" ] function "the file" raw)
  (builtins.concatMap (name: args.typed "set" function name see raw.${name}) sections)
  (builtins.concatMap (name: args.onlyAttrs known.${name} function name raw.${name}) sections)
  (args.typed "string" function "program.package" "Name the Cargo package to build. ${see}" package)
  (
    if isPackage then
      [ ]
    else
      args.problem {
        inherit function;
        argument = "program.package";
        found = ''"${package}"'';
        expected = "a package of the workspace";
        hint = "Name it as its Cargo.toml does.";
      }
  )
  (
    args.matching "[a-z0-9][a-z0-9._-]*" "lower case letters, digits, `.`, `_` or `-`" function "product.name"
      "It begins every file name of the release. ${see}"
      config.product.name
    ++
      args.matching "[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.+-]+)?" "a semantic version" "Cargo.toml"
        "package.version"
        "Write it as MAJOR.MINOR.PATCH."
        config.product.version
    ++ optional "product.homepage" config.product.homepage
    ++ optional "product.supplier" config.product.supplier
    ++ strings "program.binaries" see config.binaries
    ++ (if config.sources == null then [ ] else strings "program.sources" see config.sources)
    ++ args.each target function "program.targets" see config.targets
    ++ string "bundle.readme" config.readme
    ++ strings "bundle.licenses" see config.licenses
    ++ args.each file function "bundle.files" see config.files
  )
  (
    if config.binaries != [ ] then
      [ ]
    else
      args.problem {
        inherit function;
        argument = "program.binaries";
        found = "an empty list";
        expected = "a list of at least one name";
        hint = "Name the executables that the package makes. ${see}";
      }
  )
]
