//! Evaluating a stranger's flake.
//!
//! `nix eval FLAKE` fetches what its `inputs` name, and copies folders of this machine into the store for that, before
//! anything can be refused. So Nix is asked for less, one thing after the other: the tree, without looking into it; the
//! inputs of which flake.lock says that they are elsewhere; then to evaluate what is in the store, with no way to fetch.

use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::reference::quoted;
use super::{Nix, NixError, Reference, process};
use crate::io::files::{self, failed_to};
use crate::nix::lock::{self, Lock};
use crate::nix::{NarHash, StorePath};
use crate::rebuild::settings::EVALUATION;

const EVALUATE: &str = include_str!("evaluate.nix");

/// A tree in the machine's store, and what Nix says of it.
struct Tree {
    path: StorePath,
    info: Map<String, Value>,
}

impl Nix {
    /// The text to which `function`, applied to the packages of a flake for `system`, evaluates.
    ///
    /// Nothing of this machine but the flake gets into the store, and no address is asked but those of pinned inputs.
    pub fn evaluate(
        &self,
        flake: &Reference,
        system: &str,
        function: &str,
    ) -> Result<String, NixError> {
        let tree = self.fetch(flake)?;
        let lock = read_lock(&Path::new(&tree.path.to_string()).join(flake.inside()))?;
        self.fetch_inputs(&lock)?;
        let nodes = lock.description(&tree.path, flake.inside(), &Value::Object(tree.info));
        let text = process::output(self.evaluation(&nodes, system, function))?;
        Ok(process::utf8(text))
    }

    fn fetch(&self, flake: &Reference) -> Result<Tree, NixError> {
        let mut command = self.command("nix", true);
        let told = r#"removeAttrs tree [ "outPath" ] // { path = "${tree}"; }"#;
        command.args(["eval", "--impure", "--json", "--expr"]);
        command.arg(format!("let tree = builtins.fetchTree {}; in {told}", flake.tree()));
        let call = process::describe(&command);
        let text = process::output(command)?;
        Tree::parse(&text).ok_or_else(|| NixError::Output { call, found: process::utf8(text) })
    }

    /// Fetches the inputs that are not in the machine's store.
    fn fetch_inputs(&self, lock: &Lock) -> Result<(), NixError> {
        let machine = self.of_machine();
        let store = machine.as_ref().unwrap_or(self);
        let paths: Vec<_> = lock.inputs.iter().map(|input| input.path.clone()).collect();
        let there = store.observe(&paths)?.valid;
        for input in lock.inputs.iter().filter(|input| !there.contains(&input.path)) {
            let mut command = self.command("nix", true);
            let reference = quoted(&input.reference.to_string());
            command.args(["eval", "--raw", "--expr"]);
            command.arg(format!("(builtins.fetchTree (builtins.fromJSON {reference})).narHash"));
            process::output(command)?;
        }
        let there = store.observe(&paths)?.valid;
        match lock.inputs.iter().find(|input| !there.contains(&input.path)) {
            None => Ok(()),
            Some(input) => Err(NixError::Input { input: input.name.clone() }),
        }
    }

    fn evaluation(&self, nodes: &Value, system: &str, function: &str) -> Command {
        let mut command = self.command("nix", true);
        for (name, value) in EVALUATION {
            command.args(["--option", name, value]);
        }
        let nodes = quoted(&nodes.to_string());
        command.args(["eval", "--raw", "--apply", function, "--expr"]);
        command.arg(format!("(({EVALUATE}) (builtins.fromJSON {nodes})).packages.{system}"));
        command
    }
}

impl Tree {
    /// Nothing if it is not what Nix prints of a tree with this digest.
    fn parse(json: &[u8]) -> Option<Self> {
        let mut info: Map<String, Value> = serde_json::from_slice(json).ok()?;
        let path: StorePath = info.remove("path")?.as_str()?.parse().ok()?;
        let nar: NarHash = info.get("narHash")?.as_str()?.parse().ok()?;
        (path == StorePath::of_source("source", nar.bytes())).then_some(Self { path, info })
    }
}

