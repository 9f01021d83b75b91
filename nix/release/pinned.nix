/**
  What package is behind each pinned file, for the release's documents: rows of all inputs, and of all crates of
  the given Cargo.lock files. Those the build does not use are left out by relhelper, which knows the closure.

  # Type
  pinned :: [Path] -> [ { file, sha256, kind, name, version, suite, license } ]
*/
{ lock }:
lockFiles:
let
  input = name: {
    inherit name;
    inherit (lock.${name})
      file
      kind
      sha256
      version
      ;
    suite = lock.${name}.suite or null;
    license = lock.${name}.license or null;
  };
  crate = package: {
    kind = "crate";
    inherit (package) name version;
    file = "${package.name}-${package.version}.crate";
    sha256 = package.checksum;
    suite = null;
    # cargo says it of those it compiled
    license = null;
  };
  crates =
    lockFile:
    map crate (
      builtins.filter (package: package ? checksum) (builtins.fromTOML (builtins.readFile lockFile)).package
    );
in
map input (builtins.attrNames lock) ++ builtins.concatMap crates lockFiles
