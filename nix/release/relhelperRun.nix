/**
  A derivation whose builder is relhelper itself; it reads its part of the structured attributes.

  # Type
  relhelperRun :: { name :: String, command :: [String], attributes :: Attrs } -> Derivation
*/
{ relhelper, system }:
{
  name,
  command,
  attributes,
}:
derivation {
  inherit name system;
  builder = "${relhelper}/bin/relhelper";
  args = command;
  outputs = [ "out" ];
  __structuredAttrs = true;
  relhelper = {
    formatVersion = 1;
  }
  // attributes;
}
