//! Plain file names: the only names that may become paths.
//!
//! The rules are the intersection of what Linux, macOS and Windows accept, so that a release
//! made on one can be unpacked on the others.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A name without any folder in it, which no operating system treats specially.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileName(String);

impl FileName {
    /// Longest name, in bytes, that common file systems hold.
    pub const MAX_BYTES: usize = 255;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the file with this name in the folder `directory`.
    #[must_use]
    pub fn inside(&self, directory: &Path) -> PathBuf {
        directory.join(&self.0)
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    /// Parses a plain file name.
    ///
    /// # Errors
    ///
    /// Says which rule `s` breaks, and shows `s`.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match defect(s) {
            Some(kind) => Err(FileNameError { input: s.to_owned(), kind }),
            None => Ok(Self(s.to_owned())),
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for FileName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// One or more plain file names, joined by `/`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RelativePath(String);

impl RelativePath {
    /// The path as text, with `/` between the names on every operating system.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the file below the folder `directory`.
    #[must_use]
    pub fn below(&self, directory: &Path) -> PathBuf {
        self.0.split('/').fold(directory.to_owned(), |path, name| path.join(name))
    }

    /// The folders this path goes through, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(position, _)| &self.0[..position])
    }
}

impl From<FileName> for RelativePath {
    fn from(name: FileName) -> Self {
        Self(name.0)
    }
}

impl FromStr for RelativePath {
    type Err = FileNameError;

    /// Parses a path whose every component is a plain file name.
    ///
    /// # Errors
    ///
    /// Says which rule which component breaks.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.split('/').find_map(defect) {
            Some(kind) => Err(FileNameError { input: s.to_owned(), kind }),
            None => Ok(Self(s.to_owned())),
        }
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for RelativePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A string that is not a plain file name: which one, and the rule it breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{}` is not a plain file name: {kind}", .input.escape_debug())]
#[expect(missing_docs, reason = "the text says it")]
pub struct FileNameError {
    pub input: String,
    pub kind: FileNameErrorKind,
}

/// The rules for plain file names.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum FileNameErrorKind {
    #[error("it has `{}` at byte {position}, expected one of `A-Za-z0-9+-._`", .found.escape_debug())]
    Character { position: usize, found: char },
    #[error("Windows keeps the name `{name}` for a device")]
    Device { name: String },
    #[error("it is empty, or a part of it is")]
    Empty,
    #[error("it begins with `{found}`")]
    FirstCharacter { found: char },
    #[error("it ends with `.`, which Windows drops")]
    LastCharacter,
    #[error("it has {found} bytes, expected at most {}", FileName::MAX_BYTES)]
    Length { found: usize },
}

fn defect(name: &str) -> Option<FileNameErrorKind> {
    let Some(first) = name.chars().next() else {
        return Some(FileNameErrorKind::Empty);
    };
    if name.len() > FileName::MAX_BYTES {
        return Some(FileNameErrorKind::Length { found: name.len() });
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
    if let Some((position, found)) = name.char_indices().find(|(_, c)| !plain(*c)) {
        return Some(FileNameErrorKind::Character { position, found });
    }
    // A leading `-` would be read as an option by the tools people use on these files.
    if matches!(first, '-' | '.') {
        return Some(FileNameErrorKind::FirstCharacter { found: first });
    }
    if name.ends_with('.') {
        return Some(FileNameErrorKind::LastCharacter);
    }
    let stem = name.split('.').next().unwrap_or(name).to_ascii_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|n| n.len() == 1 && n != "0" && n.as_bytes()[0].is_ascii_digit())
    };
    if matches!(stem.as_str(), "AUX" | "CON" | "NUL" | "PRN") || numbered("COM") || numbered("LPT")
    {
        return Some(FileNameErrorKind::Device { name: stem });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check_error(input: &str, expected: Expect) {
        expected.assert_eq(&input.parse::<FileName>().unwrap_err().to_string());
    }

    #[test]
    fn rejects_what_is_not_plain() {
        check_error("", expect!["`` is not a plain file name: it is empty, or a part of it is"]);
        check_error("..", expect!["`..` is not a plain file name: it begins with `.`"]);
        check_error("-rf", expect!["`-rf` is not a plain file name: it begins with `-`"]);
        check_error(
            "a/b",
            expect![
                "`a/b` is not a plain file name: it has `/` at byte 1, expected one of `A-Za-z0-9+-._`"
            ],
        );
        check_error(
            "C:x",
            expect![
                "`C:x` is not a plain file name: it has `:` at byte 1, expected one of `A-Za-z0-9+-._`"
            ],
        );
        check_error(
            "a\u{202e}b",
            expect![
                "`a\\u{202e}b` is not a plain file name: it has `\\u{202e}` at byte 1, expected one of `A-Za-z0-9+-._`"
            ],
        );
        check_error(
            "x.",
            expect!["`x.` is not a plain file name: it ends with `.`, which Windows drops"],
        );
        check_error(
            "Nul.txt",
            expect![
                "`Nul.txt` is not a plain file name: Windows keeps the name `NUL` for a device"
            ],
        );
        check_error(
            "com1",
            expect!["`com1` is not a plain file name: Windows keeps the name `COM1` for a device"],
        );
    }

    #[test]
    fn limits_the_length() {
        assert!("a".repeat(255).parse::<FileName>().is_ok());
        let error = "a".repeat(256).parse::<FileName>().unwrap_err();
        assert_eq!(error.kind, FileNameErrorKind::Length { found: 256 });
    }

    #[test]
    fn relative_paths_have_no_way_out() {
        for path in ["/etc/passwd", "a//b", "a/../b", "./a", "a/", "a\\b"] {
            assert!(path.parse::<RelativePath>().is_err(), "{path}");
        }
        let path: RelativePath = "share/man/rg.1".parse().unwrap();
        assert_eq!(
            path.below(Path::new("top")),
            Path::new("top").join("share").join("man").join("rg.1")
        );
        assert_eq!(path.folders().collect::<Vec<_>>(), ["share", "share/man"]);
    }

    proptest! {
        #[test]
        fn an_accepted_name_stays_in_its_folder(s in "\\PC{0,12}|[./a]{1,6}") {
            if let Ok(name) = s.parse::<FileName>() {
                let path = name.inside(Path::new("top"));
                prop_assert_eq!(path.parent(), Some(Path::new("top")));
                prop_assert_eq!(path.file_name().unwrap().to_str(), Some(s.as_str()));
            }
        }
    }
}
