/**
  The source archive is the source, file for file, with a stamp of revision and date; that the release made of it
  is the same derivation needs an evaluation of its own, so .ci/ looks at that.
*/
{
  packages,
  readSource,
  run,
  self,
}:
let
  source = readSource self;
  inherit (packages.relhelper-release) archive;
  file = archive.relhelper.archive;
  stem = builtins.head (builtins.match "(.*)\\.tar\\.gz" file);
in
run "source-archive"
  {
    stamp = builtins.toJSON {
      formatVersion = 1;
      inherit (source) revision sourceDate;
    };
    passAsFile = [ "stamp" ];
  }
  ''
    tar -xzf ${archive}/${file}
    [ "$(ls)" = ${stem} ] || { echo "error: the archive has another top than ${stem}/: $(ls)" >&2; exit 1; }
    cd ${stem}
    cmp $stampPath source-stamp.json
    rm source-stamp.json

    programs() { (cd $1 && find . -type f -perm -100 | sort); }
    same() { diff -r ${source.path} . && [ "$(programs ${source.path})" = "$(programs .)" ]; }
    same
    [ -n "$(programs .)" ] || { echo "error: bootstrap is not executable in either" >&2; exit 1; }

    # each difference is seen
    chmod a-x bootstrap
    ! same || { echo "error: a lost executable bit is not seen" >&2; exit 1; }
    chmod a+x bootstrap
    touch more
    ! same || { echo "error: one file more is not seen" >&2; exit 1; }
    rm more
    echo >> README.md
    ! same || { echo "error: a changed file is not seen" >&2; exit 1; }
    echo ok > $out
  ''
