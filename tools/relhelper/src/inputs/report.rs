//! What `inputs check` found.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::{List, NotFlat};
use crate::facts::{Measured, Sha256};

/// A folder of inputs against what a release wants of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/inputs-folder.md describes the fields")]
pub struct Report {
    pub place: String,
    pub verdict: Verdict,
    pub wanted: usize,
    pub good: usize,
    pub bytes: u64,
    pub listed: bool,
    pub findings: Vec<Finding>,
    pub unchecked: Vec<Unchecked>,
    pub not_flat: Vec<NotFlat>,
}

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Fail,
    Pass,
    Unknown,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Finding {
    pub kind: FindingKind,
    /// Below the folder; control characters are escaped.
    pub file: String,
    /// What the release calls it.
    pub names: Vec<String>,
    pub found: Option<String>,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FindingKind {
    Content,
    Extra,
    Missing,
    NotAFile,
    TooLarge,
}

/// A file that could not be looked at.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Unchecked {
    pub file: String,
    pub reason: String,
}

impl Report {
    /// A report of the folder called `place`, in which nothing was looked at yet.
    #[must_use]
    pub fn new(place: String, list: &List) -> Self {
        Self {
            place,
            verdict: Verdict::Unknown,
            wanted: list.digests().len(),
            good: 0,
            bytes: 0,
            listed: false,
            findings: Vec::new(),
            unchecked: Vec::new(),
            not_flat: list.not_flat.clone(),
        }
    }

    /// Takes note of a file that was read to its end.
    pub fn measured(&mut self, list: &List, wanted: Sha256, measured: Measured) {
        self.bytes = self.bytes.saturating_add(measured.size);
        if measured.sha256 == wanted {
            self.good = self.good.saturating_add(1);
        } else {
            self.wrong(list, FindingKind::Content, wanted, Some(measured.sha256.to_string()));
        }
    }

    /// Takes note of a file that is wrong.
    pub fn wrong(&mut self, list: &List, kind: FindingKind, wanted: Sha256, found: Option<String>) {
        let called = list.inputs.iter().filter(|input| input.sha256 == wanted);
        let names = called.map(|input| input.name.clone()).collect();
        self.findings.push(Finding { kind, file: file(wanted), names, found });
    }

    /// Takes note of a file that could not be looked at.
    pub fn unchecked(&mut self, file: String, reason: String) {
        self.unchecked.push(Unchecked { file, reason });
    }

    /// Takes note of the names in the folder, `top`, and in that of the files, `files`.
    pub fn names(&mut self, list: &List, top: &BTreeSet<String>, files: &BTreeSet<String>) {
        self.listed = true;
        let wanted: BTreeSet<_> = list.digests().iter().map(Sha256::to_string).collect();
        let top = top.iter().filter(|name| *name != super::FOLDER).cloned();
        let files = files.difference(&wanted).map(|name| format!("{}/{name}", super::FOLDER));
        for name in top.chain(files) {
            let file = name.escape_debug().to_string();
            self.findings.push(Finding {
                kind: FindingKind::Extra,
                file,
                names: Vec::new(),
                found: None,
            });
        }
    }

    /// Comes to a verdict. What could not be looked at, or has no place in such a folder, is never a pass.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.findings.sort();
        self.unchecked.sort();
        self.verdict = if !self.findings.is_empty() {
            Verdict::Fail
        } else if self.unchecked.is_empty()
            && self.not_flat.is_empty()
            && self.good == self.wanted
            && self.wanted > 0
        {
            Verdict::Pass
        } else {
            Verdict::Unknown
        };
        self
    }
}

/// The name of an input below the folder.
fn file(sha256: Sha256) -> String {
    format!("{}/{sha256}", super::FOLDER)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { kind, file, names, found } in &self.findings {
            let what = match kind {
                FindingKind::Content => "has another content",
                FindingKind::Extra => "is too much",
                FindingKind::Missing => "is missing",
                FindingKind::NotAFile => "is not a regular file",
                FindingKind::TooLarge => "is larger than any input",
            };
            write!(f, "{file} {what}")?;
            if let Some(found) = found {
                write!(f, ", with the SHA-256 {found}")?;
            }
            if !names.is_empty() {
                write!(f, ": {}", names.join(", "))?;
            }
            writeln!(f)?;
        }
        for Unchecked { file, reason } in &self.unchecked {
            writeln!(f, "{file}: not looked at: {reason}")?;
        }
        for NotFlat { name, digest, .. } in &self.not_flat {
            let pinned: Vec<_> = digest.keys().map(|key| key.escape_debug().to_string()).collect();
            let pinned = pinned.join(", ");
            writeln!(f, "{name}: pinned by {pinned}, so no such folder can hold it")?;
        }
        let Self { good, wanted, bytes, .. } = self;
        writeln!(f, "inputs wanted: {wanted}, good: {good}, bytes: {bytes}")?;
        if !self.listed {
            writeln!(
                f,
                "not looked for: files that the release does not want, since the place cannot be listed"
            )?;
        }
        match self.verdict {
            Verdict::Pass => {
                writeln!(f, "pass: every input is there, and is what the release names")
            }
            Verdict::Fail => writeln!(f, "FAIL: findings: {}", self.findings.len()),
            Verdict::Unknown => {
                writeln!(f, "UNKNOWN: not all could be looked at, so this is no pass")
            }
        }
    }
}
