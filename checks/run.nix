/**
  The released programs run, each as far as its tier says: as they are, or under an emulator.

  relhelper tells what the release says of it, word for word; rg finds text in a folder. Nothing is in the environment.
*/
{
  packages,
  platforms,
  relhelper,
  run,
  runners,
  targets,
}:
let
  native = "x86_64-unknown-linux-musl";
  triples = builtins.attrNames runners;
  suffix = triple: platforms.${targets.${triple}.os}.exeSuffix;

  # the same text that relhelper writes: keys in its order, two spaces
  expected =
    triple:
    let
      facts = packages.relhelper-release.relhelper;
      json = builtins.toJSON;
      tool = name: "    ${json name}: ${json facts.toolchain.${name}}";
    in
    builtins.toFile "version.json" ''
      {
        "formatVersion": 1,
        "name": "relhelper",
        "version": ${json facts.product.version},
        "revision": ${json facts.source.revision},
        "sourceDate": ${json facts.source.sourceDate},
        "target": ${json triple},
        "toolchain": {
      ${builtins.concatStringsSep ",\n" (map tool (builtins.attrNames facts.toolchain))}
        }
      }
    '';

  says = triple: ''
    echo "relhelper, ${triple}"
    clean ${runners.${triple}} ${
      packages.relhelper-release.parts.${triple}.program
    }/bin/relhelper${suffix triple} version --json > told
    diff ${expected triple} told
  '';
  finds = triple: ''
    echo "rg, ${triple}"
    rg="clean ${runners.${triple}} ${packages.ripgrep-release.parts.${triple}.program}/bin/rg${suffix triple}"
    $rg --no-heading -n 'needle [0-9]+' haystack | tr '\\' / | tr -d '\r' | sort > found
    diff hits found
    status=0
    $rg nothing-like-it haystack || status=$?
    [ $status = 1 ] || { echo "error: rg ends with $status instead of 1 when nothing is found" >&2; exit 1; }
  '';
in
run "run" { } ''
  set -o pipefail
  # TMPDIR: where emulators put what they need
  clean() { env -i TMPDIR=$TMPDIR "$@"; }
  mkdir -p haystack/deep
  printf 'straw\nneedle 1\n' > haystack/one.txt
  printf 'needle x\nneedle 22 in the straw\n' > haystack/deep/two.txt
  printf 'haystack/deep/two.txt:2:needle 22 in the straw\nhaystack/one.txt:2:needle 1\n' > hits

  ${builtins.concatStringsSep "" (map says triples)}
  ${builtins.concatStringsSep "" (map finds triples)}
  # a program without a stamp says something else, and a folder without one of the files has other hits
  clean ${relhelper}/bin/relhelper version --json > told
  ! cmp -s ${expected native} told || { echo "error: a program without a stamp says what the release says" >&2; exit 1; }
  rm haystack/one.txt
  clean ${packages.ripgrep}/bin/rg --no-heading -n 'needle [0-9]+' haystack > found
  ! cmp -s hits found || { echo "error: rg finds text in a file that is not there" >&2; exit 1; }
  echo ${builtins.concatStringsSep " " triples} > $out
''