/// The flake.lock of the flake in `folder`, which is a file there and no link to one elsewhere.
fn read_lock(folder: &Path) -> Result<Lock, NixError> {
    let place = folder.join("flake.lock");
    match place.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lock::empty()),
        Ok(_) => {
            let text = io::Error::new(io::ErrorKind::InvalidData, "it is not a plain file");
            return Err(failed_to("use", &place)(text).into());
        }
        Err(error) => return Err(failed_to("examine", &place)(error).into()),
    }
    let text = files::read_text(&place, lock::MAX_BYTES)?;
    Lock::parse(&text).map_err(|problems| NixError::Lock { problems })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    use crate::rebuild::settings::REQUIRED;
    use serde_json::json;

    const EMPTY: &str = "/nix/store/6drfz0l79akl53vns2rsjnzqp640l1xm-source";

    #[test]
    fn a_stranger_is_evaluated_without_flakes_and_without_the_network() {
        let nix = Nix::new(Path::new("/none/nix"), Path::new("/none"), None);
        let command = nix.evaluation(&json!({ "nodes": "${builtins.x}" }), "x86_64-linux", "x: x");
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap()).collect();
        let option = |name: &str| {
            let place = words.iter().rposition(|word| *word == name)?;
            (words[place - 1] == "--option").then(|| words[place + 1])
        };
        for (name, value) in REQUIRED.into_iter().chain(EVALUATION) {
            assert_eq!(option(name), Some(value), "{name}");
        }
        // What comes last counts: this takes `flakes` away again.
        let place = |word: &str| words.iter().rposition(|other| *other == word).unwrap();
        assert!(place("experimental-features") > place("--extra-experimental-features"));
        assert_eq!(option("experimental-features"), Some("nix-command"));
        assert_eq!(option("allow-import-from-derivation"), Some("false"));
        assert_eq!(option("restrict-eval"), Some("true"));
        assert!(!words.contains(&"--impure"));
        assert!(words.last().unwrap().ends_with(
            r#"(builtins.fromJSON "{\"nodes\":\"\${builtins.x}\"}")).packages.x86_64-linux"#
        ));
    }

    #[test]
    fn a_stranger_gets_no_function_that_fetches_or_runs() {
        let (_, names) = EVALUATE.split_once("(''").unwrap();
        let kept: Vec<_> = names.split_once("'')").unwrap().0.split_whitespace().collect();
        assert!(kept.len() > 100 && kept.is_sorted_by_key(|name| name.to_lowercase()));
        for name in kept {
            let harmful =
                ["fetch", "getFlake", "findFile", "exec", "import", "Import", "storePath"];
            assert!(!harmful.iter().any(|word| name.contains(word)) && name != "path", "{name}");
        }
    }

    #[test]
    fn a_flake_lock_is_a_file_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let read = || read_lock(folder.path()).map_err(|error| error.to_string());
        let place = folder.path().join("flake.lock");
        assert_eq!(read(), Ok(Lock::empty()));
        fs::write(&place, "{}").unwrap();
        assert!(read().unwrap_err().contains("missing field"));
        let other = folder.path().join("other");
        fs::rename(&place, &other).unwrap();
        symlink(&other, &place).unwrap();
        assert!(read().unwrap_err().starts_with("cannot use "));
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        assert!(read().unwrap_err().starts_with("cannot use "));
        // What is no folder has nothing in it, and that is no flake without inputs.
        assert!(read_lock(&other).unwrap_err().to_string().starts_with("cannot examine"));
    }

    #[test]
    fn believes_only_a_tree_whose_digest_is_its_path() {
        let hash = "sha256-Nuhi34C1WLsUTZmno4/ypr8uXc5J20p2eLorZ4pxbt8=";
        let parse = |path: &str, hash: &str| {
            let json = json!({ "path": path, "narHash": hash, "lastModified": 1 });
            Tree::parse(json.to_string().as_bytes())
        };
        let tree = parse(EMPTY, hash).unwrap();
        assert_eq!(Value::Object(tree.info), json!({ "narHash": hash, "lastModified": 1 }));
        let other = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(parse(EMPTY, other).is_none());
        assert!(parse("/etc/passwd", hash).is_none());
        assert!(Tree::parse(b"[]").is_none());
    }
}
