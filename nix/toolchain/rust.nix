/**
  rustc, rustdoc, cargo, llvm-objcopy and the source of std, from Debian's packages.

  The executables are pointed at the loader and libraries in this output; `DT_RPATH` (not `RUNPATH`) serves the
  libraries below them too. rustc allocates by mimalloc, which takes some 5 % less time than
  glibc's malloc.
*/
{
  facts,
  inputs,
  run,
  standIns,
}:
run "rust-toolchain"
  {
    packages = map (name: inputs.${name}) [
      "libc6"
      "libgcc-s1"
      "libstdc++6"
      "zlib1g"
      "libzstd1"
      "libmimalloc3"
      facts.llvmLibraryInput
      facts.llvmToolsInput
      facts.rustStdInput
      "libstd-rust-web-dev"
      "rustc-web"
      "cargo-web"
      "patchelf"
    ];
  }
  ''
    unpack() { ar -p $1 data.tar.xz | xz -dc | tar -x $2; }
    mkdir -p $out/bin $out/lib $out/src unpacked
    cd unpacked
    for package in $packages; do unpack $package ./usr; done

    libraries=usr/lib/x86_64-linux-gnu
    for library in ld-linux-x86-64.so.2 libc.so.6 libdl.so.2 libm.so.6 libpthread.so.0 librt.so.1 \
      libgcc_s.so.1 libstdc++.so.6 libz.so.1 libzstd.so.1 libmimalloc.so.3 ${facts.llvmSoname}
    do
      cp -L $libraries/$library $out/lib/
    done
    cp $libraries/librustc_driver-*.so $out/lib/
    cp ${standIns}/lib/* $out/lib/
    cp -r usr/lib/rustlib $out/lib/
    cp usr/bin/rustc usr/bin/rustdoc usr/bin/cargo $out/bin/
    cp -L usr/lib/llvm-*/bin/llvm-objcopy $out/bin/

    loader=$out/lib/ld-linux-x86-64.so.2
    for program in $out/bin/*; do
      chmod u+w $program
      $loader --library-path $out/lib usr/bin/patchelf \
        --set-interpreter $loader --force-rpath --set-rpath $out/lib $program
    done
    # before libc among what it needs, so that its malloc is the one that counts
    $loader --library-path $out/lib usr/bin/patchelf --add-needed libmimalloc.so.3 $out/bin/rustc

    cd $TMPDIR
    unpack ${inputs.rust-web-src} ./usr/src/${facts.rustSourceFolder}/library
    mv usr/src/${facts.rustSourceFolder}/library $out/src/library

    $out/bin/rustc --version
    $out/bin/cargo --version
    $out/bin/llvm-objcopy --version | head -n1
  ''
