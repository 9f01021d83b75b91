/**
  Programs of Debian's packages, pointed at the toolchain's loader and libraries.

  # Type
  debianTools :: { name :: String, packages :: [Derivation], programs :: [String] } -> Derivation

  # Inputs
  `programs`
  : Paths in the packages; shell patterns. They come to `$out/bin`.
*/
{
  inputs,
  run,
  rust,
}:
{
  name,
  packages,
  programs,
}:
run name { inherit packages programs; } ''
  mkdir -p $out/bin unpacked
  ar -p ${inputs.patchelf} data.tar.xz | xz -dc | tar -x
  patchelf=$PWD/usr/bin/patchelf
  cd unpacked
  for package in $packages; do ar -p $package data.tar.xz | xz -dc | tar -x ./usr; done
  for program in $programs; do cp -L $program $out/bin/; done

  loader=${rust}/lib/ld-linux-x86-64.so.2
  chmod u+w $out/bin/*
  for program in $out/bin/*; do
    $loader --library-path ${rust}/lib $patchelf \
      --set-interpreter $loader --force-rpath --set-rpath ${rust}/lib $program
  done
''
