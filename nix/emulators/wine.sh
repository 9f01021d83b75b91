#!@busybox@ sh
# wine PROGRAM.EXE [ARGUMENT...]: runs an x86_64 Windows console program.
# The exit status is the program's, modulo 256.
#
# WINEPREFIX  Windows folder, made when absent; $TMPDIR/wine-prefix by default.
#             C: is its drive_c and holds TEMP and the home folder; Z: is /.
# WINEDEBUG   which of Wine's own messages to show; by default those about missing DLLs.
set -eu
if [ ! -f "${1:-}" ]; then
  echo "wine: no such program: '${1:-}'; usage: wine PROGRAM.EXE [ARGUMENT...]" >&2
  exit 127
fi
export WINEPREFIX="${WINEPREFIX:-${TMPDIR:-/tmp}/wine-prefix}"
export WINEDEBUG="${WINEDEBUG:--all,err+module}"
# File names are UTF-8. USER is the last part of the home folder's name.
export LC_ALL=C.UTF-8 LOCPATH=@out@/lib/locale USER=user
# Debian's Wine frees the value of TMPDIR when it is set, and aborts.
unset TMPDIR

if [ ! -e "$WINEPREFIX" ]; then
  new=$WINEPREFIX.$$
  @busybox@ mkdir -p "$new/dosdevices" "$new/drive_c/windows/temp" "$new/drive_c/users/$USER"
  @busybox@ ln -s ../drive_c "$new/dosdevices/c:"
  @busybox@ ln -s / "$new/dosdevices/z:"
  @busybox@ ln -s @out@/lib/x86_64-linux-gnu/wine/x86_64-windows "$new/drive_c/windows/system32"
  @busybox@ install -m 644 @out@/share/wine/system.reg "$new/system.reg"
  # The file that names the folder of the server's socket. Debian's Wine makes both when they are absent,
  # but two programs at once trip over each other; it takes a file of exactly this mode.
  socket=$(@busybox@ mktemp -d /tmp/wine-XXXXXX)
  printf %s "${socket#/tmp/}" > "$new/wineserver"
  @busybox@ chmod 400 "$new/wineserver"
  # Of several programs started at once, one gets here first.
  if ! @busybox@ mv -T "$new" "$WINEPREFIX" 2>/dev/null; then
    @busybox@ rm -rf "$new" "$socket"
    [ -e "$WINEPREFIX" ] || { echo "wine: cannot make the Windows folder $WINEPREFIX" >&2; exit 1; }
  fi
fi

# On a terminal Wine opens a console of its own, which is not part of this Wine: what the
# program wrote would be lost. So it never sees one, not even the log of a Nix build.
[ ! -t 0 ] || exec < /dev/null
if [ ! -t 1 ] && [ ! -t 2 ]; then
  exec @out@/lib/wine/wine64 "$@"
fi
set -o pipefail
{ @out@/lib/wine/wine64 "$@" 2>&1 >&3 3>&- | @busybox@ cat >&2; } 3>&1 | @busybox@ cat
