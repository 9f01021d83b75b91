//! What is accepted of a flake.lock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::*;
use expect_test::expect;
use proptest::prelude::*;

const REVISION: &str = "0123456789012345678901234567890123456789";
const HASH: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// A flake.lock with one input.
fn with(locked: Value) -> Value {
    json!({
        "nodes": {
            "root": { "inputs": { "loot": "loot" } },
            "loot": { "locked": locked, "original": { "type": "indirect", "id": "loot" } },
        },
        "root": "root",
        "version": 7,
    })
}

fn problems(lock: &Value) -> String {
    let problems = Lock::parse(&lock.to_string()).expect_err("it was accepted");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn good() -> Value {
    json!({
        "type": "git", "url": "https://host.example/a", "ref": "main", "rev": REVISION,
        "revCount": 3, "lastModified": 1_700_000_000, "narHash": HASH, "dir": "sub",
    })
}

#[test]
fn an_input_on_the_network_is_fetched_by_its_pins_alone() {
    let lock = Lock::parse(&with(good()).to_string()).unwrap();
    let [input] = &lock.inputs[..] else { panic!("{:?}", lock.inputs) };
    assert_eq!(
        input.reference,
        json!({
            "type": "git", "url": "https://host.example/a", "ref": "main", "rev": REVISION, "narHash": HASH,
        })
    );
    let hash: crate::nix::NarHash = HASH.parse().unwrap();
    assert_eq!(input.path, StorePath::of_source("source", hash.bytes()));
    for locked in [
        json!({ "type": "github", "owner": "a", "repo": "b", "rev": REVISION, "narHash": HASH }),
        json!({ "type": "tarball", "url": "https://host.example/a.tar.gz", "narHash": HASH }),
    ] {
        Lock::parse(&with(locked).to_string()).unwrap();
    }
}

#[test]
fn nothing_of_this_machine_is_an_input() {
    let refused = |locked: Value| problems(&with(locked));
    expect!["the input `loot` is of the type \\\"path\\\", expected one of git, github, gitlab, sourcehut, tarball"].assert_eq(
        &refused(json!({ "type": "path", "path": "/root/.ssh", "narHash": HASH })),
    );
    for locked in [
        json!({ "type": "path", "path": "../..", "rev": REVISION, "narHash": HASH }),
        json!({ "type": "file", "url": "file:///etc/passwd", "narHash": HASH }),
        json!({ "type": "file", "url": "https://host.example/a", "narHash": HASH }),
        json!({ "type": "hg", "url": "https://host.example/a", "rev": REVISION, "narHash": HASH }),
        json!({ "type": "indirect", "id": "nixpkgs", "rev": REVISION, "narHash": HASH }),
        json!({ "type": ["git"], "url": "https://host.example/a" }),
        json!({}),
    ] {
        assert!(refused(locked).contains("expected one of git,"));
    }
    for address in [
        "file:///root/repository",
        "http://host.example/a",
        "ssh://host.example/a",
        "/root/repository",
        "https://host.example/a b",
        "HTTPS://host.example/a",
    ] {
        for kind in ["git", "tarball"] {
            let text =
                refused(json!({ "type": kind, "url": address, "rev": REVISION, "narHash": HASH }));
            assert!(text.ends_with("expected an address that begins with https://"), "{text}");
        }
    }
    let mut bare = with(good());
    bare["nodes"]["loot"].as_object_mut().unwrap().remove("locked");
    assert!(problems(&bare).contains("is of the type missing"));
}

#[test]
fn lists_all_that_is_not_pinned_or_not_known() {
    let mut lock = with(json!({
        "type": "git", "url": "https://host.example/a", "rev": "main", "submodules": true, "lastModified": -1,
    }));
    lock["nodes"]["root"]["inputs"]["lost"] = json!(["loot", "none"]);
    expect![[r#"
        the input `loot` has `lastModified`: -1, which is not known here
        the input `loot` has `submodules`: true, which is not known here
        the input `loot` has no `rev` that pins it
        the input `loot` has no `narHash` that pins it
        the input `lost` of `root` leads to nothing"#]]
    .assert_eq(&problems(&lock));
}

#[test]
fn a_revision_is_forty_or_sixty_four_digits_and_a_switch_is_one() {
    let with_value = |name: &str, value: Value| {
        let mut locked = good();
        locked[name] = value;
        Lock::parse(&with(locked).to_string()).map(|lock| lock.inputs[0].reference[name].clone())
    };
    for good in [REVISION.to_owned(), "aF".repeat(32)] {
        assert_eq!(with_value("rev", json!(good)), Ok(json!(good)));
    }
    for bad in [&REVISION[1..], "", &"g".repeat(40), &"main".repeat(10)] {
        assert!(with_value("rev", json!(bad)).is_err(), "{bad}");
    }
    for switch in ["allRefs", "shallow"] {
        assert_eq!(with_value(switch, json!(true)), Ok(json!(true)));
        assert!(with_value(switch, json!("true")).is_err());
    }
}

#[test]
fn names_that_lead_to_names_are_followed_to_their_end() {
    let mut lock = with(good());
    lock["nodes"]["root"]["inputs"]["same"] = json!(["loot", "inner"]);
    lock["nodes"]["loot"]["inputs"] = json!({ "inner": ["loot"], "own": "root" });
    let source = StorePath::of_source("source", &[0; 32]);
    let told = Lock::parse(&lock.to_string()).unwrap().description(&source, "x", &json!({}));
    expect![[r#"
        {
          "nodes": {
            "loot": {
              "dir": "sub",
              "flake": true,
              "inputs": {
                "inner": "loot",
                "own": "root"
              },
              "path": "/nix/store/f6jkrn77ysv9dhs8hh6s2faflhjc930i-source",
              "sourceInfo": {
                "lastModified": 1700000000,
                "lastModifiedDate": "20231114221320",
                "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "rev": "0123456789012345678901234567890123456789",
                "revCount": 3,
                "shortRev": "0123456",
                "submodules": false
              }
            },
            "root": {
              "dir": "x",
              "flake": true,
              "inputs": {
                "loot": "loot",
                "same": "loot"
              },
              "path": "/nix/store/bqfq4db6nwycmkdrql9igsbrayqsw3g2-source",
              "sourceInfo": {}
            }
          },
          "root": "root"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&told).unwrap());

    lock["nodes"]["loot"]["inputs"]["inner"] = json!(["same"]);
    expect![[r#"
        the input `inner` of `loot` leads to nothing
        the input `same` of `root` leads to nothing"#]]
    .assert_eq(&problems(&lock));
}

#[test]
fn names_that_lead_to_ever_more_names_cost_nothing() {
    let mut inputs = Map::new();
    for place in 0..90 {
        let next = format!("i{}", place + 1);
        inputs.insert(format!("i{place}"), json!([next, next]));
    }
    inputs.insert("i90".to_owned(), json!("root"));
    let lock = json!({ "nodes": { "root": { "inputs": inputs } }, "root": "root", "version": 7 });
    assert!(problems(&lock).contains("the input `i0` of `root` leads to nothing"));
}

/// Of each attribute something that is accepted somewhere, or something that is not.
fn any_locked() -> impl Strategy<Value = Value> {
    let some =
        |values: Vec<Value>| proptest::option::weighted(0.8, proptest::sample::select(values));
    let kinds = ["git", "github", "gitlab", "tarball", "path", "file", "indirect"];
    (
        some(kinds.map(Value::from).to_vec()),
        some(vec![json!("https://host.example/a"), json!("file:///etc/passwd"), json!(1)]),
        some(vec![json!(REVISION), json!(REVISION), json!("main")]),
        some(vec![json!(HASH), json!(HASH), json!("sha256-")]),
        proptest::option::weighted(0.2, ("[a-z]{1,8}", "[ -~]{0,8}")),
    )
        .prop_map(|(kind, url, rev, hash, more)| {
            let has_url = ["git", "tarball"].map(|kind| Some(json!(kind))).contains(&kind);
            let url = url.filter(|_| has_url);
            let known = [("type", kind), ("url", url), ("rev", rev), ("narHash", hash)];
            let known =
                known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            let more = more.map(|(name, value)| (name, json!(value)));
            Value::Object(known.chain(more).collect())
        })
}

fn any_lock() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 4] = ["a", "b", "c", "root"];
    let name = || proptest::sample::select(&NAMES[..]);
    let edge = prop_oneof![
        3 => name().prop_map(Value::from),
        1 => proptest::collection::vec(name(), 0..3).prop_map(Value::from),
    ];
    let node = (proptest::collection::btree_map(name(), edge, 0..3), any_locked(), any::<bool>());
    proptest::collection::btree_map(name(), node, 1..=4).prop_map(|nodes| {
        let node = |(name, (inputs, locked, flake))| {
            (name, json!({ "flake": flake, "inputs": inputs, "locked": locked }))
        };
        let mut nodes: BTreeMap<_, _> = nodes.into_iter().map(node).collect();
        nodes.entry("root").or_insert_with(|| json!({}));
        json!({ "nodes": nodes, "root": "root", "version": VERSION })
    })
}

proptest! {
    #[test]
    fn takes_any_text(text: String) {
        let _read = Lock::parse(&text);
    }

    #[test]
    fn what_is_accepted_is_on_the_network_and_pinned(text in any_lock().prop_map(|lock| lock.to_string())) {
        let lock = match Lock::parse(&text) {
            Ok(lock) => lock,
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                return Ok(());
            }
        };
        for input in &lock.inputs {
            let told = |attribute| input.reference.get(attribute).and_then(Value::as_str);
            let kind = told("type").unwrap_or_default();
            prop_assert!(["git", "github", "gitlab", "tarball"].contains(&kind), "{}", kind);
            prop_assert_eq!(told("narHash"), Some(HASH));
            prop_assert!(kind == "tarball" || told("rev") == Some(REVISION));
            prop_assert!(told("url").is_none_or(|url| url.starts_with("https://")));
        }
        let source = StorePath::of_source("source", &[0; 32]);
        let told = lock.description(&source, "", &json!({}));
        let nodes = told["nodes"].as_object().unwrap();
        prop_assert_eq!(nodes.len(), lock.inputs.len() + 1);
        for node in nodes.values() {
            let mut inputs = node["inputs"].as_object().unwrap().values();
            prop_assert!(inputs.all(|name| nodes.contains_key(name.as_str().unwrap())));
            prop_assert!(node["path"].is_string());
        }
    }
}

#[test]
fn refuses_what_nix_does_not_write() {
    let changed = |change: fn(&mut Value)| {
        let mut lock = with(good());
        change(&mut lock);
        problems(&lock)
    };
    assert!(changed(|lock| lock["version"] = json!(6)).contains("the version 6, expected 7"));
    assert!(changed(|lock| lock["more"] = json!(1)).contains("unknown field `more`"));
    assert!(changed(|lock| lock["nodes"]["loot"]["parent"] = json!([])).contains("unknown field"));
    assert!(changed(|lock| lock["root"] = json!("none")).contains("leads to nothing"));
    assert!(Lock::parse("").is_err());
    assert_eq!(
        Lock::parse(r#"{ "nodes": { "root": {} }, "root": "root", "version": 7 }"#).unwrap(),
        Lock::empty()
    );
}
