//! The table `[codesign]` of `release.toml`: what is no secret about signing. `docs/formats/release-toml.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;

/// The table.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/formats/release-toml.md describes the fields")]
pub struct Config {
    #[serde(default)]
    pub apple: Apple,
    #[serde(default)]
    pub authenticode: Authenticode,
}

/// For programs of macOS.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-toml.md describes the fields")]
pub struct Apple {
    pub identifier: Option<String>,
    pub timestamp_url: Option<String>,
}

/// For programs of Windows.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/release-toml.md describes the fields")]
pub struct Authenticode {
    pub description: Option<String>,
    pub url: Option<String>,
    pub timestamp_url: Option<String>,
}

/// What is wrong with the table.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ConfigError {
    #[error("it cannot be read as TOML: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("codesign.{key} is empty, begins with `-`, or has a control character")]
    Text { key: &'static str },
}

#[derive(Deserialize)]
struct File {
    codesign: Option<Config>,
}

impl Config {
    /// Reads the table out of `release.toml`; other tables are for those who build.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, the table has something that it should not, or a text that a signer would take for an option.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config = toml::from_str::<File>(text)?.codesign.unwrap_or_default();
        let Self { apple, authenticode } = &config;
        for (key, value) in [
            ("apple.identifier", &apple.identifier),
            ("apple.timestampUrl", &apple.timestamp_url),
            ("authenticode.description", &authenticode.description),
            ("authenticode.timestampUrl", &authenticode.timestamp_url),
            ("authenticode.url", &authenticode.url),
        ] {
            let odd = |text: &String| {
                text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control)
            };
            if value.as_ref().is_some_and(odd) {
                return Err(ConfigError::Text { key });
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_table_and_refuses_what_it_does_not_know() {
        let config = Config::from_toml("[product]\nname = 'a'\n").unwrap();
        assert_eq!(config, Config::default());
        let config = Config::from_toml(
            "[codesign.apple]\nidentifier = 'org.example.a'\n[codesign.authenticode]\ntimestampUrl = 'http://time.example'\n",
        )
        .unwrap();
        assert_eq!(config.apple.identifier.as_deref(), Some("org.example.a"));
        assert_eq!(config.authenticode.timestamp_url.as_deref(), Some("http://time.example"));
        for broken in [
            "[codesign]\nwindows = {}\n",
            "[codesign.apple]\npassphrase = 'secret'\n",
            "[codesign.apple]\nidentifier = ''\n",
            "[codesign.authenticode]\ndescription = '-pass'\n",
            "[codesign.authenticode]\nurl = \"a\\nb\"\n",
            "[codesign\n",
        ] {
            assert!(Config::from_toml(broken).is_err(), "{broken}");
        }
    }
}
