/**
  zig, from its Python wheel: C compiler and linker for every target.
*/
{ inputs, run }:
run "zig" { } ''
  mkdir $out
  cd $out
  unzip -q ${inputs.ziglang} 'ziglang/zig' 'ziglang/lib/*'
  mv ziglang/* .
  rmdir ziglang
  rm -rf lib/docs
  chmod +x zig
''
