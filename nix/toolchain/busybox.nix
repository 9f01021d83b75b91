/**
  The first executable: a static busybox.

  A flat input cannot carry an executable bit, so it arrives as a tar that Nix itself unpacks
  (`builtin:unpack-channel`); nothing else has to run before it.
*/
{ inputs }:
"${
  derivation {
    name = "busybox";
    system = "builtin";
    builder = "builtin:unpack-channel";
    src = inputs.busybox;
    channelName = "busybox";
    preferLocalBuild = true;
  }
}/busybox/bin/busybox"
