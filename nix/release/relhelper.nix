/**
  relhelper as a tool of the build: compiled for the build machine, without a stamp, so that it does not change
  from commit to commit.
*/
{
  program,
  readConfig,
  subset,
}:
let
  root = ../..;
  config = readConfig {
    config = root + "/release.toml";
    manifests = root;
  };
in
program {
  inherit (config.product) name;
  src = subset {
    name = "program-source";
    inherit root;
    paths = config.sources;
  };
  manifests = root;
  inherit (config) package binaries;
  triple = "x86_64-unknown-linux-musl";
}
