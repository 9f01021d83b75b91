//! The identity that a certificate must have.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// An identity, or all that differ from it in their last segment only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected(String);

/// An identity that is too wide or none. One `*` is allowed, at the end, behind `@refs/tags/`: it stands for
/// one or more letters of a tag, `A-Z a-z 0-9 . _ + -`, and so for every version that a workflow releases.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum PatternError {
    #[error("the identity is empty")]
    Empty,
    #[error(
        "the identity `{}` has a `*` elsewhere than at its end behind `@refs/tags/`", .0.escape_debug()
    )]
    Wide(String),
}

const TAGS: &str = "@refs/tags/";

impl Expected {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.trim().is_empty() {
            return Err(PatternError::Empty);
        }
        let prefix = text.strip_suffix('*').unwrap_or(text);
        let narrow = prefix.len() == text.len() || (prefix.ends_with(TAGS) && prefix != TAGS);
        if prefix.contains('*') || !narrow {
            return Err(PatternError::Wide(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn matches(&self, identity: &str) -> bool {
        let Some(prefix) = self.0.strip_suffix('*') else { return self.0 == identity };
        let of_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        identity.strip_prefix(prefix).is_some_and(|tag| !tag.is_empty() && tag.bytes().all(of_tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_tag_and_nothing_else() {
        let exact = Expected::parse("alice@example.com").unwrap();
        assert!(exact.matches("alice@example.com"));
        assert!(!exact.matches("alice@example.com.mallory.example"));
        assert!(!exact.matches("Alice@example.com"));
        let tags = Expected::parse("https://forge.example/a/release.yml@refs/tags/*").unwrap();
        assert!(tags.matches("https://forge.example/a/release.yml@refs/tags/v1.0.0-rc.1+x"));
        for other in ["", "v1/../../x", "v1@refs/tags/v2", "v1 ", "v1*"] {
            let text = format!("https://forge.example/a/release.yml@refs/tags/{other}");
            assert!(!tags.matches(&text), "{other}");
        }
        assert!(!tags.matches("https://forge.example/b/release.yml@refs/tags/v1"));
        assert!(!tags.matches("https://forge.example/a/release.yml@refs/heads/v1"));
    }

    #[test]
    fn wide_patterns_are_refused() {
        for wide in [
            "*",
            "@refs/tags/*",
            "https://forge.example/*",
            "a*b",
            "*@refs/tags/*",
            "a@refs/tags/v*",
        ] {
            assert_eq!(Expected::parse(wide), Err(PatternError::Wide(wide.to_owned())));
        }
        assert_eq!(Expected::parse(" "), Err(PatternError::Empty));
    }
}
