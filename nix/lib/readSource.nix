/**
  What a release is made from: the files, their revision, and their date.

  A checkout knows its revision from git; an unpacked source archive from the stamp that was put into it.
  Both give the same store path for the files. Where git knows, a stamp says nothing: it may be of an older state.

  # Type
  readSource :: Path | Flake -> { path :: Path, revision :: String | null, sourceDate :: Int }
*/
{ }:
src:
let
  root = src.outPath or src;
  stampFile = toString root + "/source-stamp.json";
  stamp = builtins.fromJSON (builtins.readFile stampFile);
  # Nix says this of a tree from git alone, also where uncommitted changes leave it without a revision
  isFromGit = src ? rev || src ? submodules;

  # 1980-01-01, the earliest time every archive format can express
  earliest = 315532800;
  top = builtins.stringLength (toString root) + 1;
in
(
  if builtins.pathExists stampFile && !isFromGit then
    {
      inherit (stamp) revision sourceDate;
    }
  else
    {
      revision = src.rev or null;
      sourceDate = if (src.lastModified or 0) > earliest then src.lastModified else earliest;
    }
)
// {
  path = builtins.path {
    name = "source";
    path = root;
    filter =
      path: type:
      let
        relative = builtins.substring top (-1) path;
      in
      !(
        builtins.elem relative [
          ".git"
          "source-stamp.json"
          "target"
        ]
        || type == "symlink" && builtins.match "result(-[^/]*)?" relative != null
      );
  };
}
