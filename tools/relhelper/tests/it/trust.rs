//! `trust.toml` as `docs/formats/trust.md` shows it, against its schema.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::schema;

fn formats() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats")
}

fn example() -> String {
    let page = fs::read_to_string(formats().join("trust.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Array(items) => items.into_iter().map(to_json).collect(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::String(text) => text.into(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, to_json(value))).collect())
        }
    }
}

fn validate(text: &str) -> Result<(), String> {
    let bytes = fs::read(formats().join("trust.schema.json")).unwrap();
    let value = to_json(toml::Value::Table(toml::from_str(text).unwrap()));
    schema::validate(&serde_json::from_slice(&bytes).unwrap(), &value)
}

#[test]
fn the_documented_policy_fits_the_schema_and_the_reader() {
    let text = example();
    validate(&text).unwrap();
    let file = relhelper::trust::PolicyFile::parse(&text).unwrap();
    // The same file is read for builders, too.
    assert!(!relhelper::attestation::policy::wants_rebuilds(&text).unwrap());
    let files: BTreeMap<_, _> = file.key_files().map(|name| (name.to_owned(), vec![1])).collect();
    // What a key is called is for the readers of keys; here each is its own name.
    let identify = |_, material: &[u8]| Ok(vec![format!("{material:?}")]);
    let error = file.check(&files, &identify).unwrap_err();
    assert_eq!(error.0.len(), 1, "the pinned fingerprint alone does not fit: {error}");
    let text =
        text.lines().filter(|line| !line.starts_with("fingerprint")).collect::<Vec<_>>().join("\n");
    let policy =
        relhelper::trust::PolicyFile::parse(&text).unwrap().check(&files, &identify).unwrap();
    assert_eq!(policy.keys().len(), 4);
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let text = example();
    for (old, new) in [
        ("formatVersion = 1", "formatVersion = 2"),
        ("product = \"hello\"", ""),
        ("product = \"hello\"", "product = \"\""),
        ("threshold = 2", "threshold = 0"),
        ("threshold = 2", "x = 2"),
        ("kind = \"ssh\"", "kind = \"rsh\""),
        ("\"payload\"", "\"payloads\""),
        ("12:00:00Z", "12:00:00"),
        ("[\"expired-key\"]", "[\"bad-signature\"]"),
        ("\"1.4.0\"", "\"1.4\""),
    ] {
        assert!(text.contains(old), "{old}");
        let broken = text.replacen(old, new, 1);
        assert!(validate(&broken).is_err(), "the schema takes {new}");
        let identify = |_, material: &[u8]| Ok(vec![format!("{material:?}")]);
        let files = BTreeMap::from([("release-2026.pub.pem".to_owned(), vec![1])]);
        let broken = broken.replace("fingerprint =", "# fingerprint =");
        let read = relhelper::trust::PolicyFile::parse(&broken)
            .and_then(|file| file.check(&files, &identify));
        assert!(read.is_err(), "the reader takes {new}");
    }
}
