/**
  A derivation whose builder is relhelper itself; it reads its part of the structured attributes.

  # Type
  relhelperRun :: { name :: String, command :: [String], attributes :: Attrs, paths :: [String] } -> Derivation

  # Inputs
  `paths`
  : Store paths whose NAR hashes relhelper gets to know.
*/
{ relhelper, system }:
{
  name,
  command,
  attributes,
  paths ? [ ],
}:
derivation (
  {
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
  // (if paths == [ ] then { } else { exportReferencesGraph = { inherit paths; }; })
)
