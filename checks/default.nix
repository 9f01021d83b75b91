/**
  One check a file: `checks/NAME.nix` becomes the check `NAME`. A file that gives several derivations names them
  `NAME-PART`.
*/
{ callPackage }:
let
  files = builtins.filter (file: file != "default.nix" && builtins.match ".*\\.nix" file != null) (
    builtins.attrNames (builtins.readDir ./.)
  );
  stem = file: builtins.head (builtins.match "(.*)\\.nix" file);
  entry =
    file:
    let
      value = callPackage (./. + "/${file}");
    in
    if value.type or null == "derivation" then
      { ${stem file} = value; }
    else
      builtins.listToAttrs (
        map (part: {
          name = "${stem file}-${part}";
          value = value.${part};
        }) (builtins.attrNames value)
      );
in
builtins.foldl' (all: file: all // entry file) { } files
