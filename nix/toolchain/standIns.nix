/**
  Stand-ins for shared libraries that rustc, cargo and LLVM are linked to but never need in the sandbox
  (curl, git2, ssh2, ssl, crypto, sqlite3, z3, xml2, edit, ffi).

  Every symbol exists, since the programs bind at start. A call of one stops the program with a message that
  names library and symbol; the few that are called on the way answer what ../stand-ins/answers.txt says.
*/
{ run, zig }:
run "stand-in-libraries"
  {
    symbols = ../stand-ins/symbols.txt;
    answers = ../stand-ins/answers.txt;
    generate = ../stand-ins/generate.awk;
    runtime = ../stand-ins/runtime.S;
  }
  ''
    mkdir -p $out/lib
    export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig
    for library in $(cut -d' ' -f1 $symbols | sort -u); do
      awk -v library=$library -v mode=code -f $generate $answers $symbols > code.S
      cat $runtime >> code.S
      awk -v library=$library -v mode=versions -f $generate $answers $symbols > versions.map
      set --
      [ ! -s versions.map ] || set -- -Wl,--version-script=$PWD/versions.map
      ${zig}/zig cc -target x86_64-linux-gnu.2.36 -shared -nostdlib -Wl,-soname,$library "$@" -o $out/lib/$library code.S
    done
  ''
