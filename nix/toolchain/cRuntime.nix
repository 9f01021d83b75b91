/**
  The C runtime of a target: start-up objects, libc, libunwind, compiler-rt and import libraries, compiled once.

  zig compiles these on first use and keeps them in a cache whose index holds inodes and times. So every
  derivation that links would compile them again (10 to 60 s), and the cache itself cannot be an output that
  reproduces. Here zig links a small program once and says which files it used; those files, by name and in
  that order (`$out/files`), are the output, and the wrappers in ./cc link with `-nostdlib` and this list.
  `$out/headers` names zig's headers of the target.

  # Type
  cRuntime :: { name :: String, zigTarget :: String, flags :: String, libraries :: [String] } -> Derivation

  # Inputs
  `flags`
  : Further arguments of zig cc, such as `-mcpu=…` or `-pie`, which choose the start-up object.

  `libraries`
  : Further system libraries, as in `-l`, of which zig makes import stubs.
*/
{ run, zig }:
{
  name,
  zigTarget,
  flags,
  libraries,
}:
run "c-runtime-${name}" { } ''
  export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/cache ZIG_LOCAL_CACHE_DIR=$TMPDIR/cache
  echo 'int main(void) { return 0; }' > warm.c
  # without `undefined` off by name, zig compiles the runtime of that sanitizer, which nothing here calls
  set -- -target ${zigTarget} ${flags} -g -fno-sanitize=undefined
  ${zig}/zig cc "$@" -c warm.c -o warm.o
  ZIG_VERBOSE_LINK=1 ${zig}/zig cc "$@" warm.o -lunwind ${
    builtins.concatStringsSep " " (map (l: "-l${l}") libraries)
  } -o warm 2> log

  mkdir -p $out/lib
  # the last line is the program's own link; what it names in the cache is the runtime
  tail -n1 log | tr ' ' '\n' | grep '/o/[0-9a-f]*/' > used
  while read -r file; do
    cp $file $out/lib/
    echo $out/lib/$(basename $file)
  done < used > $out/files

  ${zig}/zig cc "$@" -E -v -x c /dev/null > /dev/null 2> log
  sed -n '/search starts here/,/^End of search list/{s|^ \(/.*\)|-isystem \1|p}' log > $out/headers
  [ -s $out/headers ]
''
