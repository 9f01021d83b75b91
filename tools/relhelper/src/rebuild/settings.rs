//! The settings of Nix that a rebuild rests on: what is asked for, and whether it is in effect.
//!
//! What `nix show-config --json` (since 2.20 `nix config show`) prints is read leniently but for
//! these settings: one that is missing or of another type is not as it should be.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Name and value of each setting that is given to every call of Nix, whatever its configuration says.
///
/// * `accept-flake-config`: the source cannot change any of these.
/// * `allow-…`: evaluating builds nothing and runs nothing.
/// * `builders`, `substituters`: nothing comes from another machine.
/// * `build-hook`-like programs would run beside a build and could change what it sees.
/// * `sandbox-paths`: no file of this machine is visible in the sandbox.
pub const REQUIRED: [(&str, &str); 11] = [
    ("accept-flake-config", "false"),
    ("allow-import-from-derivation", "false"),
    ("allow-unsafe-native-code-during-evaluation", "false"),
    ("builders", ""),
    ("eval-cache", "false"),
    ("post-build-hook", ""),
    ("pre-build-hook", ""),
    ("sandbox", "true"),
    ("sandbox-fallback", "false"),
    ("sandbox-paths", ""),
    ("substituters", ""),
];

/// What is given besides where a flake is evaluated: no flakes, so that its code can fetch none; no addresses, no search path.
pub const EVALUATION: [(&str, &str); 5] = [
    ("allowed-uris", ""),
    ("experimental-features", "nix-command"),
    ("nix-path", ""),
    ("pure-eval", "true"),
    ("restrict-eval", "true"),
];

/// Those without which the answer would not be one: builds that see the machine, or were made elsewhere.
const DECISIVE: [&str; 4] = ["builders", "sandbox", "sandbox-fallback", "substituters"];

#[derive(Deserialize)]
struct Row {
    value: Value,
}

/// Settings that Nix says are in effect.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads the JSON that Nix printed.
    ///
    /// # Errors
    ///
    /// When it is no JSON object of objects with `value`.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let rows: BTreeMap<String, Row> = serde_json::from_slice(json)?;
        Ok(Self(rows.into_iter().map(|(name, row)| (name, text(&row.value))).collect()))
    }

    /// The value of a setting as text; lists and sets with blanks between.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Which of the settings that decide are not as they must be, as sentences.
    #[must_use]
    pub fn defects(&self) -> Vec<String> {
        let decisive = REQUIRED.iter().filter(|(name, _)| DECISIVE.contains(name));
        let wrong = decisive.filter_map(|(name, wanted)| match self.get(name) {
            Some(found) if found == *wanted => None,
            Some(found) => Some(format!("`{name}` is `{found}`, expected `{wanted}`")),
            None => Some(format!("Nix says nothing of `{name}`, expected `{wanted}`")),
        });
        wrong.collect()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(items) => items.keys().cloned().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// How Nix gets at its store, from what `nix store ping` (since 2.19 `nix store info`) prints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// It opens the store itself, so it is its settings that count.
    Direct,
    /// A daemon does it and says that it takes over the caller's settings.
    Trusted,
    /// A daemon or another machine does it, with settings that nobody here has seen.
    Unknown,
}

impl Access {
    /// Reads the lines `Store URL: …` and `Trusted: …`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let url = field("Store URL").unwrap_or_default().trim();
        let is_local = url == "local"
            || url.starts_with("local?")
            || url.starts_with('/')
            || url.starts_with("local://");
        match field("Trusted").map(str::trim) {
            _ if is_local => Self::Direct,
            Some("1") if url == "daemon" || url.starts_with("unix://") => Self::Trusted,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn defects(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut value = json!({
            "builders": { "value": "" },
            "sandbox": { "value": true, "defaultValue": true },
            "sandbox-fallback": { "value": false },
            "substituters": { "value": [] },
            "system-features": { "value": ["kvm", "benchmark"] },
        });
        change(&mut value);
        Settings::parse(value.to_string().as_bytes()).unwrap().defects()
    }

    #[test]
    fn accepts_what_was_asked_for() {
        assert_eq!(defects(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn lists_every_setting_that_would_make_the_answer_worthless() {
        let found = defects(|value| {
            value["builders"]["value"] = json!("ssh://other x86_64-linux");
            value["sandbox"]["value"] = json!("relaxed");
            value["sandbox-fallback"]["value"] = json!(true);
            value["substituters"]["value"] = json!(["https://cache.example/"]);
        });
        expect![[r#"
            `builders` is `ssh://other x86_64-linux`, expected ``
            `sandbox` is `relaxed`, expected `true`
            `sandbox-fallback` is `true`, expected `false`
            `substituters` is `https://cache.example/`, expected ``"#]]
        .assert_eq(&found.join("\n"));
    }

    #[test]
    fn silence_is_no_assent() {
        let found = defects(|value| {
            value.as_object_mut().unwrap().remove("sandbox");
        });
        assert_eq!(found, ["Nix says nothing of `sandbox`, expected `true`"]);
        assert!(Settings::parse(b"[]").is_err());
        assert_eq!(Settings::default().defects().len(), DECISIVE.len());
    }

    #[test]
    fn only_a_store_of_ones_own_or_a_trusting_daemon_takes_our_settings() {
        assert_eq!(Access::parse("Store URL: local\nVersion: 2.8.0\n"), Access::Direct);
        assert_eq!(
            Access::parse("Store URL: daemon\nVersion: 2.26.3\nTrusted: 1\n"),
            Access::Trusted
        );
        assert_eq!(
            Access::parse("Store URL: daemon\nVersion: 2.26.3\nTrusted: 0\n"),
            Access::Unknown
        );
        assert_eq!(Access::parse("Store URL: daemon\n"), Access::Unknown);
        assert_eq!(Access::parse("Store URL: ssh://there\nTrusted: 1\n"), Access::Unknown);
        assert_eq!(Access::parse(""), Access::Unknown);
    }
}
