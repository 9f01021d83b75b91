#!@tools@/bin/sh
# zig cc for the build machine: build scripts and proc macros, run with the toolchain's own loader.

link=yes
shared=
count=$#
while [ $count -gt 0 ]; do
  argument=$1
  shift
  count=$((count - 1))
  case $argument in
    -c | -E | -S | --version | -v | -dumpmachine) link= ;;
    -shared) shared=yes ;;
    -pthread | -lc | -lm | -ldl | -lpthread | -lrt | -lutil) continue ;;
    --target=* | -Wl,-O1 | -Wl,--no-undefined-version | -Wl,-znostart-stop-gc) continue ;;
    -lgcc_s) continue ;;
  esac
  set -- "$@" "$argument"
done

set -- -target x86_64-linux-gnu.2.36 -g -fno-sanitize=all "$@"
[ -n "$link" ] || exec @zig@/zig cc "$@"

runtime=$(cat @runtime@/files)
if [ -n "$shared" ]; then
  # a library has no start-up object
  runtime=$(grep -v '/S*crt1\.o$' @runtime@/files)
else
  set -- "$@" -Wl,--dynamic-linker=@rust@/lib/ld-linux-x86-64.so.2 -Wl,-rpath,@rust@/lib
fi
# `-nostdlib` takes the headers away as well, but sources may stand on a command line that links
exec @zig@/zig cc -nostdlib $(cat @runtime@/headers) "$@" $runtime
