//! Any bytes as a flake.lock: no panic; what is accepted is on the network and pinned, and its names lead to what is there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::nix::StorePath;
use relhelper::nix::lock::{Lock, MAX_BYTES};
use serde_json::{Value, json};

const TYPES: [&str; 5] = ["git", "github", "gitlab", "sourcehut", "tarball"];

fuzz_target!(|text: &str| {
    if text.len() as u64 > MAX_BYTES {
        return;
    }
    let lock = match Lock::parse(text) {
        Ok(lock) => lock,
        Err(problems) => {
            assert!(!problems.is_empty());
            return;
        }
    };
    for input in &lock.inputs {
        let told = |attribute| input.reference.get(attribute).and_then(Value::as_str);
        let kind = told("type").expect("a type");
        assert!(TYPES.contains(&kind), "{kind}");
        assert!(kind == "tarball" || told("rev").is_some_and(|rev| rev.len() >= 40));
        assert!(told("narHash").is_some());
        assert!(told("url").is_none_or(|url| url.starts_with("https://")));
        assert!(input.reference.get("path").is_none());
    }
    let source = StorePath::of_source("source", &[0; 32]);
    let told = lock.description(&source, "", &json!({}));
    let nodes = told["nodes"].as_object().expect("an object");
    for node in nodes.values() {
        let mut inputs = node["inputs"].as_object().expect("an object").values();
        assert!(inputs.all(|name| name.as_str().is_some_and(|name| nodes.contains_key(name))));
        assert!(node["path"].is_string());
    }
});
