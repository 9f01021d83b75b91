/**
  What is wrong with the arguments of ./mkRelease.nix.

  # Type
  releaseProblems :: { src, config?, origin?, manifests?, programs? } -> [String]
*/
{ args, targets }:
{
  src,
  config ? null,
  origin ? src,
  manifests ? null,
  programs ? { },
}:
let
  function = "mkRelease";
  isPath = value: builtins.isPath value || builtins.isString value;
  isProduct = builtins.isAttrs src && src.type or null == "derivation";

  source =
    argument: value:
    if isPath value || value ? outPath then
      [ ]
    else
      args.typed "path" function argument "Pass the flake itself: `mkRelease { src = self; }`." value;

  # what a derivation holds is not known before it is built
  file = if config != null then config else if isProduct then { } else src + "/release.toml";
  configuration =
    if builtins.isAttrs file || isPath file && builtins.pathExists file then
      [ ]
    else if isPath file then
      args.problem {
        inherit function;
        argument = "config";
        found = ''"${toString file}"'';
        expected = "a file that exists";
        hint = "Write a release.toml at the top of the source: docs/how-to/package-a-product.md.";
      }
    else
      args.typed "path" function "config" "Name a release.toml, or give its content as attributes." file;

  readable =
    if isProduct && manifests == null then
      args.problem {
        inherit function;
        argument = "manifests";
        found = "not given, and `src` is a derivation";
        expected = "a path with its Cargo.toml and Cargo.lock";
        hint = "Copy the two beside your Nix code: evaluation cannot read what is not built yet.";
      }
    else
      [ ];

  # a mistake in the list itself is told by the configuration
  wanted =
    let
      raw = if builtins.isAttrs file then file else builtins.fromTOML (builtins.readFile file);
      list = raw.program.targets or null;
    in
    if builtins.isList list then list else builtins.attrNames targets;

  unused =
    triple:
    if builtins.elem triple wanted then
      [ ]
    else
      args.problem {
        inherit function;
        argument = "programs";
        found = ''"${triple}"'';
        expected = "a target of this release";
        hint = "Add it to `program.targets` of release.toml, or leave the program out.";
      };

  program =
    triple:
    args.oneOf (builtins.attrNames targets) function "programs" "See nix/lib/targets.nix." triple
    ++ (
      if isPath programs.${triple} || programs.${triple} ? outPath then
        [ ]
      else
        args.typed "derivation" function "programs.${triple}" "Its `bin/` holds the executables." programs.${triple}
    )
    ++ (if programs.${triple} ? crates then crates "programs.${triple}.crates" programs.${triple}.crates else [ ]);

  crates =
    argument: value:
    let
      hint = "It names two folders: docs/formats/build-metadata.md.";
      folder =
        name:
        if isPath (value.${name} or null) then [ ] else args.typed "string" function "${argument}.${name}" hint (value.${name} or null);
    in
    args.stages [
      (args.typed "set" function argument hint value)
      (args.onlyAttrs [ "program" "std" ] function argument value ++ folder "program" ++ folder "std")
    ];
in
args.stages [
  (source "src" src)
  (source "origin" origin)
  readable
  configuration
  (args.typed "set" function "programs" "It maps targets to derivations." programs)
  (builtins.concatMap program (builtins.attrNames programs))
  (builtins.concatMap unused (builtins.attrNames programs))
]
