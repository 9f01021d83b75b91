/**
  Files with one defect each, made by real linkers: `$out/KIND/FILE`, KIND as `relhelper check-portable --json` says it.
  `$out/sound/` has the same without a defect.
*/
{
  debianTools,
  hostCc,
  inputs,
  run,
  targetCc,
  zig,
}:
let
  patchelf = debianTools {
    name = "patchelf";
    packages = [ inputs.patchelf ];
    programs = [ "usr/bin/patchelf" ];
  };
  linux = "${targetCc "x86_64-unknown-linux-musl"}/bin/cc";
  # without debugging information: it names the object files
  macos = "${targetCc "aarch64-apple-darwin"}/bin/cc -g0";
  windows = "${targetCc "x86_64-pc-windows-gnullvm"}/bin/cc";
in
run "defective-files" { } ''
  export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig
  folder() { mkdir -p $out/$1; cd $out/$1; }
  cd $TMPDIR
  echo 'int main(void) { return 0; }' > hello.c
  echo 'int start(void) { return 0; }' > start.c
  echo 'int helper(void) { return 0; }' > helper.c
  echo 'int helper(void); int main(void) { return helper(); }' > uses.c
  text() { echo "const char *volatile text = \"$1\"; int main(void) { return !text; }"; }
  text /nix/store/00000000000000000000000000000000-hello/share > store.c
  text /build/hello/main.c > build.c

  folder sound
  ${linux} -s $TMPDIR/hello.c -o linux
  ${macos} $TMPDIR/hello.c -o macos
  ${windows} -c $TMPDIR/hello.c -o $TMPDIR/hello.o
  ${windows} -s $TMPDIR/hello.o -o windows.exe
  printf '#!/bin/sh\nexit 0\n' > script

  folder store-path
  ${linux} -s $TMPDIR/store.c -o program
  folder build-path
  ${linux} -s $TMPDIR/build.c -o program

  folder elf-interpreter
  ${linux} -fPIC -c $TMPDIR/start.c -o $TMPDIR/start-linux.o
  ${zig}/zig ld.lld -pie -s -e start -dynamic-linker /lib64/ld-linux-x86-64.so.2 $TMPDIR/start-linux.o -o program
  folder elf-run-path
  ${hostCc}/bin/cc -s -shared $TMPDIR/helper.c -o library.so
  ${patchelf}/bin/patchelf --set-rpath /opt/hello/lib library.so

  folder macho-dylib
  ${macos} -shared -Wl,-install_name,/opt/hello/libhelper.dylib $TMPDIR/helper.c -o $TMPDIR/libhelper.dylib
  ${macos} $TMPDIR/uses.c $TMPDIR/libhelper.dylib -o program
  folder macho-run-path
  ${macos} $TMPDIR/hello.c -Wl,-rpath,/opt/hello/lib -o program
  folder macho-signature
  cp ../sound/macos program
  printf x | dd of=program bs=1 seek=4096 conv=notrunc

  folder pe-pdb-path
  ${windows} -g0 -c $TMPDIR/start.c -o $TMPDIR/start.o
  ${zig}/zig lld-link -NOLOGO -lldmingw -DEBUG -PDB:$TMPDIR/hello.pdb '-PDBALTPATH:C:\hello\hello.pdb' \
    -ENTRY:start -SUBSYSTEM:console -MACHINE:X64 $TMPDIR/start.o -OUT:program.exe

  folder shebang
  printf '#!/opt/hello/bin/sh\nexit 0\n' > script
  folder symbolic-link
  ln -s /etc/hello link

  # what only ../static.nix refuses
  mkdir $out/links
  cd $TMPDIR
  ${windows} -c helper.c -o helper.o
  ${windows} -c uses.c -o uses.o
  ${zig}/zig lld-link -NOLOGO -DLL -NOENTRY -EXPORT:helper -MACHINE:X64 helper.o -OUT:helper.dll -IMPLIB:helper.lib
  ${windows} -s uses.o helper.lib -o $out/links/windows.exe
  ${macos} -target aarch64-macos.12.0-none hello.c -o $out/links/newer-macos
''
