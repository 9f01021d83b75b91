/**
  Wine, cut down to what an x86_64 Windows console program needs: bin/wine PROGRAM.EXE [ARGUMENT...]

  There is no display, no service, and no Windows folder set up by wineboot: a start takes 10 to 50 ms. A DLL
  that is not listed below is reported by name ("err:module:import_dll Library … not found", exit status 53):
  add it to `modules`, with the DLLs that it imports itself. How a prefix is made, and which variables count,
  is told in wine.sh.
*/
{
  busybox,
  inputs,
  run,
  zig,
}:
run "wine"
  {
    packages = map (name: inputs.${name}) [
      "libc-bin"
      "libc6"
      "libgcc-s1"
      "liblzma5"
      "libstdc++6"
      "libunwind8"
      "libwine"
      "patchelf"
      "wine64"
    ];
    # apisetschema tells which DLL stands behind an api-ms-win-* name; bcryptprimitives seeds Rust's HashMap.
    modules = [
      "advapi32.dll"
      "apisetschema.dll"
      "bcrypt.dll"
      "bcryptprimitives.dll"
      "kernel32.dll"
      "kernelbase.dll"
      "msvcrt.dll"
      "ntdll.dll"
      "sechost.dll"
      "ucrtbase.dll"
      "userenv.dll"
      "ws2_32.dll"
    ];
    unixModules = [
      "bcrypt.so"
      "ntdll.so"
      "ws2_32.so"
    ];
    # Character sets, collation, normalisation.
    tables = [
      "c_10000"
      "c_1252"
      "c_20127"
      "c_28591"
      "c_437"
      "l_intl"
      "locale"
      "normidna"
      "normnfc"
      "normnfd"
      "normnfkc"
      "normnfkd"
      "sortdefault"
    ];
    # libgcc_s is opened by its name when a thread ends.
    libraries = [
      "ld-linux-x86-64.so.2"
      "libc.so.6"
      "libgcc_s.so.1"
      "liblzma.so.5"
      "libunwind.so.8"
    ];
    launcher = ./wine.sh;
    registry = ./system.reg;
    wineboot = ./wineboot.c;
  }
  ''
    mkdir unpacked
    cd unpacked
    for package in $packages; do ar -p $package data.tar.xz | xz -dc | tar -x ./usr; done

    # Wine finds its parts by the way from one to the other: this is Debian's layout.
    source=usr/lib/x86_64-linux-gnu
    target=$out/lib/x86_64-linux-gnu
    mkdir -p $out/bin $out/lib/locale $out/lib/wine $out/share/wine/nls $out/share/wine/wine \
      $target/wine/x86_64-unix $target/wine/x86_64-windows
    for file in $libraries; do cp -L $source/$file $target/; done
    for file in $modules; do cp $source/wine/x86_64-windows/$file $target/wine/x86_64-windows/; done
    for file in $unixModules; do cp $source/wine/x86_64-unix/$file $target/wine/x86_64-unix/; done
    for table in $tables; do cp usr/share/wine/nls/$table.nls $out/share/wine/nls/; done
    ln -s ../nls $out/share/wine/wine/nls # where Debian's wineserver looks
    cp -r usr/lib/locale/C.utf8 $out/lib/locale/

    # DT_RPATH of an executable serves the libraries that it opens, too.
    cp usr/lib/wine/wine64 usr/lib/wine/wineserver64 $out/lib/wine/
    for program in wine64 wineserver64; do
      $source/ld-linux-x86-64.so.2 --library-path $source usr/bin/patchelf \
        --set-interpreter $target/ld-linux-x86-64.so.2 --force-rpath --set-rpath $target $out/lib/wine/$program
    done

    # The server outlives its last client for a moment: it must not hold anybody's standard error open.
    printf '#!%s sh\nexec %s -p0 "$@" 2>> "$WINEPREFIX/wineserver.log"\n' \
      ${busybox} $out/lib/wine/wineserver64 > $out/lib/wine/wineserver
    sed "s|@busybox@|${busybox}|g; s|@out@|$out|g" $launcher > $out/bin/wine
    chmod +x $out/lib/wine/wineserver $out/bin/wine
    cp $registry $out/share/wine/system.reg

    export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig
    ${zig}/zig cc -target x86_64-windows-gnu -Os -s -nostdlib -fno-sanitize=all -fno-stack-protector -Wall -Werror \
      -Wl,--entry,start -Wl,--subsystem,console -o $TMPDIR/wineboot.exe $wineboot -lntdll
    cp $TMPDIR/wineboot.exe $target/wine/x86_64-windows/

    $out/lib/wine/wine64 --version
  ''
