/**
  One folder a package: `packages/NAME/package.nix` becomes `NAME-release` (the release directory) and `NAME`
  (its program for this machine, stamped).
*/
{ callPackage, system }:
let
  names = builtins.filter (name: builtins.pathExists (./. + "/${name}/package.nix")) (
    builtins.attrNames (builtins.readDir ./.)
  );
  native = {
    x86_64-linux = "x86_64-unknown-linux-musl";
  };
in
builtins.listToAttrs (
  builtins.concatMap (
    name:
    let
      release = callPackage (./. + "/${name}/package.nix");
    in
    [
      {
        name = "${name}-release";
        value = release;
      }
      {
        inherit name;
        value = release.parts.${native.${system}}.program;
      }
    ]
  ) names
)
