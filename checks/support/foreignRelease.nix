/**
  The release of a product that is mostly foreign code; see ../fixtures/foreign-code/README.md.
*/
{ mkRelease }:
mkRelease { src = ../fixtures/foreign-code; }
