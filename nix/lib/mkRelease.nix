/**
  The unsigned release directory of a Rust command-line product, as one derivation.

  # Type
  mkRelease :: { src, config?, origin?, manifests?, programs? } -> Derivation

  # Inputs
  `src`
  : The product's source: a path, or the flake itself (`self`), which also knows its revision and date.

  `config`
  : `release.toml`, or its content as attributes. By default the file at the top of `src`.

  `origin`
  : What the release says it was built from and what its source archive holds: `src` by default; the flake that
    packages it, when `src` is itself an input of that flake.

  `manifests`
  : A path with the same Cargo.toml and Cargo.lock as `src`, needed when `src` is a build product that evaluation cannot read.

  `programs`
  : Target → derivation with `bin/`, for targets that were compiled by other means. Its attribute `crates`, if there
    is one, names what cargo said of the program and of std: `{ program, std }`, as `program` and `std` of ours do.

  # Examples
  mkRelease { src = self; }
*/
{
  args,
  bundle,
  facts,
  inputs,
  pinned,
  platforms,
  program,
  readConfig,
  readSource,
  releaseProblems,
  relhelperRun,
  sourceArchive,
  stamped,
  subset,
  targets,
}:
args.checked {
  problems = releaseProblems;
  value =
    {
      src,
      config ? src + "/release.toml",
      origin ? src,
      manifests ? null,
      programs ? { },
    }:
    let
      source = readSource origin;
      settings = readConfig {
        inherit config;
        manifests = manifestsPath;
      };
      isProduct = builtins.isAttrs src && src.type or null == "derivation";
      sourcePath = if isProduct then "${src}" else (readSource src).path;
      manifestsPath =
        if manifests != null then
          manifests
        else
          /. + builtins.unsafeDiscardStringContext (toString (src.outPath or src));

      common = {
        inherit (settings) product;
        source = {
          inherit (source) revision sourceDate;
        };
        toolchain = if programs == { } then { inherit (facts) rustc llvm zig; } else null;
      };
      stem = "${settings.product.name}-${settings.product.version}";

      compiled =
        triple:
        programs.${triple} or (program {
          inherit (settings.product) name;
          src =
            if settings.sources == null || isProduct then
              sourcePath
            else
              subset {
                name = "program-source";
                root = sourcePath;
                paths = settings.sources;
              };
          manifests = manifestsPath;
          inherit (settings) package binaries;
          inherit triple base;
        });
      # the one that relhelper itself is compiled for, when it is among them: then its layer is there anyway
      base =
        if builtins.elem "x86_64-unknown-linux-musl" settings.targets then
          "x86_64-unknown-linux-musl"
        else
          builtins.head settings.targets;

      build =
        triple:
        let
          target = targets.${triple};
          platform = platforms.${target.os};
          crates = (compiled triple).crates or null;
          final = stamped {
            facts = common;
            inherit triple crates;
            program = compiled triple;
            binaries = map (binary: binary + platform.exeSuffix) settings.binaries;
          };
          packed = bundle {
            facts = common;
            inherit triple;
            program = final;
            config = settings;
            source = sourcePath;
          };
        in
        {
          inherit triple crates;
          inherit (target) os arch tier;
          program = final;
          bundle = packed;
          makers = [
            packed
            final
          ];
          artifacts = [
            {
              kind = "bundle";
              file = "${stem}-${triple}.${platform.archive}";
              from = "${packed}/${stem}-${triple}.${platform.archive}";
              target = triple;
              inherit (platform) mediaType;
            }
            {
              kind = "binary";
              file = "${stem}-${triple}${platform.exeSuffix}";
              from = "${final}/bin/${builtins.head settings.binaries}${platform.exeSuffix}";
              target = triple;
              mediaType = "application/octet-stream";
            }
          ];
        };
      builds = map build settings.targets;

      archive = sourceArchive {
        facts = common;
        source = source.path;
      };

      makers = builtins.concatMap (one: one.makers) builds ++ [ archive ];
    in
    relhelperRun {
      name = "${stem}-release";
      command = [
        "emit"
        "release"
      ];
      attributes = common // {
        targets = map (one: {
          inherit (one)
            triple
            os
            arch
            tier
            ;
          # beside crates, programs hold parts of the C runtime that comes with zig
          crates =
            if one.crates == null || programs ? ${one.triple} then
              one.crates
            else
              one.crates // { runtime = [ "${inputs.ziglang}" ]; };
        }) builds;
        artifacts = builtins.concatMap (one: one.artifacts) builds ++ [
          {
            kind = "source";
            file = "${stem}-source.tar.gz";
            from = "${archive}/${stem}-source.tar.gz";
            target = null;
            mediaType = "application/gzip";
          }
        ];
        build = {
          source = "${source.path}";
          # the .drv files as plain inputs: they bring all those they depend on, and none of their outputs
          derivations = map (maker: builtins.unsafeDiscardOutputDependency maker.drvPath) makers;
          inputs = pinned [
            (manifestsPath + "/Cargo.lock")
            ../../Cargo.lock
          ];
        };
      };
      paths = map (maker: "${maker}") makers ++ [ "${source.path}" ];
    }
    // {
      /**
        The parts by target, for checks: `program` (stamped, signed) and `bundle`.
      */
      parts = builtins.listToAttrs (
        map (one: {
          name = one.triple;
          value = { inherit (one) program bundle; compiled = compiled one.triple; };
        }) builds
      );
      inherit archive;
    };
}
