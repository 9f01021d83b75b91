/**
  Checks of arguments, and the shape of what they say: function, argument, value, what it should be, what to do.
  The texts are tested by ../../checks/lib-args.nix.
*/
{ }:
let
  show =
    value:
    if builtins.isString value then
      ''"${value}"''
    else if builtins.isInt value || builtins.isFloat value || builtins.isBool value || value == null then
      builtins.toJSON value
    else
      "a ${builtins.typeOf value}";

  list = values: builtins.concatStringsSep ", " (map show values);
in
rec {
  /**
    Throws the one form of message.

    # Type
    fail :: { function, argument, found, expected, hint } -> never
  */
  fail =
    {
      function,
      argument,
      found,
      expected,
      hint,
    }:
    throw "${function}: `${argument}` is ${found}, but it should be ${expected}.\n    ${hint}";

  /**
    Gives `value` back if it has the type.

    # Type
    typed :: String -> String -> String -> String -> a -> a
  */
  typed =
    type: function: argument: hint: value:
    if builtins.typeOf value == type then
      value
    else
      fail {
        inherit function argument hint;
        found = show value;
        expected = "a ${type}";
      };

  /**
    Gives `value` back if it is among `names`.
  */
  oneOf =
    names: function: argument: hint: value:
    if builtins.elem value names then
      value
    else
      fail {
        inherit function argument hint;
        found = show value;
        expected = "one of ${list names}";
      };

  /**
    Gives `value` back if it is a string that the whole of `regex` matches.
  */
  matching =
    regex: expected: function: argument: hint: value:
    if builtins.isString value && builtins.match regex value != null then
      value
    else
      fail {
        inherit
          function
          argument
          expected
          hint
          ;
        found = show value;
      };

  /**
    Gives `attrs` back if it has none but the named attributes.
  */
  onlyAttrs =
    names: function: argument: attrs:
    let
      unknown = builtins.filter (name: !builtins.elem name names) (builtins.attrNames attrs);
    in
    if unknown == [ ] then
      attrs
    else
      throw "${function}: `${argument}` has `${builtins.head unknown}`, which nothing reads.\n    Known are ${list names}.";
}
