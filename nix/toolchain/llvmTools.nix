/**
  llvm-nm, which C code asks for when it configures itself, and llvm-readobj: with it a judge of our programs that
  nobody here wrote.
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
    "readobj"
  ];
}
