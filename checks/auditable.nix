/**
  Which crates are in each program: three sources that have to agree.

  What cargo said it would compile for the target (its unit graph, which the documents are made of); the libraries that
  lie there after compiling; and what the program itself says in its section `.dep-v0`.
*/
{
  releases,
  run,
  rust,
  targets,
}:
let
  section = {
    linux = ".dep-v0";
    macos = "__DATA,.dep-v0";
    windows = ".dep-v0";
  };
  judge =
    release: triple:
    let
      part = release.parts.${triple};
      inherit (part.compiled) crates layer;
      name = "${release.relhelper.product.name}-${triple}";
    in
    ''
      mkdir ${name}
      # those of the workspace are not in the layer
      units ${crates.program}/unit-graph.json ${triple} registry > ${name}/units
      libraries ${layer}/target/${triple}/release/deps > ${name}/libraries
      same_names ${name}/units ${name}/libraries || fail "${name}: the unit graph has other crates than were compiled"

      units ${crates.std}/unit-graph.json ${triple} 'registry|path' > ${name}/std-units
      libraries ${crates.std}/../lib/rustlib/${triple}/lib > ${name}/std-libraries
      same_names ${name}/std-units ${name}/std-libraries || fail "${name}: std has other crates than were compiled"

      for program in ${part.program}/bin/*; do
        says $program ${section.${targets.${triple}.os}} > ${name}/said || fail "$program does not say its crates"
        same_crates ${name}/units ${name}/said || fail "$program says other crates than the unit graph"
      done

      # each must go red
      for program in ${part.compiled}/bin/*; do
        ! says $program ${section.${targets.${triple}.os}} > said || fail "$program says its crates before it is told"
      done
      sed 1d ${name}/libraries > fewer
      ! same_names ${name}/units fewer > why || fail "a missing library is not noticed"
      sed 1d ${name}/units > fewer
      ! same_names fewer ${name}/libraries > why || fail "a library too many is not noticed"
      ! same_crates fewer ${name}/said > why || fail "a crate too many is not noticed"
      sed 1d ${name}/said > fewer
      ! same_crates ${name}/units fewer > why || fail "a missing crate is not noticed"
    '';
  judgeAll = release: builtins.concatStringsSep "" (map (judge release) (builtins.attrNames release.parts));
in
run "auditable" { } ''
  fail() { echo "error: $*" >&2; exit 1; }

  # The libraries that a unit graph has for a target, of packages from these kinds of places: the library's name, and
  # that and the version of its package.
  units() {
    sed 's/{"pkg_id":/\n&/g' $1 |
      sed -nE '/"platform":"'$2'","mode":"build"/s/^\{"pkg_id":"([^"]*)","target":\{"kind":[^]]*\],"crate_types":\[[^]]*"r?lib"[^]]*\],"name":"([^"]*)".*/\2 \1/p' |
      grep -E "^[^ ]+ ($3)[+]" | sed -E 's/ [^ ]*#/ /; s/@/ /' | sort
  }
  libraries() {
    find $1 -name 'lib*.rlib' | sed -E 's#.*/lib(.*)-[0-9a-f]{16}\.rlib$#\1#' | sort
  }
  # zlib's data as gzip's: with another header. What is behind it is not read, and the checksum is another.
  says() {
    ${rust}/bin/llvm-objcopy --dump-section=$2=section $1 copy || return 1
    (printf '\037\213\010\0\0\0\0\0\2\377'; tail -c +3 section) | gunzip -c > json 2> log || true
    grep -q '"format":8}$' json || return 1
    sed 's/{"name":/\n&/g' json | grep -vE '"source":"local"|"kind":"build"' |
      sed -nE 's/^\{"name":"([^"]*)","version":"([^"]*)".*/\1 \2/p' | sort
  }
  same_names() {
    cut -d ' ' -f 1 $1 | sort > one
    [ -s one ] && diff one $2
  }
  same_crates() {
    cut -d ' ' -f 2- $1 | sort > one
    [ -s one ] && diff one $2
  }

  ${builtins.concatStringsSep "" (map judgeAll releases)}
  wc -l */said | tee $out
''
