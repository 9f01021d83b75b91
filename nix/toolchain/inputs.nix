/**
  Every outside input as a flat fixed-output derivation that knows its hash and no address.

  The builder is Nix's own `builtin:fetchurl` with a constant placeholder URL, so that everybody shares the
  same derivation paths whatever mirror they use. `./bootstrap` puts the files into the store beforehand;
  stock Nix takes them from `--option hashed-mirrors URL/` as well.

  # Type
  { file :: { name, sha256 } -> Derivation, inputs :: AttrsOf Derivation, facts :: AttrsOf String, lock :: AttrsOf Attrs }
*/
let
  lock = builtins.fromJSON (builtins.readFile ../inputs.lock.json);

  file =
    { name, sha256 }:
    derivation {
      inherit name;
      system = "builtin";
      builder = "builtin:fetchurl";
      url = "file:///missing-input--run-bootstrap/${name}";
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = sha256;
      executable = false;
      unpack = false;
      preferLocalBuild = true;
    };
in
if lock.formatVersion != 1 then
  throw ''
    nix/inputs.lock.json: `formatVersion` is ${toString lock.formatVersion}, but this Nix code reads 1.
        Take both from the same commit.''
else
  {
    inherit file;
    inherit (lock) facts;
    lock = lock.inputs;
    inputs = builtins.mapAttrs (
      _: input:
      file {
        name = input.file;
        inherit (input) sha256;
      }
    ) lock.inputs;
  }
