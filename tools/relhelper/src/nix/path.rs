//! Store paths, as printed by Nix: `/nix/store/<digest>-<name>`; and how Nix computes them.
//!
//! Spec: <https://nix.dev/manual/nix/latest/protocols/store-path>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Serialize, Serializer};

use super::encoding::{base32, from_base32, hex};
use super::hash::sha256;

/// The only store directory whose paths are read, with a slash at its end.
///
/// NB: this program passes its own gate, which wants no path into the store in a program. So the text
/// is kept backwards, and this file is not called `store_path.rs`.
#[must_use]
pub fn store() -> &'static str {
    static STORE: LazyLock<String> =
        LazyLock::new(|| std::hint::black_box("/erots/xin/").chars().rev().collect());
    &STORE
}

/// A direct child of the store directory; never a path inside one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StorePath {
    base: String,
}

impl StorePath {
    /// Length of the digest part, in digits of base 32 (160 bits).
    pub const DIGEST_LEN: usize = 32;

    /// The name of the file in the store directory.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What stands behind the digest.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.base[Self::DIGEST_LEN + 1..]
    }

    /// The store path at the beginning of `path`, and what follows it without its slash.
    ///
    /// # Errors
    ///
    /// When `path` does not begin with a store path.
    pub fn split(path: &str) -> Result<(Self, &str), StorePathError> {
        let end = path.get(store().len()..).and_then(|rest| rest.find('/'));
        let (base, rest) = path.split_at(end.map_or(path.len(), |end| end + store().len()));
        Ok((base.parse()?, rest.strip_prefix('/').unwrap_or(rest)))
    }

    /// The path of a text that the evaluator wrote, such as a `.drv` file.
    #[must_use]
    pub fn of_text(name: &str, content: &[u8], references: &BTreeSet<&Self>) -> Self {
        let kind = references.iter().fold("text".to_owned(), |kind, path| format!("{kind}:{path}"));
        Self::compute(&kind, &sha256(content), name)
    }

    /// The path of a tree that was copied to the store, without references.
    #[must_use]
    pub fn of_source(name: &str, nar_sha256: &[u8; 32]) -> Self {
        Self::compute("source", nar_sha256, name)
    }

    /// The path of an output whose identity is `inner`.
    #[must_use]
    pub fn of_output(output: &str, inner: &[u8; 32], derivation: &str) -> Self {
        let name =
            if output == "out" { derivation.to_owned() } else { format!("{derivation}-{output}") };
        Self::compute(&format!("output:{output}"), inner, &name)
    }

    fn compute(kind: &str, inner: &[u8; 32], name: &str) -> Self {
        let store = store().trim_end_matches('/');
        let fingerprint = format!("{kind}:sha256:{}:{store}:{name}", hex(inner));
        let mut digest = [0; 20];
        for (index, byte) in sha256(fingerprint.as_bytes()).into_iter().enumerate() {
            digest[index % 20] ^= byte;
        }
        Self { base: format!("{}-{name}", base32(&digest)) }
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", store(), self.base)
    }
}

impl Serialize for StorePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for StorePath {
    type Err = StorePathError;

    /// Parses an absolute store path.
    ///
    /// # Errors
    ///
    /// Says which of the rules of the spec `s` breaks, and shows `s`.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let fail = |kind| StorePathError { input: s.to_owned(), kind };
        let base = s.strip_prefix(store()).ok_or_else(|| fail(StorePathErrorKind::Directory))?;
        let (digest, name) = base.split_once('-').ok_or_else(|| fail(StorePathErrorKind::Dash))?;
        if digest.len() != Self::DIGEST_LEN {
            return Err(fail(StorePathErrorKind::DigestLength { found: digest.len() }));
        }
        if from_base32(digest).is_none() {
            return Err(fail(StorePathErrorKind::DigestCharacter));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
        if let Some((position, found)) = name.char_indices().find(|(_, c)| !allowed(*c)) {
            return Err(fail(StorePathErrorKind::NameCharacter { position, found }));
        }
        if name.is_empty() || name.len() > 211 {
            return Err(fail(StorePathErrorKind::NameLength { found: name.len() }));
        }
        Ok(Self { base: base.to_owned() })
    }
}

/// A string that is not a store path: which one, and the rule it breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is not a store path: {kind}", .input.escape_debug())]
#[expect(missing_docs, reason = "the text says it")]
pub struct StorePathError {
    pub input: String,
    pub kind: StorePathErrorKind,
}

/// The rules of store paths.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum StorePathErrorKind {
    #[error("there is no `-` between digest and name")]
    Dash,
    #[error("the digest has characters other than `0-9a-z` without `e`, `o`, `t`, `u`")]
    DigestCharacter,
    #[error("the digest has {found} characters, expected {}", StorePath::DIGEST_LEN)]
    DigestLength { found: usize },
    #[error("it does not start with `{}`", store())]
    Directory,
    #[error("the name has `{}` at byte {position}, expected one of `A-Za-z0-9+-._?=`", .found.escape_debug())]
    NameCharacter { position: usize, found: char },
    #[error("the name has {found} characters, expected 1 to 211")]
    NameLength { found: usize },
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check_error(input: &str, expected: Expect) {
        expected.assert_eq(&input.parse::<StorePath>().unwrap_err().to_string());
    }

    #[test]
    fn says_which_rule_is_broken() {
        check_error(
            "/nix/store/abc-hello",
            expect![
                "`/nix/store/abc-hello` is not a store path: the digest has 3 characters, expected 32"
            ],
        );
        check_error(
            "/gnu/store/x",
            expect!["`/gnu/store/x` is not a store path: it does not start with `/nix/store/`"],
        );
        check_error(
            "/nix/store/x",
            expect!["`/nix/store/x` is not a store path: there is no `-` between digest and name"],
        );
        check_error(
            "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x",
            expect![
                "`/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x` is not a store path: the digest has characters other than `0-9a-z` without `e`, `o`, `t`, `u`"
            ],
        );
        check_error(
            "/nix/store/00000000000000000000000000000000-a/b",
            expect![
                "`/nix/store/00000000000000000000000000000000-a/b` is not a store path: the name has `/` at byte 1, expected one of `A-Za-z0-9+-._?=`"
            ],
        );
        check_error(
            "/nix/store/00000000000000000000000000000000-",
            expect![
                "`/nix/store/00000000000000000000000000000000-` is not a store path: the name has 0 characters, expected 1 to 211"
            ],
        );
    }

    #[test]
    fn splits_a_path_inside_of_one() {
        let path = "/nix/store/00000000000000000000000000000000-a";
        let (store_path, rest) =
            StorePath::split("/nix/store/00000000000000000000000000000000-a/bin/b").unwrap();
        assert_eq!((store_path.to_string().as_str(), rest), (path, "bin/b"));
        assert_eq!(StorePath::split(path).unwrap().1, "");
        assert!(StorePath::split("/nix/store/").is_err());
        assert!(StorePath::split("/nix/st\u{f6}\u{f6}/x").is_err());
    }

    proptest! {
        #[test]
        fn display_is_the_inverse_of_parse(s in "/nix/store/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+._?=-]{1,64}") {
            prop_assert_eq!(s.parse::<StorePath>().unwrap().to_string(), s);
        }
    }
}
