/**
  The folders of a workspace that hold a package, each with a slash at its end; "" is the top.

  Those are the members that the Cargo.toml at the top lists, and, as cargo has it, every package that one of them names
  by `path`, or that stands in for a crate of a registry by `patch`.

  # Type
  members :: Path -> [String]
*/
{ args }:
let
  manifest = manifests: folder: builtins.fromTOML (builtins.readFile (manifests + "/${folder}Cargo.toml"));
  exists = manifests: folder: builtins.pathExists (manifests + "/${folder}Cargo.toml");
  isPattern = member: builtins.match ".*[*?[].*" member != null;

  # `crates/*` is the only form of glob that workspaces use in practice; cargo allows more
  parentOf = member: builtins.match "([^*?[]*)/\\*" member;

  # "./a/../b" is "b/"; what leads out of the source begins with "../"
  folderOf =
    path:
    let
      parts = builtins.filter (part: builtins.isString part && part != "" && part != ".") (builtins.split "/" path);
      leads = builtins.foldl' (
        done: part:
        if part != ".." || done == [ ] || last done == ".." then done ++ [ part ] else butLast done
      ) [ ] parts;
    in
    builtins.concatStringsSep "" (map (part: "${part}/") leads);
  last = list: builtins.elemAt list (builtins.length list - 1);
  butLast = list: builtins.genList (builtins.elemAt list) (builtins.length list - 1);
  isOutside = folder: builtins.match "(\\.\\./|/).*" folder != null;

  expand =
    manifests: member:
    let
      parent = builtins.head (parentOf member);
      folder = manifests + "/${parent}";
      names = if builtins.pathExists folder then builtins.attrNames (builtins.readDir folder) else [ ];
    in
    if isPattern member then
      builtins.filter (exists manifests) (map (name: folderOf "${parent}/${name}") names)
    else
      [ (folderOf member) ];

  listed =
    manifests:
    let
      root = manifest manifests "";
    in
    # what is in the table of a workspace alone has a package there, or in a member, that uses it
    (if root ? package then [ "" ] else [ ])
    ++ builtins.concatMap (expand manifests) (root.workspace.members or [ ])
    ++ named "" (root.workspace or { } // { patch = root.patch or { }; });

  # the folders that the tables of one manifest name, relative to the top
  named =
    folder: tables:
    let
      kinds = [ "dependencies" "dev-dependencies" "build-dependencies" ];
      of = tables: builtins.concatMap (kind: builtins.attrValues (tables.${kind} or { })) kinds;
      all =
        of tables
        ++ builtins.concatMap of (builtins.attrValues (tables.target or { }))
        ++ builtins.concatMap builtins.attrValues (builtins.attrValues (tables.patch or { }));
    in
    map (dependency: folderOf "${folder}${dependency.path}") (
      builtins.filter (dependency: dependency ? path) (builtins.filter builtins.isAttrs all)
    );

  reached =
    manifests:
    map (found: found.key) (
      builtins.genericClosure {
        startSet = map (key: { inherit key; }) (listed manifests);
        operator =
          { key }:
          if isOutside key || !exists manifests key then
            [ ]
          else
            map (key: { inherit key; }) (named key (manifest manifests key));
      }
    );
in
args.checked {
  problems =
    manifests:
    args.stages [
      (map
        (member: ''
          ${toString manifests}/Cargo.toml: workspace member `${member}` is a pattern of a form that is not read here.
              Name the members, or use `folder/*`.'')
        (
          builtins.filter (member: isPattern member && parentOf member == null) (
            (manifest manifests "").workspace.members or [ ]
          )
        )
      )
      (map (folder: ''
        ${toString manifests}/Cargo.toml: the workspace needs the package in `${folder}`, which is not below it.
            Only what is in the source can be released: move the package, or publish it as a crate.'') (
        builtins.filter isOutside (reached manifests)
      ))
    ];

  value = manifests: builtins.filter (folder: folder == "" || exists manifests folder) (reached manifests);
}
