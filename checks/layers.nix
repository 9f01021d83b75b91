/**
  What a change compiles again: a source line not the dependencies, a text no program, a Cargo.lock everything.

  Seen in derivation paths, with a workspace of several members and with our own.
*/
{
  expectations,
  mkRelease,
  program,
  self,
}:
let
  triple = "x86_64-unknown-linux-musl";

  # A tree without one of its files stands for a tree in which that file was changed.
  variant =
    root: absent:
    builtins.path {
      name = "source";
      path = root;
      filter = path: _: absent == null || path != "${toString root}/${absent}";
    };
  parts = tree: (mkRelease { src = tree; }).parts.${triple};

  same =
    what: root: absent: get:
    compare what true root absent get;
  other =
    what: root: absent: get:
    compare what false root absent get;
  compare = what: expected: root: absent: get: {
    what = "${what}: ${if expected then "the same" else "another"} derivation";
    found = get (parts (variant root null)) == get (parts (variant root absent));
    inherit expected;
  };
  changes =
    {
      name,
      root,
      source,
      text,
    }:
    [
      (same "${name}: dependencies after a changed source file" root source (part: part.compiled.layer.drvPath))
      (other "${name}: program after a changed source file" root source (part: part.compiled.drvPath))
      (same "${name}: dependencies after a changed text" root text (part: part.compiled.layer.drvPath))
      (same "${name}: program after a changed text" root text (part: part.compiled.drvPath))
      (other "${name}: bundle after a changed text" root text (part: part.bundle.drvPath))
    ];

  locked =
    folder:
    (program {
      name = "locks";
      src = folder;
      manifests = folder;
      package = "locks";
      binaries = [ "locks" ];
      inherit triple;
    }).layer.drvPath;
in
expectations "layers" (
  changes {
    name = "a workspace of several members";
    root = ./fixtures/foreign-code;
    source = "codecs/src/zstd.rs";
    text = "README.md";
  }
  ++ changes {
    name = "relhelper";
    root = self.outPath or self;
    source = "tools/relhelper/src/fixtures.rs";
    text = "README.md";
  }
  ++ [
    {
      what = "dependencies after a changed Cargo.lock: another derivation";
      found = locked ./fixtures/locks/before == locked ./fixtures/locks/after;
      expected = false;
    }
  ]
)
