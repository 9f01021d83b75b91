/**
  User-mode emulators: bin/qemu-aarch64 and bin/qemu-riscv64 run static Linux programs.

  Debian's emulators are static executables that need no data file. The package has some 40 of them (450 MB);
  only the two are unpacked (30 MB). A build sandbox has no binfmt registration, so a program under test that
  starts another one (or itself again) fails with "Exec format error".
*/
{ inputs, run }:
run "qemu-user" { } ''
  ar -p ${inputs.qemu-user} data.tar.xz | xz -dc |
    tar -x ./usr/bin/qemu-aarch64 ./usr/bin/qemu-riscv64
  mkdir $out
  mv usr/bin $out/bin
  for emulator in $out/bin/*; do
    $emulator --version | head -n1
  done
''
