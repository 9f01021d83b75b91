/**
  The release of ripgrep, the first product here that nobody here wrote.
*/
{
  inputs,
  lock,
  mkRelease,
  run,
  self,
}:
let
  src = run "ripgrep-source" { } ''
    tar -xzf ${inputs.ripgrep}
    mv ripgrep-${lock.ripgrep.version} $out
  '';
in
mkRelease {
  inherit src;
  origin = self;
  manifests = ./.;
  config = ./release.toml;
}
