//! `flake.lock` of a stranger's flake: which trees it needs, and whether Nix may be asked for them.
//!
//! Nix copies what an input names into the store, which everybody may read, before it holds it against the digest. So an
//! input has to be somewhere on the network, over TLS, and pinned; never a folder, a file or a repository of this machine.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod input;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::nix::StorePath;

pub use input::Input;

/// Most bytes of a flake.lock: what is read of it goes to Nix as an argument.
pub const MAX_BYTES: u64 = 64 * 1024;
/// The only version that Nix wrote since its release 2.4.
const VERSION: u64 = 7;
/// Names that lead to names: how far one may lead, and how many are looked up in all.
const MAX_DEPTH: usize = 100;
const MAX_LOOKUPS: usize = 100_000;

/// Something in a flake.lock that is not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum LockProblem {
    #[error("it is not what Nix writes: {found}")]
    Format { found: String },
    #[error("it has the version {found}, expected {VERSION}")]
    Version { found: u64 },
    #[error("the input `{}` is of the type {}, expected one of {}", .input.escape_debug(), .found.escape_debug(), input::types())]
    Type { input: String, found: String },
    #[error("the input `{}` is at {}, expected an address that begins with https://", .input.escape_debug(), .found.escape_debug())]
    Address { input: String, found: String },
    #[error("the input `{}` has no `{attribute}` that pins it", .input.escape_debug())]
    Pin { input: String, attribute: &'static str },
    #[error("the input `{}` has `{}`: {}, which is not known here", .input.escape_debug(), .attribute.escape_debug(), .found.escape_debug())]
    Attribute { input: String, attribute: String, found: String },
    #[error("the input `{}` of `{}` leads to nothing", .input.escape_debug(), .node.escape_debug())]
    Dangling { node: String, input: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    nodes: BTreeMap<String, Node>,
    root: String,
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    #[serde(default = "yes")]
    flake: bool,
    #[serde(default)]
    inputs: BTreeMap<String, Edge>,
    locked: Option<Map<String, Value>>,
    #[serde(rename = "original")]
    _original: Option<IgnoredAny>,
}

/// A node, or the names of inputs that lead to it from the root.
#[derive(Deserialize)]
#[serde(untagged)]
enum Edge {
    Node(String),
    Follows(Vec<String>),
}

/// A flake.lock that may be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lock {
    /// All but the flake's own tree.
    pub inputs: Vec<Input>,
    root: String,
    nodes: Map<String, Value>,
}

impl Lock {
    /// That of a flake that has no flake.lock, and so may have no inputs.
    #[must_use]
    pub fn empty() -> Self {
        let nodes = json!({ "root": { "flake": true, "inputs": {} } });
        let nodes = nodes.as_object().cloned().unwrap_or_default();
        Self { inputs: Vec::new(), root: "root".to_owned(), nodes }
    }

    /// Reads the text.
    ///
    /// # Errors
    ///
    /// All that is not accepted.
    pub fn parse(text: &str) -> Result<Self, Vec<LockProblem>> {
        let format = |error: serde_json::Error| LockProblem::Format { found: error.to_string() };
        let raw: Raw = serde_json::from_str(text).map_err(|error| vec![format(error)])?;
        if raw.version != VERSION {
            return Err(vec![LockProblem::Version { found: raw.version }]);
        }
        let mut problems = Vec::new();
        let mut lookups = MAX_LOOKUPS;
        let mut lock = Self { inputs: Vec::new(), root: raw.root.clone(), nodes: Map::new() };
        if !raw.nodes.contains_key(&raw.root) {
            let input = raw.root.clone();
            problems.push(LockProblem::Dangling { node: "flake.lock".to_owned(), input });
        }
        for (name, node) in &raw.nodes {
            let edges = edges(&raw, name, node, &mut lookups, &mut problems);
            let mut told = json!({ "flake": node.flake, "inputs": edges });
            if *name != raw.root {
                match input::read(name, node.locked.as_ref(), &mut problems) {
                    Some((found, source_info, dir)) => {
                        told["path"] = json!(found.path);
                        told["sourceInfo"] = source_info;
                        told["dir"] = dir;
                        lock.inputs.push(found);
                    }
                    None => continue,
                }
            }
            lock.nodes.insert(name.clone(), told);
        }
        if problems.is_empty() { Ok(lock) } else { Err(problems) }
    }

    /// What `evaluate.nix` takes, for the flake in `folder` of a tree of which Nix says `source_info`.
    #[must_use]
    pub fn description(&self, path: &StorePath, folder: &str, source_info: &Value) -> Value {
        let mut nodes = self.nodes.clone();
        let root = &mut nodes[&self.root];
        root["flake"] = json!(true);
        root["path"] = json!(path);
        root["dir"] = json!(folder);
        root["sourceInfo"] = source_info.clone();
        json!({ "root": self.root, "nodes": nodes })
    }
}

fn yes() -> bool {
    true
}

/// The inputs of a node, each with the node that it is.
fn edges(
    raw: &Raw,
    name: &str,
    node: &Node,
    lookups: &mut usize,
    problems: &mut Vec<LockProblem>,
) -> Value {
    let mut found = Map::new();
    for (input, edge) in &node.inputs {
        match resolve(raw, edge, MAX_DEPTH, lookups) {
            Some(target) => drop(found.insert(input.clone(), json!(target))),
            None => {
                problems
                    .push(LockProblem::Dangling { node: name.to_owned(), input: input.clone() });
            }
        }
    }
    Value::Object(found)
}

fn resolve<'a>(raw: &'a Raw, edge: &'a Edge, depth: usize, lookups: &mut usize) -> Option<&'a str> {
    let depth = depth.checked_sub(1)?;
    *lookups = lookups.checked_sub(1)?;
    let found = match edge {
        Edge::Node(name) => name.as_str(),
        Edge::Follows(names) => names.iter().try_fold(raw.root.as_str(), |node, name| {
            resolve(raw, raw.nodes.get(node)?.inputs.get(name)?, depth, lookups)
        })?,
    };
    raw.nodes.contains_key(found).then_some(found)
}
