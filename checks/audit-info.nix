/**
  rust-audit-info, which nobody here wrote, reads the crates that each released program says it is made of.

  `$out/bin` has it for `.ci/run`, which compares with the SBOMs; `$out/NAME.json` is what it read.
*/
{
  inputs,
  lock,
  program,
  releases,
  run,
}:
let
  name = "rust-audit-info";
  reader = program {
    inherit name;
    src = run "${name}-source" { } ''
      tar -xzf ${inputs.${name}}
      mv ${name}-${lock.${name}.version} $out
    '';
    manifests = ./fixtures + "/${name}";
    package = name;
    binaries = [ name ];
    triple = "x86_64-unknown-linux-musl";
  };
  read =
    release:
    builtins.concatStringsSep "" (
      map (triple: ''
        for file in ${release.parts.${triple}.program}/bin/*; do
          ${reader}/bin/${name} $file > $out/${triple}-''${file##*/}.json
        done
      '') (builtins.attrNames release.parts)
    );
in
run "audit-info" { } ''
  mkdir -p $out/bin
  cp ${reader}/bin/${name} $out/bin/
  ${builtins.concatStringsSep "" (map read releases)}
  # a program without such a list
  if ${reader}/bin/${name} ${reader}/bin/${name} > said; then
    cat said
    exit 1
  fi
''
