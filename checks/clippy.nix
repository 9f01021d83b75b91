/**
  clippy on everything of the workspace, warnings as errors; then on a function with a flaw, which it has to find.
*/
{
  onHost,
  rustLints,
  workspace,
}:
onHost {
  name = "clippy";
  inherit (workspace) manifests src;
  command = "check --workspace --all-targets --frozen";
  script = ''
    export PATH=${rustLints}/bin:$PATH
    cargo clippy --workspace --all-targets --frozen -- -D warnings

    printf '\npub fn flaw(x: u32) -> u32 {\n    return x;\n}\n' >> tools/relhelper/src/lib.rs
    if cargo clippy --workspace --all-targets --frozen -- -D warnings 2> found; then
      echo "error: clippy passes a needless return" >&2
      exit 1
    fi
    grep -q needless_return found || { cat found >&2; exit 1; }
    cp found $out
  '';
}
