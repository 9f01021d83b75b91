/**
  What programs need of the system they run on, as LLVM's tools see it, which nobody here wrote.

  Linux: nothing but the kernel. Windows: DLLs that every Windows 10 has. macOS: libSystem alone, from 11.0 on; no local
  symbols but those that it binds, and a signature that fits every byte.
*/
{
  defective,
  llvmTools,
  relhelper,
  releases,
  run,
  targets,
}:
let
  judge = release: triple: ''
    for program in ${release.parts.${triple}.program}/bin/*; do
      ${targets.${triple}.os} $program || fail "$program: see above"
    done
  '';
  judgeAll = release: builtins.concatStringsSep "" (map (judge release) (builtins.attrNames release.parts));
in
run "static" { systemLibraries = ./support/windows-libraries.txt; } ''
  export PATH=$PATH:${llvmTools}/bin
  fail() { echo "error: $*" >&2; exit 1; }
  none() { [ ! -s $1 ] || { cat $1; return 1; }; }

  linux() {
    llvm-readobj --file-header --program-headers --dynamic-table $1 > headers
    grep -q 'Format: elf64-' headers || return 1
    grep -E 'PT_INTERP|PT_DYNAMIC|NEEDED|RPATH|RUNPATH' headers > found || true
    none found
  }
  windows() {
    llvm-readobj --coff-imports $1 > imports
    sed -n 's/^  Name: //p' imports | tr A-Z a-z | sort -u > libraries
    [ -s libraries ] || return 1
    grep -vxF -f $systemLibraries libraries > found || true
    none found
  }
  macos() {
    llvm-readobj --needed-libs --macho-version-min $1 > headers
    sed -n '/^NeededLibraries/,/^]/s/^  //p' headers > libraries
    [ "$(cat libraries)" = /usr/lib/libSystem.B.dylib ] || { cat libraries; return 1; }
    grep '^  Version: ' headers > least || return 1
    [ "$(cat least)" = '  Version: 11.0' ] || { cat least; return 1; }
    # A small letter is a local symbol. One may stay only if an entry of the global offset table has its number, as
    # zig's linker writes them for C functions hidden from other libraries: llvm-objcopy may not take those away.
    llvm-nm --no-sort $1 > symbols && [ -s symbols ] || return 1
    llvm-readobj --macho-indirect-symbols $1 | sed -n 's/^ *Symbol Index: //p' |
      while read -r number; do echo $((number)); done > bound
    echo none >> bound
    awk 'FNR == NR { bound[$1]; next } $(NF - 1) ~ /[a-z]/ && !((FNR - 1) in bound)' bound symbols > found
    none found || return 1
    ${relhelper}/bin/relhelper check-portable $1
  }

  ${builtins.concatStringsSep "" (map judgeAll releases)}

  # what must not pass
  refuses() { ! "$@" > $TMPDIR/why || fail "$* passes"; }
  refuses linux ${defective}/elf-interpreter/program
  grep -q PT_INTERP why
  refuses linux ${defective}/elf-run-path/library.so
  refuses windows ${defective}/links/windows.exe
  grep -qx helper.dll why
  refuses macos ${defective}/macho-dylib/program
  grep -qx /opt/hello/libhelper.dylib why
  refuses macos ${defective}/links/newer-macos
  grep -q 'Version: 12.0' why
  refuses macos ${defective}/sound/macos
  grep -q ' d ' why

  # A changed byte of a signed program is found wherever a hash covers it, and in the signature as well: in the load
  # commands, the code, the middle; the last byte that is signed; the magic of the code directory; the last hash. The
  # name in the signature is none of these: in an ad-hoc one, nothing covers it.
  for program in ${
    builtins.concatStringsSep " " (
      map (triple: "${(builtins.head releases).parts.${triple}.program}/bin/*") (
        builtins.filter (triple: targets.${triple}.os == "macos") (builtins.attrNames (builtins.head releases).parts)
      )
    )
  }; do
    size=$(stat -c %s $program)
    # LC_CODE_SIGNATURE (29) of 16 bytes says where the signature begins
    signature=$(od -An -v -tu4 -N 4096 $program | tr -s ' ' '\n' |
      awk 'command == 29 && bytes == 16 { print; exit } { command = bytes; bytes = $1 }')
    [ "$signature" -lt $size ] || fail "$program has no signature"
    for offset in 40 8192 $((size / 2)) 1000000 $((signature - 1)) $((signature + 24)) $((size - 1)); do
      cp $program flipped
      chmod u+w flipped
      byte=$(od -An -tu1 -j $offset -N 1 flipped)
      printf "\\$(printf %o $((byte ^ 1)))" | dd of=flipped bs=1 seek=$offset conv=notrunc 2> dd.log
      ! cmp -s $program flipped || fail "byte $offset was not changed"
      if ${relhelper}/bin/relhelper check-portable flipped > why; then
        fail "$program passes with byte $offset changed"
      fi
    done
  done
  echo ok > $out
''
