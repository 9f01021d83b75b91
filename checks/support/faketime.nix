/**
  Shell text after which programs with a dynamic C library see a clock that is three years ahead.

  rustc and cargo are such programs; zig and busybox are static and keep the real one. Times of files stay real,
  because cargo compares them with those of files that it did not write.
*/
{
  hostCc,
  inputs,
  run,
  rust,
}:
let
  library = run "libfaketime" { } ''
    mkdir $out
    for package in ${inputs.libfaketime} ${inputs.patchelf}; do ar -p $package data.tar.xz | xz -dc | tar -x; done
    cp usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1 $out/
    ${rust}/lib/ld-linux-x86-64.so.2 --library-path ${rust}/lib usr/bin/patchelf \
      --force-rpath --set-rpath ${rust}/lib $out/libfaketimeMT.so.1
  '';
in
''
  export LD_PRELOAD=${library}/libfaketimeMT.so.1 FAKETIME=+1100d NO_FAKE_STAT=1

  # it is seen by a program that is linked as rustc is
  echo 'fn main() { println!("{}", std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()) }' > clock.rs
  ${rust}/bin/rustc -Clinker=${hostCc}/bin/cc clock.rs
  ahead=$(( ($(./clock) - $(date +%s)) / 86400 ))
  rm clock clock.rs
  if [ $ahead -lt 1099 ] || [ $ahead -gt 1101 ]; then
    echo "error: the other clock is $ahead days ahead, expected 1100" >&2
    exit 1
  fi
''
