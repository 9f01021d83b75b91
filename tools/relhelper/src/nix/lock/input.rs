//! One input: of a type that is fetched over the network, at an address with TLS, and pinned.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::{Map, Value, json};

use super::LockProblem;
use crate::nix::{NarHash, StorePath};

/// Of an input of each of these types: what says where it is, then what says which one it is.
const TYPES: [(&str, &[&str], &[&str]); 5] = [
    ("git", &["allRefs", "ref", "shallow", "type", "url"], &["rev"]),
    ("github", &["host", "owner", "ref", "repo", "type"], &["rev"]),
    ("gitlab", &["host", "owner", "ref", "repo", "type"], &["rev"]),
    ("sourcehut", &["host", "owner", "ref", "repo", "type"], &["rev"]),
    ("tarball", &["type", "url"], &[]),
];
/// What is told of a tree and does not help to find it.
const TOLD: [&str; 5] = ["dir", "lastModified", "narHash", "rev", "revCount"];

/// What Nix is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Input {
    /// Its name in the lock.
    pub name: String,
    /// Where it will be.
    pub path: StorePath,
    /// What `builtins.fetchTree` takes.
    pub reference: Value,
}

/// The types that are accepted.
pub(super) fn types() -> String {
    TYPES.map(|(name, ..)| name).join(", ")
}

/// An input, what Nix tells its flake of it, and the folder of that flake.
pub(super) fn read(
    name: &str,
    locked: Option<&Map<String, Value>>,
    problems: &mut Vec<LockProblem>,
) -> Option<(Input, Value, Value)> {
    let before = problems.len();
    let nothing = Map::new();
    let locked = locked.unwrap_or(&nothing);
    let text = |attribute: &str| locked.get(attribute).and_then(Value::as_str);
    let shown =
        |attribute: &str| locked.get(attribute).map_or("missing".to_owned(), Value::to_string);
    let input = || name.to_owned();
    let Some((kind, places, pins)) =
        TYPES.into_iter().find(|(kind, ..)| Some(*kind) == text("type"))
    else {
        problems.push(LockProblem::Type { input: input(), found: shown("type") });
        return None;
    };
    for (attribute, value) in locked {
        let is_typed = match attribute.as_str() {
            "lastModified" | "revCount" => value.as_i64().is_some_and(|number| number >= 0),
            "allRefs" | "shallow" => value.is_boolean(),
            _ => value.is_string(),
        };
        let is_known = places.contains(&attribute.as_str()) || TOLD.contains(&attribute.as_str());
        if !is_known || !is_typed {
            let (attribute, found) = (attribute.clone(), value.to_string());
            problems.push(LockProblem::Attribute { input: input(), attribute, found });
        }
    }
    if places.contains(&"url") && !text("url").is_some_and(is_remote) {
        problems.push(LockProblem::Address { input: input(), found: shown("url") });
    }
    if !pins.is_empty() && !text("rev").is_some_and(is_revision) {
        problems.push(LockProblem::Pin { input: input(), attribute: "rev" });
    }
    let Some(nar) = text("narHash").and_then(|hash| hash.parse::<NarHash>().ok()) else {
        problems.push(LockProblem::Pin { input: input(), attribute: "narHash" });
        return None;
    };
    let is_asked = |attribute: &str| {
        attribute == "narHash" || places.contains(&attribute) || pins.contains(&attribute)
    };
    let reference = locked.iter().filter(|(attribute, _)| is_asked(attribute));
    let reference = reference.map(|(attribute, value)| (attribute.clone(), value.clone()));
    let path = StorePath::of_source("source", nar.bytes());
    let found = Input { name: input(), path, reference: Value::Object(reference.collect()) };
    let dir = json!(text("dir").unwrap_or_default());
    (problems.len() == before).then(|| (found, source_info(kind, locked, nar), dir))
}

/// What Nix says of a tree, from what the lock says.
fn source_info(kind: &str, locked: &Map<String, Value>, nar: NarHash) -> Value {
    let mut info = json!({ "narHash": nar });
    for attribute in ["lastModified", "rev", "revCount"] {
        if let Some(value) = locked.get(attribute) {
            info[attribute] = value.clone();
        }
    }
    if let Some(short) = locked.get("rev").and_then(|rev| rev.as_str()?.get(..7)) {
        info["shortRev"] = json!(short);
    }
    let time = locked.get("lastModified").and_then(Value::as_i64);
    if let Some(time) = time.and_then(|time| jiff::Timestamp::from_second(time).ok()) {
        info["lastModifiedDate"] = json!(time.strftime("%Y%m%d%H%M%S").to_string());
    }
    if kind == "git" {
        info["submodules"] = json!(false);
    }
    info
}

fn is_remote(address: &str) -> bool {
    address.starts_with("https://") && address.chars().all(|character| character.is_ascii_graphic())
}

fn is_revision(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
