/**
  A program of every operating system compiled a second time, with the same bytes and the same notes of its crates: in
  another, deeper build folder, with one job, from files that were written in another order, dependencies and program in
  one go, by a clock that is three years ahead.
*/
{
  faketime,
  packages,
  program,
  run,
  subset,
  workspace,
}:
let
  release = packages.relhelper-release;
  config = builtins.fromTOML (builtins.readFile ../release.toml);

  # The last name first. Not the whole workspace: its readme and its tests would stand in cargo's notes as well.
  source = run "program-source-backwards" { } ''
    cd ${
      subset {
        name = "program-source";
        root = ../.;
        paths = config.program.sources;
      }
    }
    find . -type d | sort -r | while read -r folder; do mkdir -p "$out/$folder"; done
    find . -type f | sort -r | while read -r file; do cp "$file" "$out/$file"; done
  '';
  again =
    triple:
    program {
      name = "relhelper";
      src = "${source}";
      inherit (workspace) manifests;
      inherit (config.program) package binaries;
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
      first=${release.parts.${triple}.compiled}
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
