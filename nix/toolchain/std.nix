/**
  std for one target, compiled from source.

  Not `-Zbuild-std`: a derivation of its own, shared by every program, which is then built the stable way with
  `--sysroot`. The bitcode is kept so that programs can use link-time optimisation across std. Nothing of it is C, and
  nothing is linked for the target: it needs no C compiler of it.

  `$out/crates` says of what it is made (../cargo/compile.nix).

  # Type
  std :: String -> Derivation
*/
{
  cargoCompile,
  cargoEnvironment,
  platforms,
  run,
  rust,
  targets,
}:
triple:
let
  platform = platforms.${targets.${triple}.os};
  features = builtins.concatStringsSep " " ([ "panic-unwind" ] ++ platform.stdFeatures);
in
run "rust-std-${triple}" { prune = ./prune-manifest.awk; } ''
  ${cargoEnvironment { triple = null; }}
  export MACOSX_DEPLOYMENT_TARGET=11.0
  mkdir rust
  cp -r ${rust}/src/library rust/library
  chmod -R u+w rust/library
  cd rust/library

  # what only tests need is not in Debian's source package
  sed -i -e '/"coretests"/d; /"alloctests"/d' Cargo.toml
  for crate in alloc core std; do
    awk -f $prune $crate/Cargo.toml > pruned
    mv pruned $crate/Cargo.toml
  done
  sed -i 's/^crate-type = \["dylib", "rlib"\]/crate-type = ["rlib"]/' std/Cargo.toml
  # the harness of `#[test]`, which no program that is released needs
  sed -i '/^test = /d' sysroot/Cargo.toml
  rm Cargo.lock

  # an optional dependency that is never enabled, but has to resolve: an empty crate stands in
  mkdir -p vendor/cc-stand-in/src
  : > vendor/cc-stand-in/src/lib.rs
  printf '[package]\nname = "cc"\nversion = "1.2.0"\nedition = "2021"\n' > vendor/cc-stand-in/Cargo.toml
  printf '{"files":{},"package":null}' > vendor/cc-stand-in/.cargo-checksum.json

  mkdir .cargo
  printf '[source.crates-io]\nreplace-with = "vendor"\n[source.vendor]\ndirectory = "%s/vendor"\n' $PWD > .cargo/config.toml
  export RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_DEBUG=0
  export CARGO_ENCODED_RUSTFLAGS="-Zforce-unstable-if-unmarked"$'\x1f'"-Cembed-bitcode=yes"$'\x1f'"--remap-path-prefix=$PWD=/rust/library"
  cd sysroot
  ${cargoCompile "--release --target ${triple} --target-dir $TMPDIR/target --no-default-features --features '${features}'"}
  mkdir -p $out/lib/rustlib/${triple}/lib
  cp $TMPDIR/target/${triple}/release/deps/*.rlib $out/lib/rustlib/${triple}/lib/
''
