/**
  Every function of the stand-in libraries, called: it stops the program with a line that names library and function, or
  answers what ../nix/stand-ins/answers.txt says.
*/
{
  hostCc,
  run,
  standIns,
}:
run "stand-ins"
  {
    answers = ../nix/stand-ins/answers.txt;
    page = ../docs/explanation/toolchain.md;
    source = ./fixtures/stand-ins/call.c;
    symbols = ../nix/stand-ins/symbols.txt;
  }
  ''
    export ZIG_GLOBAL_CACHE_DIR=$TMPDIR/zig ZIG_LOCAL_CACHE_DIR=$TMPDIR/zig
    fail() { echo "error: $*" >&2; cat output errors >&2; exit 1; }
    ulimit -c 0

    ${hostCc}/bin/cc -c -o call.o $source
    ${hostCc}/bin/cc -o call call.o

    # call ARGUMENT…: what it writes is in `output` and `errors`, how it ends in $status; `shell` has the word `Aborted`
    call() {
      status=0
      ((exec ./call "$@" > output 2> errors); exit $?) 2> shell || status=$?
    }
    # traps FOLDER LIBRARY VERSION SYMBOL: ends by SIGABRT, with this line alone
    traps() {
      call $1/$2 $3 $4
      echo "stand-in for $2: \`$4\` was called, which an offline build never does" > line
      [ $status = 134 ] && [ ! -s output ] && cmp -s line errors
    }
    # gives ANSWER FOLDER LIBRARY VERSION SYMBOL
    gives() {
      if [ $1 = version_info ]; then
        call $2/$3 $4 $5 text
        echo 8.0.0 > line
      else
        call $2/$3 $4 $5
        echo $1 > line
      fi
      [ $status = 0 ] && [ ! -s errors ] && cmp -s line output
    }

    while read -r library version symbol; do
      answer=$(awk -v symbol=$symbol '$1 == symbol { print $2 }' $answers)
      if [ "$answer" ]; then
        gives $answer ${standIns}/lib $library $version $symbol ||
          fail "$symbol of $library should answer $answer; the status is $status and it says:"
        echo $symbol >> answered
      else
        traps ${standIns}/lib $library $version $symbol ||
          fail "$symbol of $library should end with 134 and name itself; the status is $status and it says:"
        echo $symbol >> trapped
      fi
    done < $symbols
    grep -v '^#' $answers | cut -d ' ' -f 1 | sort > expected
    sort answered | diff expected - || fail "not every function of answers.txt is in a library"

    # the page quotes such a line
    traps ${standIns}/lib libcurl.so.4 CURL_OPENSSL_4 curl_multi_perform
    grep -qxF "    $(cat line)" $page || fail "docs/explanation/toolchain.md quotes another line than:"

    # each must be seen
    ! gives 0 ${standIns}/lib libcurl.so.4 CURL_OPENSSL_4 curl_easy_init || fail "a wrong answer is not seen"
    ! gives 0 ${standIns}/lib libcurl.so.4 CURL_OPENSSL_4 curl_multi_perform || fail "a call that stops is taken for an answer"
    ! traps ${standIns}/lib libcurl.so.4 CURL_OPENSSL_4 curl_easy_init || fail "an answer is taken for a call that stops"
    ! traps ${standIns}/lib libcurl.so.4 CURL_OPENSSL_4 curl_absent || fail "an absent function is taken for one that stops"
    ! traps ${standIns}/lib libcurl.so.4 CURL_OPENSSL_3 curl_multi_perform || fail "another version of a function is not seen"
    # defective TEXT BODY: a library whose function writes TEXT and ends otherwise
    defective() {
      {
        echo '#include <stdlib.h>'
        echo '#include <unistd.h>'
        echo "static const char text[] = \"$1\";"
        echo "int curl_multi_perform(void) { write(2, text, sizeof text - 1); $2 }"
      } > libcurl.c
      rm -rf defective
      mkdir defective
      ${hostCc}/bin/cc -fPIC -c -o libcurl.o libcurl.c
      ${hostCc}/bin/cc -shared -o defective/libcurl.so.4 libcurl.o
    }
    right='stand-in for libcurl.so.4: `curl_multi_perform` was called, which an offline build never does\n'
    defective "$right" 'abort();'
    traps defective libcurl.so.4 - curl_multi_perform || fail "the same, by another compiler, is refused"
    defective "$right" 'return 0;'
    ! traps defective libcurl.so.4 - curl_multi_perform || fail "a function that names itself and goes on passes"
    defective "" 'abort();'
    ! traps defective libcurl.so.4 - curl_multi_perform || fail "a function that stops in silence passes"
    defective "$(echo "$right" | sed s/perform/wait/)" 'abort();'
    ! traps defective libcurl.so.4 - curl_multi_perform || fail "a function that names another one passes"
    echo "$(wc -l < trapped) stop, $(wc -l < answered) answer" | tee $out
  ''
