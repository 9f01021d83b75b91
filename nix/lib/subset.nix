/**
  Some files and folders of a tree, so that a change of the others rebuilds nothing.

  # Type
  subset :: { name :: String, root :: Path, paths :: [String] } -> StorePath

  # Inputs
  `paths`
  : Relative to `root`; of a folder, everything in it. One that does not exist is an error.
*/
{ args }:
let
  start = string: prefix: builtins.substring 0 (builtins.stringLength prefix) string == prefix;
in
args.checked {
  problems =
    { root, paths, ... }:
    builtins.concatMap (
      path:
      let
        isPlain = builtins.match "(.*/)?(\\.{0,2})(/.*)?" path == null;
      in
      if isPlain && builtins.pathExists (toString root + "/${path}") then
        [ ]
      else
        args.problem {
          function = "release.toml";
          argument = "program.sources[]";
          found = ''"${path}"'';
          expected =
            if isPlain then
              "a file or folder of the source"
            else
              "the plain name of a file or folder: no `/` at either end, no `.` and no `..`";
          hint =
            if isPlain then
              "Name it from the top of the source, or take it out."
            else
              "To take the whole source, leave `sources` out.";
        }
    ) paths;

  value =
    {
      name,
      root,
      paths,
    }:
    let
      top = builtins.stringLength (toString root) + 1;
    in
    builtins.path {
      inherit name;
      path = root;
      filter =
        path: _:
        let
          relative = builtins.substring top (-1) path;
        in
        builtins.any (
          want: relative == want || start relative "${want}/" || start want "${relative}/"
        ) paths;
    };
}
