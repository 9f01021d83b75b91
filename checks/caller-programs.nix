/**
  A caller's own derivations take the place of compiled programs; the release then says nothing of our toolchain.
*/
{
  mkRelease,
  packages,
  run,
  self,
}:
let
  triple = "x86_64-unknown-linux-musl";
  config = builtins.fromTOML (builtins.readFile ../release.toml);
  file = "relhelper-${packages.relhelper-release.relhelper.product.version}-${triple}";

  # not made by `program`, as far as Nix knows
  mine = run "program-of-a-caller" { } ''
    mkdir -p $out/bin
    cp ${packages.relhelper-release.parts.${triple}.compiled}/bin/relhelper $out/bin/
  '';
  release =
    programs:
    mkRelease {
      src = self;
      config = config // {
        program = config.program // {
          targets = [ triple ];
        };
      };
      inherit programs;
    };
  theirs = release { ${triple} = mine; };
  ours = release { };
in
run "caller-programs" { } ''
  set -o pipefail
  fail() { echo "error: $*" >&2; exit 1; }
  says_nothing() { grep -q '"toolchain": null' $1; }
  says_nothing ${theirs}/release-manifest.json || fail "a release of a caller's program names our toolchain"
  ! says_nothing ${ours}/release-manifest.json || fail "our own release names no toolchain"
  (cd ${theirs} && sha256sum -c SHA256SUMS)

  cp ${theirs}/${file} program
  chmod +x program
  ./program version --json | tee version.json
  says_nothing version.json || fail "a caller's program names our toolchain"
  cp version.json $out
''
