/**
  What differs between operating systems.

  `auditableSection`
  : What its assembler calls the read-only section `.dep-v0`, which no linker leaves out; see ../cargo/auditable.nix.

  `archive`, `mediaType`
  : Form of the portable bundle.

  `exeSuffix`
  : What ends the name of an executable.

  `rustFlags`
  : For programs; std and build scripts do not get them.

  `stdFeatures`
  : Features of std beside `panic-unwind`.

  `strip`
  : Who strips symbols: `linker` (rustc tells the linker), or `objcopy` (zig's Mach-O linker keeps
    local symbols, so llvm-objcopy removes them afterwards).

  `libraries`
  : System libraries of which zig makes import stubs; see ../toolchain/cRuntime.nix.
*/
{
  linux = {
    auditableSection = ".dep-v0,\"aR\",%progbits";
    archive = "tar.gz";
    mediaType = "application/gzip";
    exeSuffix = "";
    rustFlags = [
      "-Clink-self-contained=no"
      "-Crelocation-model=static"
      "-Ctarget-feature=+crt-static"
    ];
    stdFeatures = [ ];
    strip = "linker";
    libraries = [ ];
  };
  macos = {
    auditableSection = "__DATA,.dep-v0,regular,no_dead_strip";
    archive = "tar.gz";
    mediaType = "application/gzip";
    exeSuffix = "";
    rustFlags = [
      "-Clink-arg=-Wl,-dead_strip_dylibs"
      "-Clink-arg=-Wl,-headerpad,0x400"
      # no map of debug information, which has paths: LC_UUID covers it, also when it is stripped later
      "-Clink-arg=-Wl,-S"
    ];
    stdFeatures = [ ];
    strip = "objcopy";
    libraries = [ ];
  };
  windows = {
    auditableSection = "\".dep-v0\",\"dr\"";
    archive = "zip";
    mediaType = "application/zip";
    exeSuffix = ".exe";
    rustFlags = [ "-Ctarget-feature=+crt-static" ];
    stdFeatures = [ "windows_raw_dylib" ];
    strip = "linker";
    libraries = [
      "advapi32"
      "api-ms-win-core-synch-l1-2-0"
      "bcrypt"
      "dbghelp"
      "kernel32"
      "ntdll"
      "user32"
      "userenv"
      "ws2_32"
    ];
  };
}
