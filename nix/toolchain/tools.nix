/**
  One link for each applet of busybox: the `PATH` of every shell build here.
*/
{ busybox, system }:
derivation {
  name = "busybox-tools";
  inherit system;
  builder = busybox;
  args = [
    "sh"
    "-euc"
    ''
      ${busybox} mkdir -p $out/bin
      ${busybox} cp ${busybox} $out/bin/busybox
      cd $out/bin
      for applet in $(./busybox --list); do
        [ $applet = busybox ] || ./busybox ln -s busybox $applet
      done
    ''
  ];
}
