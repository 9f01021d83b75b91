/**
  A check of what evaluation gives: fails, and shows each value that is not the expected one.

  # Type
  expectations :: String -> [ { what :: String, found :: a, expected :: a } ] -> Derivation
*/
{ run }:
name: cases:
let
  show = value: if builtins.isString value then value else builtins.toJSON value;
  row = case: ''
    ${case.what}
      expected: ${show case.expected}
      found:    ${show case.found}
  '';
  wrong = builtins.filter (case: case.found != case.expected) cases;
in
assert cases != [ ];
run name
  {
    report = builtins.unsafeDiscardStringContext (builtins.concatStringsSep "" (map row wrong));
    passAsFile = [ "report" ];
    count = builtins.length cases;
  }
  ''
    if [ -s $reportPath ]; then
      cat $reportPath >&2
      exit 1
    fi
    echo "$count as expected" > $out
  ''
