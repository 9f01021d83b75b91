/**
  Each bad call of the functions of lib beside the text it is answered with; good calls are answered with none.
*/
{
  args,
  expectations,
  members,
  mkRelease,
  readConfig,
  run,
  subset,
  targets,
}:
let
  workspace = ./fixtures/foreign-code;
  triples = builtins.concatStringsSep ", " (map (triple: ''"${triple}"'') (builtins.attrNames targets));

  # what the call says, and that it is refused
  says = function: input: expected: {
    what = expected;
    found = {
      problems = function.problems input;
      refused = !(builtins.tryEval (builtins.seq (function input) null)).success;
    };
    expected = {
      problems = [ expected ];
      refused = true;
    };
  };
  accepts = what: function: input: {
    what = "${what} is accepted";
    found = {
      problems = function.problems input;
      accepted = (builtins.tryEval (builtins.seq (function input) null)).success;
    };
    expected = {
      problems = [ ];
      accepted = true;
    };
  };

  toml = ''
    formatVersion = 1
    [program]
    package = "foreign-code"
  '';
  # The good file above with some parts replaced.
  config = changes: {
    config = builtins.fromTOML toml // changes;
    manifests = workspace;
  };
  program = changes: config { program = { package = "foreign-code"; } // changes; };
  see = "See docs/formats/release-toml.md.";
  derivationFor = name: run name { } "exit 1";
  withCrates = crates: derivationFor "theirs" // { inherit crates; };
in
expectations "lib-args" [
  (accepts "a release.toml" readConfig (config { }))
  (accepts "a whole release.toml" readConfig (config {
    product = {
      name = "a.b_c-1";
      homepage = "https://hello.example";
    };
    program = {
      package = "foreign-code";
      binaries = [ "foreign-code" ];
      sources = [ "app" ];
      targets = [ "x86_64-unknown-linux-musl" ];
    };
    bundle = {
      readme = "README.md";
      licenses = [ "LICENSE" ];
      files = [
        {
          from = "a";
          to = "share/a";
        }
      ];
    };
  }))
  (says readConfig (config { formatVersion = 2; }) ''
    release.toml: `formatVersion` is 2, but it should be one of 1.
        This Nix code reads version 1. ${see}'')
  (says readConfig (builtins.removeAttrs (config { }) [ "config" ] // { config = { }; }) ''
    release.toml: `formatVersion` is null, but it should be one of 1.
        This Nix code reads version 1. ${see}'')
  (says readConfig (config { progam = { }; }) ''
    release.toml: `the file` has `progam`, which nothing reads.
        Known are "formatVersion", "product", "program", "bundle", "codesign", "signing".'')
  (says readConfig (config { bundle = 3; }) ''
    release.toml: `bundle` is 3, but it should be a set.
        ${see}'')
  (says readConfig (program { binary = "x"; }) ''
    release.toml: `program` has `binary`, which nothing reads.
        Known are "package", "binaries", "sources", "targets".'')
  (says readConfig (config { program = { }; }) ''
    release.toml: `program.package` is null, but it should be a string.
        Name the Cargo package to build. ${see}'')
  (says readConfig (config { program.package = "nope"; }) ''
    release.toml: `program.package` is "nope", but it should be a package of the workspace.
        Name it as its Cargo.toml does.'')
  (says readConfig (config { product.name = "Hello"; }) ''
    release.toml: `product.name` is "Hello", but it should be lower case letters, digits, `.`, `_` or `-`.
        It begins every file name of the release. ${see}'')
  (says readConfig (config { product.homepage = true; }) ''
    release.toml: `product.homepage` is true, but it should be a string.
        ${see}'')
  (says readConfig (program { binaries = "x"; }) ''
    release.toml: `program.binaries` is "x", but it should be a list.
        ${see}'')
  (says readConfig (program { binaries = [ 1 ]; }) ''
    release.toml: `program.binaries[]` is 1, but it should be a string.
        ${see}'')
  (says readConfig (program { binaries = [ ]; }) ''
    release.toml: `program.binaries` is an empty list, but it should be a list of at least one name.
        Name the executables that the package makes. ${see}'')
  (says readConfig (program { targets = [ "x86_64-linux" ]; }) ''
    release.toml: `program.targets[]` is "x86_64-linux", but it should be one of ${triples}.
        See nix/lib/targets.nix.'')
  (says readConfig (config { bundle.readme = [ ]; }) ''
    release.toml: `bundle.readme` is a list, but it should be a string.
        ${see}'')
  (says readConfig (config { bundle.files = [ "a" ]; }) ''
    release.toml: `bundle.files[]` is "a", but it should be a set.
        ${see}'')
  (says readConfig (config { bundle.files = [ { from = "a"; } ]; }) ''
    release.toml: `bundle.files[].to` is null, but it should be a string.
        ${see}'')
  (says readConfig (config { bundle.files = [ { form = "a"; } ]; }) ''
    release.toml: `bundle.files[]` has `form`, which nothing reads.
        Known are "from", "to".'')
  (says readConfig
    {
      config = {
        formatVersion = 1;
      };
      manifests = ./fixtures/versions;
    }
    ''
      Cargo.toml: `package.version` is "1.0", but it should be a semantic version.
          Write it as MAJOR.MINOR.PATCH.''
  )

  (accepts "a folder of the source" subset {
    name = "part";
    root = workspace;
    paths = [
      "Cargo.toml"
      "app"
    ];
  })
  (says subset
    {
      name = "part";
      root = workspace;
      paths = [
        "app"
        "nothing"
      ];
    }
    ''
      release.toml: `program.sources[]` is "nothing", but it should be a file or folder of the source.
          Name it from the top of the source, or take it out.''
  )

  (says subset
    {
      name = "part";
      root = workspace;
      paths = [ "app/" ];
    }
    ''
      release.toml: `program.sources[]` is "app/", but it should be the plain name of a file or folder: no `/` at either end, no `.` and no `..`.
          To take the whole source, leave `sources` out.''
  )
  {
    what = "names of files and folders that are not plain";
    found = builtins.filter (
      path:
      subset.problems {
        name = "part";
        root = workspace;
        paths = [ path ];
      } == [ ]
    ) [ "" "." "./app" "app/." "app/../words" "app//src" "/app" ];
    expected = [ ];
  }
  (accepts "members by name" members workspace)
  {
    what = "packages that path and patch name";
    found = members ./fixtures/layouts;
    expected = [
      ""
      "patches/itoa/"
      "engine/"
      "parts/inner/"
    ];
  }
  (says members ./fixtures/outside ''
    ${toString ./fixtures/outside}/Cargo.toml: the workspace needs the package in `../locks/before/`, which is not below it.
        Only what is in the source can be released: move the package, or publish it as a crate.'')
  (says members ./fixtures/patterns ''
    ${toString ./fixtures/patterns}/Cargo.toml: workspace member `crates/*/part` is a pattern of a form that is not read here.
        Name the members, or use `folder/*`.'')

  (accepts "a folder with a release.toml" mkRelease { src = workspace; })
  (accepts "a caller's own program" mkRelease {
    src = workspace;
    programs.x86_64-unknown-linux-musl = derivationFor "theirs";
  })
  (accepts "a caller's own program with its crates" mkRelease {
    src = workspace;
    programs.x86_64-unknown-linux-musl = withCrates {
      program = "/p";
      std = "/s";
    };
  })
  (says mkRelease
    {
      src = workspace;
      programs.x86_64-unknown-linux-musl = withCrates [ ];
    }
    ''
      mkRelease: `programs.x86_64-unknown-linux-musl.crates` is a list, but it should be a set.
          It names two folders: docs/formats/build-metadata.md.''
  )
  (says mkRelease
    {
      src = workspace;
      programs.x86_64-unknown-linux-musl = withCrates { program = "/p"; };
    }
    ''
      mkRelease: `programs.x86_64-unknown-linux-musl.crates.std` is null, but it should be a string.
          It names two folders: docs/formats/build-metadata.md.''
  )
  (says mkRelease
    {
      src = workspace;
      programs.x86_64-unknown-linux-musl = withCrates {
        program = "/p";
        std = "/s";
        core = "/c";
      };
    }
    ''
      mkRelease: `programs.x86_64-unknown-linux-musl.crates` has `core`, which nothing reads.
          Known are "program", "std".''
  )
  (says mkRelease { src = 7; } ''
    mkRelease: `src` is 7, but it should be a path.
        Pass the flake itself: `mkRelease { src = self; }`.'')
  (says mkRelease
    {
      src = workspace;
      origin = true;
    }
    ''
      mkRelease: `origin` is true, but it should be a path.
          Pass the flake itself: `mkRelease { src = self; }`.''
  )
  (says mkRelease { src = ./fixtures; } ''
    mkRelease: `config` is "${toString ./fixtures}/release.toml", but it should be a file that exists.
        Write a release.toml at the top of the source: docs/how-to/package-a-product.md.'')
  (says mkRelease
    {
      src = workspace;
      config = 3;
    }
    ''
      mkRelease: `config` is 3, but it should be a path.
          Name a release.toml, or give its content as attributes.''
  )
  (says mkRelease { src = derivationFor "unpacked"; } ''
    mkRelease: `manifests` is not given, and `src` is a derivation, but it should be a path with its Cargo.toml and Cargo.lock.
        Copy the two beside your Nix code: evaluation cannot read what is not built yet.'')
  (says mkRelease
    {
      src = workspace;
      programs = [ ];
    }
    ''
      mkRelease: `programs` is a list, but it should be a set.
          It maps targets to derivations.''
  )
  (says mkRelease
    {
      src = workspace;
      programs.x86_64-linux = derivationFor "theirs";
    }
    ''
      mkRelease: `programs` is "x86_64-linux", but it should be one of ${triples}.
          See nix/lib/targets.nix.''
  )
  (says mkRelease
    {
      src = workspace;
      programs.x86_64-unknown-linux-musl = 1;
    }
    ''
      mkRelease: `programs.x86_64-unknown-linux-musl` is 1, but it should be a derivation.
          Its `bin/` holds the executables.''
  )

  (says mkRelease
    {
      src = workspace;
      config = (program { targets = [ "x86_64-unknown-linux-musl" ]; }).config;
      programs.aarch64-apple-darwin = derivationFor "theirs";
    }
    ''
      mkRelease: `programs` is "aarch64-apple-darwin", but it should be a target of this release.
          Add it to `program.targets` of release.toml, or leave the program out.''
  )

  # several at once are all told
  {
    what = "two problems of one file";
    found = builtins.length (
      readConfig.problems (config {
        product.name = "Hello";
        bundle.readme = 1;
      })
    );
    expected = 2;
  }
  # a check that says nothing throws nothing
  {
    what = "a checked function gives its value";
    found =
      args.checked {
        problems = input: args.typed "int" "f" "x" "hint" input;
        value = input: input + 1;
      } 1;
    expected = 2;
  }
]
