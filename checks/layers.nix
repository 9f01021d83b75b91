/**
  What a change compiles again: a source line not the dependencies, a text no program, a Cargo.lock everything.

  `derivations` sees it in derivation paths, with a workspace of several members and with our own. `used` sees in what
  cargo says that it finds the dependencies compiled; with another setting than theirs it does not.
*/
{
  expectations,
  mkRelease,
  program,
  self,
}:
let
  # cargo names the folder of a crate of the workspace, and of no other
  compiled =
    { setting, after }:
    program {
      name = "foreign-code";
      src = "${./fixtures/foreign-code}";
      manifests = ./fixtures/foreign-code;
      package = "foreign-code";
      binaries = [ "foreign-code" ];
      inherit triple;
      conditions = {
        before = ''
          ${setting}
          cargo() {
            command cargo "$@" 2> $TMPDIR/said || { cat $TMPDIR/said >&2; return 1; }
            tee -a $TMPDIR/cargo.log < $TMPDIR/said >&2
          }
        '';
        after = ''
          grep 'Compiling foreign-code v1.0.0 (/' $TMPDIR/cargo.log
          grep -E '^ *Compiling [^ ]+ v[^ ]+$' $TMPDIR/cargo.log > $TMPDIR/again || true
          ${after}
        '';
      };
    };
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
{
  used = compiled {
    setting = "";
    after = ''
      if [ -s $TMPDIR/again ]; then
        cat $TMPDIR/again
        echo "error: cargo compiled these again, which are in the layer of dependencies" >&2
        exit 1
      fi
    '';
  };
  unused = compiled {
    setting = "export CARGO_PROFILE_RELEASE_OPT_LEVEL=0";
    after = ''
      grep ' ring v' $TMPDIR/again || {
        echo "error: nothing is said of a dependency that was compiled again" >&2
        exit 1
      }
    '';
  };
  derivations = expectations "layers" (
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
  );
}
