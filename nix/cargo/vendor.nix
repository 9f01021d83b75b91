/**
  The crates of one Cargo.lock as a directory source. Their hashes are those of the lock itself.

  # Type
  vendor :: Path -> Derivation
*/
{
  file,
  run,
  tools,
}:
lockFile:
let
  # crates of the workspace itself have no `source`
  outside = builtins.filter (package: package ? source) (builtins.fromTOML (builtins.readFile lockFile)).package;
  row =
    package:
    if !(package ? checksum) then
      throw ''
        ${toString lockFile}: crate `${package.name}` ${package.version} has no checksum; it comes from `${package.source}`.
            Only crates of a registry can be pinned. Publish the crate, or vendor it as a workspace member.''
    else
      let
        source = file {
          name = "${package.name}-${package.version}.crate";
          sha256 = package.checksum;
        };
      in
      "${package.name}-${package.version} ${package.checksum} ${source}\n";
in
run "vendor"
  {
    crates = builtins.concatStringsSep "" (map row outside);
    passAsFile = [ "crates" ];
  }
  ''
    mkdir $out
    cd $out
    while read -r folder checksum crate; do
      tar -xzf $crate
      printf '{"files":{},"package":"%s"}' $checksum > $folder/.cargo-checksum.json
    done < $cratesPath

    # scripts that build C code: there is no /bin/sh in the sandbox
    find . -type f -perm -100 -exec grep -lE '^#! ?(/bin/|/usr/bin/env )sh' {} + > scripts || true
    [ ! -s scripts ] || xargs sed -i -E '1s,^#! ?(/bin/|/usr/bin/env )sh,#!${tools}/bin/sh,' < scripts
    rm scripts
  ''
