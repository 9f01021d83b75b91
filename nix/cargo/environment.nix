/**
  Shell text that readies a build for cargo: offline, nothing incremental, our compilers.

  # Type
  cargoEnvironment :: { triple :: String | null } -> String

  # Inputs
  `triple`
  : The target to compile for, or null for the build machine alone.
*/
{
  hostCc,
  rust,
  targetCc,
  tools,
}:
{ triple }:
let
  lower = "abcdefghijklmnopqrstuvwxyz";
  upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  letters = string: builtins.genList (i: builtins.substring i 1 string) (builtins.stringLength string);
  underscored = builtins.replaceStrings [ "-" ] [ "_" ] triple;
  shouting = builtins.replaceStrings (letters lower) (letters upper) underscored;

  cc = targetCc triple;
in
''
  export PATH=${rust}/bin:${tools}/bin
  export CARGO_HOME=$TMPDIR/cargo CARGO_BUILD_JOBS=''${NIX_BUILD_CORES:-1} CARGO_INCREMENTAL=0
  export CARGO_NET_OFFLINE=true CARGO_TERM_PROGRESS_WHEN=never
  mkdir -p $CARGO_HOME
  printf '[cache]\nauto-clean-frequency = "never"\n' > $CARGO_HOME/config.toml

  export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=${hostCc}/bin/cc
  export CC_x86_64_unknown_linux_gnu=${hostCc}/bin/cc HOST_CC=${hostCc}/bin/cc

  export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig-cache ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig-cache
''
+ (
  if triple == null then
    ""
  else
    ''
      export CARGO_TARGET_${shouting}_LINKER=${cc}/bin/cc CC_${underscored}=${cc}/bin/cc
      export AR_${underscored}=${cc}/bin/ar RANLIB_${underscored}=${cc}/bin/ranlib
      export SDKROOT=${cc}/sdk MACOSX_DEPLOYMENT_TARGET=11.0
    ''
)
