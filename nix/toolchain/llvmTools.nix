/**
  llvm-nm, llvm-objdump and llvm-readobj: judges of our programs that nobody here wrote.
*/
{
  debianTools,
  facts,
  inputs,
}:
debianTools {
  name = "llvm-tools";
  packages = [ inputs.${facts.llvmToolsInput} ];
  programs = map (tool: "usr/lib/llvm-*/bin/llvm-${tool}") [
    "nm"
    "objdump"
    "readobj"
  ];
}
