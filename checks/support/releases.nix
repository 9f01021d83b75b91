/**
  The releases of all packages of this flake, and that of a product of foreign code, with their parts.

  # Type
  releases :: [Derivation]
*/
{ foreignRelease, packages }:
map (name: packages.${name}) (
  builtins.filter (name: builtins.match ".*-release" name != null) (builtins.attrNames packages)
)
++ [ foreignRelease ]
