/**
  cargo-clippy, clippy-driver, cargo-fmt and rustfmt, of the same version as the compiler.
*/
{ debianTools, inputs }:
debianTools {
  name = "rust-lints";
  packages = [
    inputs.rust-web-clippy
    inputs.rustfmt-web
  ];
  programs = [
    "usr/bin/cargo-clippy"
    "usr/bin/cargo-fmt"
    "usr/bin/clippy-driver"
    "usr/bin/rustfmt"
  ];
}
