/**
  A product of foreign code on every target: ring, zstd and zlib (C and assembly, compiled by build scripts), a build
  script, a procedural macro, a workspace of three members. It passes the gate, and says the same wherever it runs.
*/
{
  foreignRelease,
  platforms,
  run,
  runners,
  targets,
}:
let
  triples = builtins.attrNames runners;

  # the digest and the signature are those of the published test vector and of another implementation
  say = triple: ''
    echo ${triple}
    env -i TMPDIR=$TMPDIR ${runners.${triple}} ${foreignRelease.parts.${triple}.program}/bin/foreign-code${
      platforms.${targets.${triple}.os}.exeSuffix
    } | tr -d '\r' > said
    { echo "system: ${targets.${triple}.os}"; cat ${./fixtures/foreign-code/expected.txt}; } | diff - said
  '';
in
run "foreign-code" { } ''
  set -o pipefail
  ${builtins.concatStringsSep "" (map say triples)}
  cd ${foreignRelease}
  sha256sum -c SHA256SUMS | tee $out
''
