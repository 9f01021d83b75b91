/**
  The releases of all packages of this flake, with their parts.

  # Type
  releases :: [Derivation]
*/
{ packages }:
map (name: packages.${name}) (
  builtins.filter (name: builtins.match ".*-release" name != null) (builtins.attrNames packages)
)
