/**
  Shows that the emulators run programs in the sandbox, and what they say when they cannot.

  # Type
  { qemu :: Derivation, wine :: Derivation }
*/
{
  qemu,
  run,
  wine,
  zig,
}:
let
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
  qemu = run "check-qemu" { program = ./hello.c; } ''
    ${common}
    cp $program hello.c
    for arch in aarch64 riscv64; do
      ${zig}/zig cc -target $arch-linux-musl -static -o hello-$arch hello.c
      check ${qemu}/bin/qemu-$arch ./hello-$arch
    done
    cp expected $out
  '';

  wine = run "check-wine"
    {
      program = ./hello.c;
      terminal = ./terminal.c;
    }
    ''
      ${common}
      cp $program hello.c
      ${zig}/zig cc -target x86_64-windows-gnu -o hello.exe hello.c
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
      ${zig}/zig cc -target x86_64-linux-musl -static -o on-terminal $terminal
      status=0
      ./on-terminal ${wine}/bin/wine hello.exe seen > output || status=$?
      [ $status = 5 ] || fail "on a terminal the exit status is $status instead of 5"
      grep -q 'argument 1 <seen>' output || fail "on a terminal standard output is lost: $(cat output)"
      grep -q 'an error' output || fail "on a terminal standard error is lost: $(cat output)"

      # what is missing is named
      printf '%s\n' 'int MessageBoxA(void *, void *, void *, int);' \
        'int start(void) { return MessageBoxA(0, 0, 0, 0); }' > window.c
      ${zig}/zig cc -target x86_64-windows-gnu -nostdlib -Wl,--entry,start -o window.exe window.c -luser32
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
