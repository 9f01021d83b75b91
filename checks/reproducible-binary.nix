/**
  A program of every operating system compiled a second time, with the same bytes and the same notes of its crates: in
  another, deeper build folder, with one job, from files that were written in another order, dependencies and program in
  one go, by a clock that is three years ahead.

  The program is the one with the most foreign code: C and assembly, build scripts, a procedural macro, three members.
  relhelper, compiled again by one job, takes eight minutes a target, ripgrep three.

  `conditions` shows that clock, folder and number of jobs are other ones: a program that tells them differs in each. zig,
  a static program, keeps the real clock.
*/
{
  faketime,
  foreignRelease,
  program,
  run,
}:
let
  # the last name first
  backwards =
    workspace:
    run "program-source-backwards" { } ''
      cd ${workspace}
      find . -type d | sort -r | while read -r folder; do mkdir -p "$out/$folder"; done
      find . -type f | sort -r | while read -r file; do cp -p "$file" "$out/$file"; done
    '';
  again =
    {
      name,
      workspace,
      triple,
    }:
    program {
      inherit name triple;
      src = "${backwards workspace}";
      manifests = workspace;
      package = name;
      binaries = [ name ];
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
      second=${
        again {
          name = "foreign-code";
          workspace = ./fixtures/foreign-code;
          inherit triple;
        }
      }
      cd $first
      for file in bin/* crates/*; do
        cmp $file $second/$file
      done
      sha256sum bin/* crates/* | tee $out
    '';

  # tells under which conditions it was compiled
  telltale = {
    name = "conditions";
    workspace = ./fixtures/conditions;
    triple = "x86_64-unknown-linux-musl";
  };
  once = program {
    inherit (telltale) name triple;
    src = "${telltale.workspace}";
    manifests = telltale.workspace;
    package = telltale.name;
    binaries = [ telltale.name ];
    # whatever the machine has: another number than above
    conditions.before = "export NIX_BUILD_CORES=2\n";
  };
in
{
  linux = compare "x86_64-unknown-linux-musl";
  macos = compare "aarch64-apple-darwin";
  windows = compare "x86_64-pc-windows-gnullvm";

  conditions = run "reproducible-conditions" { } ''
    ${once}/bin/conditions | sort > once
    ${again telltale}/bin/conditions | sort > again
    if cmp ${once}/bin/conditions ${again telltale}/bin/conditions; then
      echo "error: a program that tells how it was compiled is the same under other conditions" >&2
      exit 1
    fi
    for condition in day folder jobs; do
      grep "^$condition [^ ]" once again
      [ "$(grep "^$condition " once)" != "$(grep "^$condition " again)" ] || {
        echo "error: the second compilation has the same $condition as the first" >&2
        exit 1
      }
    done
    cat once again > $out
  '';
}
