/**
  A program with its version, revision, target and crates written into it and, for macOS, signed (ad hoc).

  A derivation of its own, because the revision changes with every commit: the compiler need not run again.
*/
{ relhelperRun }:
{
  facts,
  triple,
  program,
  binaries,
  crates,
}:
relhelperRun {
  name = "${facts.product.name}-${triple}";
  command = [ "stamp" ];
  attributes = facts // {
    target = triple;
    input = "${program}";
    inherit binaries crates;
  };
}
// {
  # what `nix run` starts
  meta.mainProgram = builtins.head binaries;
}
