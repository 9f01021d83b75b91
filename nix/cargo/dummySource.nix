/**
  The manifests of a workspace with empty sources: enough to compile everything that is not the workspace's own.

  # Type
  dummySource :: Path -> { manifests :: StorePath, stubs :: [ { path, text } ], artifacts :: [String] }

  `stubs` are the empty sources to write; `artifacts` the names that cargo gives to what it makes of them.
*/
{ members }:
manifests:
let
  readManifest = folder: builtins.fromTOML (builtins.readFile (manifests + "/${folder}Cargo.toml"));
  root = readManifest "";

  entries = folder: if builtins.pathExists (manifests + "/${folder}") then builtins.readDir (manifests + "/${folder}") else { };

  folders = members manifests;

  stubsOf =
    folder:
    let
      manifest = if folder == "" then root else readManifest folder;
      exists = path: builtins.pathExists (manifests + "/${folder}${path}");
      program = path: {
        path = folder + path;
        text = "fn main() {}";
      };
      library = path: {
        path = folder + path;
        text = "";
      };
      named = kind: builtins.concatMap (t: if t ? path then [ (program t.path) ] else [ ]) (manifest.${kind} or [ ]);
      automatic = builtins.filter exists [ "src/main.rs" ];
      inBin = builtins.filter (name: builtins.match ".*\\.rs" name != null) (
        builtins.attrNames (entries "${folder}src/bin")
      );
      build = manifest.package.build or (if exists "build.rs" then "build.rs" else false);
    in
    map program automatic
    ++ map (name: program "src/bin/${name}") inBin
    ++ builtins.concatMap named [ "bin" "test" "bench" "example" ]
    ++ (
      if manifest ? lib.path then
        [ (library manifest.lib.path) ]
      else if exists "src/lib.rs" then
        [ (library "src/lib.rs") ]
      else
        [ ]
    )
    ++ (if builtins.isString build then [ (program build) ] else [ ]);

  artifactsOf =
    folder:
    let
      manifest = if folder == "" then root else readManifest folder;
      crateName = builtins.replaceStrings [ "-" ] [ "_" ];
      stem = name: builtins.head (builtins.match "(.*)\\.rs" name);
      sources = builtins.filter (name: builtins.match ".*\\.rs" name != null) (
        builtins.attrNames (entries "${folder}src/bin")
      );
      names = [
        manifest.package.name
      ]
      ++ map (bin: bin.name) (manifest.bin or [ ])
      ++ map stem sources
      ++ (if manifest ? lib.name then [ manifest.lib.name ] else [ ]);
    in
    names ++ map crateName names;
in
{
  manifests = builtins.path {
    name = "manifests";
    path = manifests;
    filter =
      path: type:
      let
        name = baseNameOf path;
        relative = builtins.substring (builtins.stringLength (toString manifests) + 1) (-1) path;
        holdsMember = builtins.any (
          folder: builtins.substring 0 (builtins.stringLength relative + 1) folder == "${relative}/"
        ) folders;
      in
      if type == "directory" then holdsMember else name == "Cargo.toml" || name == "Cargo.lock";
  };
  stubs = builtins.concatMap stubsOf folders;
  artifacts = builtins.concatMap artifactsOf folders;
}
