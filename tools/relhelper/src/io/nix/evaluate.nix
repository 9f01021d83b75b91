/**
  The outputs of a flake whose trees are in the store already, as Nix itself gives them (its `call-flake.nix`).

  The flake is a stranger's, and pure evaluation is no wall: `fetchTree`, `fetchurl`, `fetchGit`, `getFlake` and `findFile` put
  files of this machine into the store, which everybody may read, and look at digests afterwards, if at all; they reach the
  network, too. Nix 2.8 even takes a revision that somebody made up for such a digest, and does not look where `path` reads
  if it has one. So what a flake.nix says of its inputs is not followed, and its code gets the functions that are named here
  and no others.

  # Type
  { root :: String, nodes :: { NAME :: { path, dir :: String, flake :: Bool, inputs, sourceInfo :: Attrs } } } -> Flake
*/
{ root, nodes }:
let
  named =
    names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) names
    );

  # What computes, and what reads trees that were given.
  kept = builtins.filter builtins.isString (builtins.split "[ \n]+" (''
    abort add addDrvOutputDependencies addErrorContext all any appendContext attrNames attrValues baseNameOf bitAnd bitOr
    bitXor catAttrs ceil compareVersions concatLists concatMap concatStringsSep convertHash deepSeq derivation
    derivationStrict dirOf div elem elemAt false filter filterSource floor foldl' fromJSON fromTOML functionArgs
    genericClosure genList getAttr getContext getEnv groupBy hasAttr hasContext hashFile hashString head intersectAttrs isAttrs
    isBool isFloat isFunction isInt isList isNull isPath isString langVersion length lessThan listToAttrs map mapAttrs
    match mul nixPath nixVersion null parseDrvName partition pathExists placeholder readDir readFile readFileType
    removeAttrs replaceStrings seq sort split splitVersion storeDir stringLength sub substring tail throw toFile toJSON
    toPath toString toXML trace traceVerbose true tryEval typeOf unsafeDiscardOutputDependency
    unsafeDiscardStringContext unsafeGetAttrPos warn zipAttrsWith
  ''));

  # What Nix may have to reach for anything else; not each is there without its setting.
  reaching = named [
    "fetchClosure"
    "fetchGit"
    "fetchMercurial"
    "fetchTarball"
    "fetchTree"
    "fetchurl"
    "findFile"
    "getFlake"
    "storePath"
  ];

  refused = builtins.mapAttrs (
    name: _: throw "the flake calls `${name}`, which a release's source may not: what it needs are inputs in flake.lock"
  ) (removeAttrs builtins kept // reaching);

  given =
    removeAttrs builtins (builtins.attrNames refused)
    // builtins.intersectAttrs reaching refused
    // {
      builtins = given;
      import = builtins.scopedImport scope;
      scopedImport = more: builtins.scopedImport (scope // more);
      # With a digest, Nix 2.8 does not ask whether the path may be read.
      path = arguments: builtins.path (removeAttrs arguments [ "sha256" ]);
    };

  # Names that Nix knows everywhere: a few as they are, and all with two lines in front.
  scope =
    {
      inherit (given) builtins import scopedImport;
    }
    // builtins.intersectAttrs (named [
      "fetchGit"
      "fetchMercurial"
      "fetchTarball"
      "fetchTree"
    ]) refused
    // builtins.listToAttrs (
      map (name: {
        name = "__${name}";
        value = given.${name} or refused.${name};
      }) (builtins.attrNames refused)
    );

  tree =
    node:
    node.sourceInfo
    // {
      # With a digest that is in the store, this reads nothing and makes the path one that may be read.
      outPath = builtins.path {
        name = "source";
        inherit (node) path;
        sha256 = node.sourceInfo.narHash;
      };
    };

  call =
    node:
    let
      sourceInfo = tree node;
      outPath = sourceInfo + (if node.dir == "" then "" else "/${node.dir}");
      flake = given.import (outPath + "/flake.nix");
      wanted = (flake.inputs or { }) // builtins.functionArgs flake.outputs;
      unlocked = builtins.attrNames (removeAttrs wanted ([ "self" ] ++ builtins.attrNames node.inputs));
      inputs = builtins.mapAttrs (_: name: flakes.${name}) node.inputs;
      outputs = flake.outputs (inputs // { self = result; });
      result =
        outputs
        // sourceInfo
        // {
          inherit
            inputs
            outPath
            outputs
            sourceInfo
            ;
          _type = "flake";
        };
    in
    if unlocked == [ ] then
      result
    else
      throw "flake.nix names inputs that flake.lock does not have (${toString unlocked}): they could be anything, files of this machine as well";

  flakes = builtins.mapAttrs (_: node: if node.flake then call node else tree node) nodes;
in
if builtins ? currentTime then throw "Nix does not evaluate purely" else flakes.${root}
