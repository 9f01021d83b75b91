/**
  Every archive of every release packed again: by another number of threads, from a tree whose files were made in
  another order, at other times, with other modes.
*/
{
  relhelper,
  releases,
  run,
}:
let
  again =
    packed:
    let
      inherit (packed.relhelper) archive sourceDate tree;
    in
    ''
      echo ${archive}
      copy ${tree} tree
      for threads in 1 3 8; do
        ${relhelper}/bin/relhelper bundle --source-date ${toString sourceDate} --threads $threads tree $threads-${archive}
        cmp ${packed}/${archive} $threads-${archive}
      done

      # what is not the same in the tree is not the same in the archive
      last=$(find tree -type f | sort | tail -n1)
      chmod u+w $last
      echo >> $last
      differs ${toString sourceDate} ${packed}/${archive}
      copy ${tree} tree
      differs ${toString (sourceDate + 2)} ${packed}/${archive}
      rm -f *-${archive}
    '';
  archives =
    release:
    map (triple: release.parts.${triple}.bundle) (builtins.attrNames release.parts) ++ [ release.archive ];
in
run "reproducible-bundles" { } ''
  # copy FROM TO: last names first, deepest folders first
  copy() {
    rm -rf $2
    umask 077
    (cd $1 && find . -type d | sort -r) | while read -r folder; do mkdir -p "$2/$folder"; done
    (cd $1 && find . -type f | sort -r) | while read -r file; do cp "$1/$file" "$2/$file"; done
    umask 022
    time=1000000000
    find $2 -type f | while read -r file; do
      time=$((time + 86413))
      touch -d @$time "$file"
    done
  }
  # differs SOURCE_DATE ARCHIVE: the tree now gives other bytes
  differs() {
    changed=changed-$(basename $2)
    ${relhelper}/bin/relhelper bundle --source-date $1 tree $changed
    if cmp -s $2 $changed; then
      echo "error: $2 has the same bytes after a change" >&2
      exit 1
    fi
    rm $changed
  }
  ${builtins.concatStringsSep "" (map again (builtins.concatMap archives releases))}
  echo ok > $out
''
