/**
  A program of every operating system compiled a second time, with the same bytes and the same notes of its crates: in
  another, deeper build folder, with one job, from files that were written in another order, dependencies and program in
  one go, by a clock that is three years ahead.

  The program is the one with the most foreign code: C and assembly, build scripts, a procedural macro, three members.
  relhelper, compiled again by one job, takes eight minutes a target, ripgrep three.
*/
{
  faketime,
  foreignRelease,
  program,
  run,
}:
let
  workspace = ./fixtures/foreign-code;
  config = builtins.fromTOML (builtins.readFile (workspace + "/release.toml"));

  # the last name first
  source = run "program-source-backwards" { } ''
    cd ${workspace}
    find . -type d | sort -r | while read -r folder; do mkdir -p "$out/$folder"; done
    find . -type f | sort -r | while read -r file; do cp -p "$file" "$out/$file"; done
  '';
  again =
    triple:
    program {
      name = config.program.package;
      src = "${source}";
      manifests = workspace;
      inherit (config.program) package;
      binaries = [ config.program.package ];
      inherit triple;
      conditions = {
        layered = false;
        before = ''
          mkdir -p $TMPDIR/another/and/a/deeper/folder
          export NIX_BUILD_TOP=$TMPDIR/another/and/a/deeper/folder TMPDIR=$TMPDIR/another/and/a/deeper/folder
          export NIX_BUILD_CORES=1 HOME=/nowhere
          cd $TMPDIR
          ${faketime}
        '';
      };
    };
  compare =
    triple:
    run "reproducible-${triple}" { } ''
      first=${foreignRelease.parts.${triple}.compiled}
      second=${again triple}
      cd $first
      for file in bin/* crates/*; do
        cmp $file $second/$file
      done
      sha256sum bin/* crates/* | tee $out
    '';
in
{
  linux = compare "x86_64-unknown-linux-musl";
  macos = compare "aarch64-apple-darwin";
  windows = compare "x86_64-pc-windows-gnullvm";
}
