# Copy beside pyproject.toml, or: nix build ./packaging/nix. Natives are built static, with musl's compiler.
{
  description = "Sees, guards and helps with every command that people and AI agents run in a shell";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = build: nixpkgs.lib.genAttrs systems (system: build nixpkgs.legacyPackages.${system});
      source = if builtins.pathExists ./pyproject.toml then ./. else ../..;
      project = (builtins.fromTOML (builtins.readFile (source + "/pyproject.toml"))).project;
    in {
      packages = each (pkgs: {
        default = pkgs.python3Packages.buildPythonApplication {
          pname = "caro";
          version = project.version;
          pyproject = true;
          src = source;
          build-system = [ pkgs.python3Packages.hatchling ];
          dependencies = with pkgs.python3Packages; [
            msgspec
            rapidfuzz
            shtab
            tomlkit
            tree-sitter
            tree-sitter-grammars.tree-sitter-bash
          ];
          env = pkgs.lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux {
            CARO_CC = "${pkgs.pkgsMusl.stdenv.cc}/bin/cc";
          };
          doCheck = false; # the tests need shells, terminals and a HOME
          meta.license = pkgs.lib.licenses.mit;
          meta.mainProgram = "caro";
        };
      });
    };
}
