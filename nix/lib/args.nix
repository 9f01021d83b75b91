/**
  Checks of arguments, and the shape of what they say: function, argument, value, what it should be, what to do.

  A check gives a list of texts, empty when there is nothing to say. Only `checked` throws, so that a test can hold every
  text beside the call that causes it: ../../checks/lib-args.nix.
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
    A function that looks at its argument before it does anything: throws what `problems` gives, if anything.

    # Type
    checked :: { problems :: a -> [String], value :: a -> b } -> (a -> b)

    `problems` of the result is the function of that name.
  */
  checked =
    { problems, value }:
    {
      inherit problems;
      __functor =
        _: input:
        let
          found = problems input;
        in
        if found == [ ] then value input else throw (builtins.concatStringsSep "\n" found);
    };

  /**
    The one form of text.

    # Type
    problem :: { function, argument, found, expected, hint } -> [String]
  */
  problem =
    {
      function,
      argument,
      found,
      expected,
      hint,
    }:
    [ "${function}: `${argument}` is ${found}, but it should be ${expected}.\n    ${hint}" ];

  /**
    The problems of the first stage that has any: what a later one looks at, an earlier one has found to be there.

    # Type
    stages :: [[String]] -> [String]
  */
  stages = builtins.foldl' (found: next: if found == [ ] then next else found) [ ];

  /**
    Is the value of this type?

    # Type
    typed :: String -> String -> String -> String -> a -> [String]
  */
  typed =
    type: function: argument: hint: value:
    if builtins.typeOf value == type then
      [ ]
    else
      problem {
        inherit function argument hint;
        found = show value;
        expected = "a ${type}";
      };

  /**
    Is it a list, and has each element what `check` asks for? `check` takes argument and element.
  */
  each =
    check: function: argument: hint: value:
    let
      notList = typed "list" function argument hint value;
    in
    if notList != [ ] then notList else builtins.concatMap (check "${argument}[]") value;

  /**
    Is the value among `values`?
  */
  oneOf =
    values: function: argument: hint: value:
    if builtins.elem value values then
      [ ]
    else
      problem {
        inherit function argument hint;
        found = show value;
        expected = "one of ${list values}";
      };

  /**
    Is it a string that the whole of `regex` matches?
  */
  matching =
    regex: expected: function: argument: hint: value:
    if builtins.isString value && builtins.match regex value != null then
      [ ]
    else
      problem {
        inherit
          function
          argument
          expected
          hint
          ;
        found = show value;
      };

  /**
    Has it none but the named attributes?
  */
  onlyAttrs =
    names: function: argument: attrs:
    map
      (name: "${function}: `${argument}` has `${name}`, which nothing reads.\n    Known are ${list names}.")
      (builtins.filter (name: !builtins.elem name names) (builtins.attrNames attrs));
}
