{
  description = "Reproducible releases of Rust command-line products, and the program that checks them";

  outputs =
    { self }:
    let
      system = "x86_64-linux";
      project = import ./nix { inherit self system; };
    in
    {
      # Not per system: it always builds on x86_64-linux, for every target.
      lib = { inherit (project) mkRelease targets; };

      packages.${system} = project.packages // {
        default = project.packages.relhelper;
        release = project.packages.relhelper-release;
      };

      checks.${system} = project.checks;
    };
}
