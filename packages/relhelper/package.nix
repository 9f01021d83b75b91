/**
  The release of relhelper itself.
*/
{ mkRelease, self }:
mkRelease { src = self; }
