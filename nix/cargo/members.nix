/**
  The folders of a workspace that hold a package, each with a slash at its end; "" is the top.

  # Type
  members :: Path -> [String]
*/
{ }:
manifests:
let
  root = builtins.fromTOML (builtins.readFile (manifests + "/Cargo.toml"));

  # `crates/*` is the only form of glob that workspaces use in practice; cargo allows more
  expand =
    member:
    let
      parent = builtins.head (builtins.match "(.*)/\\*" member);
      folder = manifests + "/${parent}";
      names = if builtins.pathExists folder then builtins.attrNames (builtins.readDir folder) else [ ];
    in
    if builtins.match ".*/\\*" member != null && builtins.match ".*[*?[].*" parent == null then
      builtins.filter (found: builtins.pathExists (manifests + "/${found}/Cargo.toml")) (
        map (name: "${parent}/${name}") names
      )
    else if builtins.match ".*[*?[].*" member != null then
      throw ''
        ${toString manifests}/Cargo.toml: workspace member `${member}` is a pattern of a form that is not read here.
            Name the members, or use `folder/*`.''
    else
      [ member ];
in
(if root ? package then [ "" ] else [ ])
++ map (member: "${member}/") (builtins.concatMap expand (root.workspace.members or [ ]))
