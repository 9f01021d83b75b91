//! What `nix path-info --json` prints, in all the shapes it has had.
//!
//! Nix 2.8: a list; 2.19: an object by path; 2.33 with `--json-format 2`: one by base name under
//! `info`. Only `ultimate` is read: whether this machine built the path, by Nix's database.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::nix::{StorePath, path};

/// The paths that this machine built. What is not understood is not among them.
#[must_use]
pub fn ultimate(json: &[u8]) -> BTreeSet<StorePath> {
    let Ok(value) = serde_json::from_slice::<Value>(json) else { return BTreeSet::new() };
    let is_ultimate = |row: &Value| row.get("ultimate").and_then(Value::as_bool) == Some(true);
    let parse = |name: &str| {
        let whole = if name.starts_with('/') {
            name.to_owned()
        } else {
            format!("{}{name}", path::store())
        };
        whole.parse().ok()
    };
    match &value {
        Value::Array(rows) => {
            let names = rows.iter().filter(|row| is_ultimate(row));
            names.filter_map(|row| parse(row.get("path")?.as_str()?)).collect()
        }
        Value::Object(rows) => {
            let rows = rows.get("info").and_then(Value::as_object).unwrap_or(rows);
            let names = rows.iter().filter(|(_, row)| is_ultimate(row));
            names.filter_map(|(name, _)| parse(name)).collect()
        }
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "/nix/store/00000000000000000000000000000000-a";
    const B: &str = "/nix/store/00000000000000000000000000000000-b";

    #[test]
    fn reads_every_shape_and_takes_silence_for_a_no() {
        let only_a: BTreeSet<StorePath> = [A.parse().unwrap()].into();
        for json in [
            format!(r#"[{{"path":"{A}","ultimate":true}},{{"path":"{B}"}}]"#),
            format!(r#"[{{"path":"{A}","ultimate":true}},{{"path":"{B}","valid":false}}]"#),
            format!(r#"{{"{A}":{{"ultimate":true}},"{B}":{{"ultimate":false}}}}"#),
            format!(r#"{{"{A}":{{"ultimate":true}},"{B}":null}}"#),
            format!(
                r#"{{"info":{{"{}":{{"ultimate":true}},"{}":null}},"storeDir":"/nix/store","version":2}}"#,
                &A[11..],
                &B[11..]
            ),
        ] {
            assert_eq!(ultimate(json.as_bytes()), only_a, "{json}");
        }
        for json in ["", "1", "{}", "[]", r#"{"x":{"ultimate":true}}"#] {
            assert_eq!(ultimate(json.as_bytes()), BTreeSet::new(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _built = ultimate(&bytes);
        }
    }
}
