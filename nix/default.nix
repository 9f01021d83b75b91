/**
  Everything of this folder, each piece given by name what its file asks for.

  # Inputs
  `self`
  : The flake, which knows revision and date; a path does as well.

  `system`
  : The machine that builds; x86_64-linux alone, since the pinned toolchain is.
*/
{
  self ? ../.,
  system ? "x86_64-linux",
}:
let
  pins = import ./toolchain/inputs.nix;

  /**
    Calls the function in a file with those of our pieces that it names.
  */
  callPackage =
    path:
    let
      function = import path;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) scope);

  scope = {
    inherit callPackage self system;
    inherit (pins)
      facts
      file
      inputs
      lock
      ;

    platforms = import ./lib/platforms.nix;
    targets = import ./lib/targets.nix;

    busybox = callPackage ./toolchain/busybox.nix;
    cRuntime = callPackage ./toolchain/cRuntime.nix;
    debianTools = callPackage ./toolchain/debianTools.nix;
    hostCc = callPackage ./toolchain/hostCc.nix;
    llvmTools = callPackage ./toolchain/llvmTools.nix;
    make = callPackage ./toolchain/make.nix;
    run = callPackage ./toolchain/run.nix;
    rust = callPackage ./toolchain/rust.nix;
    rustLints = callPackage ./toolchain/rustLints.nix;
    standIns = callPackage ./toolchain/standIns.nix;
    std = callPackage ./toolchain/std.nix;
    targetCc = callPackage ./toolchain/targetCc.nix;
    tools = callPackage ./toolchain/tools.nix;
    zig = callPackage ./toolchain/zig.nix;

    auditable = callPackage ./cargo/auditable.nix;
    cargoCompile = callPackage ./cargo/compile.nix;
    cargoEnvironment = callPackage ./cargo/environment.nix;
    dependencies = callPackage ./cargo/dependencies.nix;
    dummySource = callPackage ./cargo/dummySource.nix;
    members = callPackage ./cargo/members.nix;
    onHost = callPackage ./cargo/onHost.nix;
    prepare = callPackage ./cargo/prepare.nix;
    program = callPackage ./cargo/program.nix;
    vendor = callPackage ./cargo/vendor.nix;
    workspace = callPackage ./cargo/workspace.nix;

    args = callPackage ./lib/args.nix;
    configProblems = callPackage ./lib/configProblems.nix;
    mkRelease = callPackage ./lib/mkRelease.nix;
    readConfig = callPackage ./lib/readConfig.nix;
    readSource = callPackage ./lib/readSource.nix;
    releaseProblems = callPackage ./lib/releaseProblems.nix;
    subset = callPackage ./lib/subset.nix;

    bundle = callPackage ./release/bundle.nix;
    pinned = callPackage ./release/pinned.nix;
    portable = callPackage ./release/portable.nix;
    relhelper = callPackage ./release/relhelper.nix;
    relhelperRun = callPackage ./release/relhelperRun.nix;
    sourceArchive = callPackage ./release/sourceArchive.nix;
    stamped = callPackage ./release/stamped.nix;

    checks = callPackage ../checks;
    defective = callPackage ../checks/support/defective.nix;
    expectations = callPackage ../checks/support/expectations.nix;
    faketime = callPackage ../checks/support/faketime.nix;
    foreignRelease = callPackage ../checks/support/foreignRelease.nix;
    releases = callPackage ../checks/support/releases.nix;
    runners = callPackage ../checks/support/runners.nix;
    packages = callPackage ../packages;

    qemu = callPackage ./emulators/qemu.nix;
    wine = callPackage ./emulators/wine.nix;
  };
in
scope
