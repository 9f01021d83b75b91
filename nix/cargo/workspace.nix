/**
  This repository's own workspace, with what its tests and lints read.
*/
{ subset }:
let
  root = ../..;
in
{
  manifests = root;
  src = subset {
    name = "workspace";
    inherit root;
    paths = [
      "Cargo.lock"
      "Cargo.toml"
      "clippy.toml"
      "docs/formats"
      "rustfmt.toml"
      "tools/relhelper"
    ];
  };
}
