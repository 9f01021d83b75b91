/**
  The folders of a workspace that hold a package, each with a slash at its end; "" is the top.

  # Type
  members :: Path -> [String]
*/
{ args }:
let
  workspace = manifests: builtins.fromTOML (builtins.readFile (manifests + "/Cargo.toml"));
  isPattern = member: builtins.match ".*[*?[].*" member != null;

  # `crates/*` is the only form of glob that workspaces use in practice; cargo allows more
  parentOf = member: builtins.match "([^*?[]*)/\\*" member;

  expand =
    manifests: member:
    let
      parent = builtins.head (parentOf member);
      folder = manifests + "/${parent}";
      names = if builtins.pathExists folder then builtins.attrNames (builtins.readDir folder) else [ ];
    in
    if isPattern member then
      builtins.filter (found: builtins.pathExists (manifests + "/${found}/Cargo.toml")) (
        map (name: "${parent}/${name}") names
      )
    else
      [ member ];
in
args.checked {
  problems =
    manifests:
    map
      (member: ''
        ${toString manifests}/Cargo.toml: workspace member `${member}` is a pattern of a form that is not read here.
            Name the members, or use `folder/*`.'')
      (
        builtins.filter (member: isPattern member && parentOf member == null) (
          (workspace manifests).workspace.members or [ ]
        )
      );

  value =
    manifests:
    let
      root = workspace manifests;
    in
    (if root ? package then [ "" ] else [ ])
    ++ map (member: "${member}/") (builtins.concatMap (expand manifests) (root.workspace.members or [ ]));
}
