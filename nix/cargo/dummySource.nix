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
      stub = main: path: {
        path = folder + path;
        # lints that a manifest denies hold for the stub as well
        text = "//! Stub.\n#![allow(unused_crate_dependencies)]\n${main}";
      };
      program = stub "fn main() {}";
      library = stub "";

      inBin = entries "${folder}src/bin";
      sources = builtins.filter (name: builtins.match ".*\\.rs" name != null) (builtins.attrNames inBin);
      withFolder = builtins.filter (name: exists "src/bin/${name}/main.rs") (builtins.attrNames inBin);
      automatic =
        (if exists "src/main.rs" then [ "src/main.rs" ] else [ ])
        ++ map (name: "src/bin/${name}") sources
        ++ map (name: "src/bin/${name}/main.rs") withFolder;

      # where cargo looks for a target that names no file
      ofBin =
        name:
        if builtins.elem name withFolder then
          "src/bin/${name}/main.rs"
        else if name == manifest.package.name && (exists "src/main.rs" || !exists "src/bin/${name}.rs") then
          "src/main.rs"
        else
          "src/bin/${name}.rs";
      places = {
        bin = ofBin;
        test = name: "tests/${name}.rs";
        bench = name: "benches/${name}.rs";
        example = name: "examples/${name}.rs";
      };
      declared = kind: map (target: target.path or (places.${kind} target.name)) (manifest.${kind} or [ ]);

      programs = automatic ++ declared "bin";
      libraries =
        if manifest ? lib then
          [ (manifest.lib.path or "src/lib.rs") ]
        else if exists "src/lib.rs" then
          [ "src/lib.rs" ]
        else
          [ ];
      # a manifest without its source says nothing of a target that cargo finds by itself
      found = if programs ++ libraries == [ ] then [ "src/main.rs" ] else programs;

      declaredBuild = manifest.package.build or (exists "build.rs");
      build = if declaredBuild == true then "build.rs" else declaredBuild;
    in
    map program (found ++ builtins.concatMap declared [ "test" "bench" "example" ])
    ++ map library libraries
    ++ (if builtins.isString build then [ (program build) ] else [ ]);

  artifactsOf =
    folder:
    let
      manifest = if folder == "" then root else readManifest folder;
      crateName = builtins.replaceStrings [ "-" ] [ "_" ];
      stem = name: builtins.head (builtins.match "(.*)\\.rs" name);
      isSource = name: builtins.match ".*\\.rs" name != null;
      inBin = builtins.attrNames (entries "${folder}src/bin");
      names = [
        manifest.package.name
      ]
      ++ map (bin: bin.name) (manifest.bin or [ ])
      ++ map (name: if isSource name then stem name else name) inBin
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
