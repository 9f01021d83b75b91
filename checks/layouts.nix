/**
  Packages and targets that a manifest leaves to cargo to find: the layer of dependencies has a stub of each.

  Targets without a path, a program with a folder, a build script by default, packages that only `path` and `patch` name,
  and lints that a stub has to pass.
*/
{
  program,
  run,
}:
let
  made =
    manifests:
    program {
      name = "layouts";
      src = "${./fixtures/layouts}";
      inherit manifests;
      package = "layouts";
      binaries = [
        "layouts"
        "other"
      ];
      triple = "x86_64-unknown-linux-musl";
    };
in
run "layouts" { } ''
  ${made ./fixtures/layouts}/bin/layouts > said
  echo 'parts/inner patches/itoa build.rs' | diff - said
  ${made ./fixtures/layouts}/bin/other
  cp said $out
''
