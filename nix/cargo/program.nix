/**
  The executables of one package for one target: compiles the workspace's own crates on top of its dependencies.

  They come to `$out/bin`; what they are made of, to `$out/crates` (./compile.nix). The attribute `crates` names these
  notes for program and std.

  # Type
  program :: { name, src, manifests, package, binaries, triple, base?, conditions? } -> Derivation

  # Inputs
  `src`
  : Store path of the workspace.

  `manifests`
  : Where evaluation reads Cargo.toml and Cargo.lock from: a path with the same files as `src`.

  `binaries`
  : Names of the executables, without suffix.

  `base`
  : As in ./dependencies.nix.

  `conditions`
  : For checks: `layered = false` compiles dependencies and program in one go; the shell text `before` runs first, to
    change the build folder or the number of jobs, and `after` at the end.
*/
{
  cargoCompile,
  dependencies,
  platforms,
  prepare,
  run,
  rust,
  std,
  targets,
}:
{
  name,
  src,
  manifests,
  package,
  binaries,
  triple,
  base ? triple,
  conditions ? { },
}:
let
  platform = platforms.${targets.${triple}.os};
  wanted = "--release --frozen --package ${package} --bins";
  layer = dependencies {
    inherit
      name
      manifests
      triple
      base
      ;
    command = "build ${wanted}";
    profile = "release";
  };
  onLayer = ''
    # times are kept, or cargo would compile the dependencies again
    cp -a ${layer}/target $TMPDIR/target
    chmod -R u+w $TMPDIR/target
    find . -type f -exec touch {} +
  '';
  made = run "${name}-program-${triple}" { } ''
    ${conditions.before or ""}${prepare {
      inherit triple;
      lock = manifests + "/Cargo.lock";
      source = src;
    }}
    same() {
      cmp $1 $2 || {
        echo "error: $1 of the source differs from the one that was evaluated (${name})" >&2
        exit 1
      }
    }
    # each file by itself: the whole folder would make the program depend on everything in it
    same Cargo.toml ${manifests + "/Cargo.toml"}
    same Cargo.lock ${manifests + "/Cargo.lock"}

    ${if conditions.layered or true then onLayer else ""}${cargoCompile "${wanted} --target ${triple} --target-dir $TMPDIR/target"}
    mkdir -p $out/bin
    for binary in ${builtins.concatStringsSep " " binaries}; do
      cp $TMPDIR/target/${triple}/release/$binary${platform.exeSuffix} $out/bin/
      ${
        if platform.strip == "objcopy" then
          "${rust}/bin/llvm-objcopy --strip-all $out/bin/$binary${platform.exeSuffix}"
        else
          ""
      }
    done
    ${conditions.after or ""}
  '';
in
made
// {
  inherit layer;
  crates = {
    program = "${made}/crates";
    std = "${std triple}/crates";
  };
}
