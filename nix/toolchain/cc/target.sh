#!@tools@/bin/sh
# zig cc as C compiler and linker for @triple@: translates what rustc and the cc crate say into what zig takes.
#
# RELHELPER_SKIP_LINK=1 makes an empty file of a Rust program instead of linking it: the dependency layer needs
# none. What a build script's `configure` links is linked all the same, since it draws conclusions from it.

case " $* " in
  *" @"*)
    # A response file, which rustc writes when the command line is too long: one escaped argument a line.
    count=$#
    while [ $count -gt 0 ]; do
      argument=$1
      shift
      count=$((count - 1))
      case $argument in
        @*)
          while IFS= read line || [ -n "$line" ]; do
            set -- "$@" "$line"
          done < "${argument#@}"
          ;;
        *) set -- "$@" "$argument" ;;
      esac
    done
    ;;
esac

link=yes
output=a.out
libraries=" "
skip=
count=$#
while [ $count -gt 0 ]; do
  argument=$1
  shift
  count=$((count - 1))

  case $skip in
    yes) skip=; continue ;;
    output) skip=; output=$argument; set -- "$@" "$argument"; continue ;;
  esac

  # spoken by every target
  case $argument in
    -c | -E | -S | --version | -v | -dumpmachine) link= ;;
    -o) skip=output ;;
    -isysroot) skip=yes; continue ;;
    --target=* | --unwindlib=none | -nolibc | -lgcc | -lmsvcrt) continue ;;
    -Wl,-O1 | -Wl,--disable-auto-image-base | -Wl,--dynamicbase | -Wl,--no-undefined-version) continue ;;
    -Wl,-znostart-stop-gc | -Wl,--fix-cortex-a53-843419 | -Wl,--no-rosegment | -Wl,-dylib) continue ;;
    -lgcc_s | -lgcc_eh | -lunwind | -l:libunwind.a) continue ;;
  esac

  # the C runtime is named below, so that zig does not make another one
  case $argument in
    -pthread | -lc | -lm | -ldl | -lpthread | -lrt | -lutil | -lSystem | -lmingwex | -lmingw32) continue ;;
  esac

  case @os@ in
    linux)
      case $argument in
        */self-contained/*crt*.o) continue ;;
      esac
      ;;
    windows)
      case $argument in
        -Wl,-Bdynamic) argument=-Wl,-search_paths_first ;;
        -lsynchronization) argument=-lapi-ms-win-core-synch-l1-2-0 ;;
        -Wl,*/list.def | */libcompiler_builtins-*.rlib) continue ;;
      esac
      ;;
    macos)
      # zig's Mach-O linker refuses a library named twice
      case $argument in
        -framework)
          echo "error: a crate asks for Apple's framework $1, and there is no SDK of Apple here" >&2
          echo "    Leave out the feature that needs it: docs/how-to/package-a-product.md, Rules for the source." >&2
          exit 1
          ;;
        -l*)
          case $libraries in *" $argument "*) continue ;; esac
          libraries="$libraries$argument "
          ;;
      esac
      ;;
  esac
  set -- "$@" "$argument"
done

# CodeView, the default on Windows, would name the object file, and zig draws that name at random
set -- -target @zigTarget@ @zigCpu@ -g -gdwarf32 -fno-sanitize=all "-ffile-prefix-map=${NIX_BUILD_TOP:-/build}=/source" "$@"
[ -n "$link" ] || exec @zig@/zig cc "$@"

case ${RELHELPER_SKIP_LINK:-}$* in
  1*.rcgu.o*)
    : > "$output"
    exit 0
    ;;
esac
case @os@ in
  macos) set -- "$@" -L@sdk@/lib -lSystem ;;
  windows) set -- "$@" -Wl,-e,mainCRTStartup ;;
esac
# `-nostdlib` takes the headers away as well, but sources may stand on a command line that links
exec @zig@/zig cc -nostdlib $(cat @runtime@/headers) "$@" $(cat @runtime@/files)
