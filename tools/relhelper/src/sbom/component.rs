//! One thing that is in a release, or that it was made with.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::Id;
use crate::cargo::License;
use crate::facts::Sha256;
use crate::nix::derivation::Fixed;
use crate::nix::encoding::hex;
use crate::nix::hash::Algorithm;

/// A component. What is not known is none, and every writer says so.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Component {
    pub id: Id,
    pub kind: Kind,
    pub name: String,
    pub version: Option<String>,
    /// Name of the file that it is.
    pub file: Option<String>,
    /// Of that file; never of a NAR.
    pub digest: Option<Digest>,
    pub purl: Option<String>,
    /// Intrinsic identifier of a git commit.
    pub swhid: Option<String>,
    pub license: License,
    /// Who hands it out.
    pub supplier: Option<String>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    pub description: Option<String>,
    /// A page for people.
    pub address: Option<String>,
    /// What is known beside that and has no field in either format.
    pub notes: BTreeMap<&'static str, String>,
    /// How much is known of what it depends on.
    pub coverage: Coverage,
}

impl Component {
    /// A component of which nothing is known yet.
    pub(crate) fn unknown(id: Id) -> Self {
        Self {
            id,
            kind: Kind::File,
            name: String::new(),
            version: None,
            file: None,
            digest: None,
            purl: None,
            swhid: None,
            license: License::Missing,
            supplier: None,
            authors: Vec::new(),
            description: None,
            address: None,
            notes: BTreeMap::new(),
            coverage: Coverage::Unknown,
        }
    }
}

/// Note and text about a licence that is not there.
pub(super) fn license_note(license: &License) -> Option<(&'static str, String)> {
    let text = match license {
        License::File(file) => format!("in the file {file}"),
        License::Missing => "not stated".to_owned(),
        License::Expression(_) | License::Text(_) => return None,
    };
    Some((LICENSE, text))
}

/// The note about a licence.
pub(super) const LICENSE: &str = "license";

/// What a component is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    /// The thing that is released.
    Product,
    /// A program, or the crate that one is.
    Program,
    Archive,
    Installer,
    /// A file of another kind.
    File,
    /// A tree of sources.
    Source,
    Library,
    /// What the build used.
    Tool,
}

/// How much of what a component depends on is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Coverage {
    /// All of it.
    Complete,
    /// Not of everything below it.
    Incomplete,
    /// Nobody looked.
    Unknown,
}

/// A digest of a file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Digest {
    pub algorithm: Algorithm,
    pub hex: String,
}

impl From<Sha256> for Digest {
    fn from(sha256: Sha256) -> Self {
        Self { algorithm: Algorithm::Sha256, hex: sha256.to_string() }
    }
}

impl From<&Fixed> for Digest {
    fn from(fixed: &Fixed) -> Self {
        Self { algorithm: fixed.algorithm, hex: hex(&fixed.digest) }
    }
}

/// A person or group, as a manifest names them: `Name <address>` or anything else.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Author {
    pub name: String,
    pub email: Option<String>,
}

impl From<&str> for Author {
    fn from(text: &str) -> Self {
        let parts = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        match parts.map(|(name, email)| (name.trim(), email.trim())) {
            Some((name, email)) if !name.is_empty() && is_email(email) => {
                Self { name: name.to_owned(), email: Some(email.to_owned()) }
            }
            _ => Self { name: text.trim().to_owned(), email: None },
        }
    }
}

/// Narrower than RFC 5321, so that every reader takes it for one.
fn is_email(text: &str) -> bool {
    let word = |text: &str, more: &str| {
        !text.is_empty()
            && text.split('.').all(|part| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            })
    };
    text.split_once('@').is_some_and(|(local, domain)| {
        word(local, "+-_") && word(domain, "-") && domain.contains('.')
    })
}

/// `text`, if it is the address of a page by RFC 3986.
pub(super) fn web_address(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=".contains(c);
    let hash_marks = rest.matches('#').count();
    (host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host.chars().all(plain)
        && rest.chars().all(allowed)
        && hash_marks <= 1)
        .then(|| text.to_owned())
}

/// `text` in one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_authors_apart() {
        let author = |name: &str, email: Option<&str>| Author {
            name: name.to_owned(),
            email: email.map(str::to_owned),
        };
        assert_eq!(Author::from("A. B <a.b+c@d-e.org>"), author("A. B", Some("a.b+c@d-e.org")));
        for odd in ["The Project", "x <at home>", "<a@b.org>", "a <a@b>", "a <a..b@c.org>"] {
            assert_eq!(Author::from(odd), author(odd, None));
        }
    }

    #[test]
    fn knows_addresses_of_pages() {
        for good in ["https://a.example", "http://a.example/b?c=d#e", "https://a.example/~b/(c)"] {
            assert_eq!(web_address(good).as_deref(), Some(good));
        }
        for bad in
            ["git@host:a/b", "https://", "https://a b", "https://a.example/#b#c", "see there"]
        {
            assert_eq!(web_address(bad), None, "{bad}");
        }
    }
}
