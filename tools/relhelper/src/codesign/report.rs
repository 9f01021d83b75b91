//! What was signed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use super::System;
use crate::compare::envelope::detached::FileDigest;
use crate::document::json;

/// What was signed, and what was not.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/detached-code-signature.md describes the fields")]
pub struct Report {
    format_version: u32,
    pub programs: Vec<Program>,
    /// Bundles that were packed anew.
    pub bundles: Vec<String>,
    /// Programs of these systems that were left as they are: there is no key for them.
    pub unsigned: Vec<String>,
    /// Files beside the release that were about the unsigned bytes, and are not in the new one.
    pub left_out: Vec<String>,
}

/// A program that was signed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/formats/detached-code-signature.md describes the fields")]
pub struct Program {
    pub name: String,
    pub system: System,
    pub unsigned: FileDigest,
    pub signed: FileDigest,
    /// The detached signature.
    pub signature: String,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            format_version: json::FORMAT_VERSION,
            programs: Vec::new(),
            bundles: Vec::new(),
            unsigned: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Program { name, system, signed, .. } in &self.programs {
            writeln!(f, "{system} {}  {name}", signed.sha256)?;
        }
        for bundle in &self.bundles {
            writeln!(f, "packed anew: {bundle}")?;
        }
        for name in &self.unsigned {
            writeln!(f, "left unsigned: {name}")?;
        }
        for name in &self.left_out {
            writeln!(f, "left out, because it is about the unsigned files: {name}")?;
        }
        Ok(())
    }
}
