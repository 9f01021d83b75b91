/**
  Shows that the emulators run programs in the sandbox, and what they say when they cannot.

  # Type
  { qemu :: Derivation, wine :: Derivation }
*/
{
  qemu,
  run,
  targetCc,
  wine,
}:
let
  program = ./fixtures/emulators/hello.c;
  terminal = ./fixtures/emulators/terminal.c;

  # Shell text that compiles a program of one C file.
  compile = triple: source: output: ''
    ${targetCc triple}/bin/cc -c -o ${output}.o ${source}
    ${targetCc triple}/bin/cc -o ${output} ${output}.o
  '';
  windows = "x86_64-pc-windows-gnullvm";

  # The program's outputs, status and file, compared with what every system has to give.
  common = ''
    export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig
    printf 'argument 1 <two words>\nargument 2 <>\nargument 3 <"quoted" \\>\nread line\n' > expected
    fail() { echo "$*" >&2; exit 1; }
    check() {
      rm -f grüß
      status=0
      printf 'line\n' | "$@" 'two words' "" '"quoted" \' > output 2> errors || status=$?
      tr -d '\r' < output | diff expected - || fail "$1: standard output differs (-expected +got)"
      tr -d '\r' < errors | grep -qx 'an error' || fail "$1: standard error is: $(cat errors)"
      [ $(wc -l < errors) = 1 ] || fail "$1: standard error has other lines: $(cat errors)"
      [ $status = 5 ] || fail "$1: exit status is $status instead of 5"
      [ "$(cat grüß)" = written ] || fail "$1: the file was not written; there is: $(ls)"
    }
  '';
in
{
  qemu = run "emulators-qemu" { } ''
    ${common}
    ${compile "aarch64-unknown-linux-musl" program "hello-aarch64"}
    check ${qemu}/bin/qemu-aarch64 ./hello-aarch64
    ${compile "riscv64gc-unknown-linux-musl" program "hello-riscv64"}
    check ${qemu}/bin/qemu-riscv64 ./hello-riscv64
    cp expected $out
  '';

  wine = run "emulators-wine" { } ''
      ${common}
      ${compile windows program "hello.exe"}
      check ${wine}/bin/wine hello.exe
      check ${wine}/bin/wine $PWD/hello.exe

      # several at once, none of which finds a Windows folder
      export WINEPREFIX=$PWD/shared
      for i in 1 2 3 4 5 6; do
        timeout 60 ${wine}/bin/wine hello.exe $i < /dev/null > output-$i 2>&1 &
      done
      wait
      for i in 1 2 3 4 5 6; do
        grep -q "argument 1 <$i>" output-$i || fail "started with five others, number $i gives: $(cat output-$i)"
      done

      # a terminal takes nothing away
      ${compile "x86_64-unknown-linux-musl" terminal "on-terminal"}
      status=0
      ./on-terminal ${wine}/bin/wine hello.exe seen > output || status=$?
      [ $status = 5 ] || fail "on a terminal the exit status is $status instead of 5"
      grep -q 'argument 1 <seen>' output || fail "on a terminal standard output is lost: $(cat output)"
      grep -q 'an error' output || fail "on a terminal standard error is lost: $(cat output)"

      # what is missing is named
      printf '%s\n' 'int MessageBoxA(void *, void *, void *, int);' \
        'int main(void) { return MessageBoxA(0, 0, 0, 0); }' > window.c
      ${compile windows "window.c" "window.exe"}
      status=0
      ${wine}/bin/wine window.exe 2> errors || status=$?
      [ $status = 53 ] || fail "without USER32.dll the exit status is $status instead of 53"
      grep -qi 'Library user32.dll .* not found' errors || fail "the missing DLL is not named: $(cat errors)"
      status=0
      ${wine}/bin/wine absent.exe 2> errors || status=$?
      [ $status = 127 ] || fail "without a program the exit status is $status instead of 127"
      grep -q 'absent.exe' errors || fail "the missing program is not named: $(cat errors)"
      cp expected $out
    '';
}
