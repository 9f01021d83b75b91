/**
  Runs a shell script in the sandbox with busybox on `PATH`.

  # Type
  run :: String -> Attrs -> String -> Derivation

  # Inputs
  `name`
  : Name of the derivation.

  `env`
  : Attributes of the derivation; the script sees them as environment variables.

  `script`
  : Text for `sh -eu`; it has to create `$out`.
*/
{
  busybox,
  system,
  tools,
}:
name: env: script:
derivation (
  {
    inherit name system;
    builder = busybox;
    args = [
      "sh"
      "-euc"
      ''
        export PATH=${tools}/bin HOME=$TMPDIR LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=315532800
        ${script}
      ''
    ];
  }
  // env
)
