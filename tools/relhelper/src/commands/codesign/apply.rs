//! `relhelper codesign apply`: the published release out of a rebuilt one and the detached signatures.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::make::{Sign, make};
use super::release::{Output, Source};
use crate::cli::codesign::Apply;
use crate::codesign::System;
use crate::compare::Verdict;
use crate::compare::envelope::detached::Detached;
use crate::error::{Answer, CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::origin::{Folder, Origin as _};
use crate::io::{compare, cores};
use crate::release::FileName;
use crate::release::layout::code_signed;
use crate::verify::MAX_DOCUMENT_BYTES;

/// `relhelper codesign apply`
///
/// # Errors
///
/// When a release or a signature cannot be read, or the new one not be written.
pub fn run(arguments: &Apply, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let signatures = Signatures::read(&arguments.signed)?;
    let source = Source::open(&arguments.rebuilt)?;
    let mut output = Output::new(&arguments.out)?;
    let report = make(&source, &mut output, &signatures)?;
    if report.programs.is_empty() {
        let signed = arguments.signed.display();
        writeln!(out, "no detached signature of {signed} is for a program that was rebuilt")?;
        return Ok(Answer::No);
    }
    output.finish()?;
    write!(out, "{report}")?;
    let report = compare::paths(&arguments.signed, &arguments.out, cores::available())?;
    write!(out, "{report}")?;
    Ok(match report.verdict {
        Verdict::Match => Answer::Yes,
        Verdict::Mismatch | Verdict::MatchButForSignature => Answer::No,
        Verdict::Inconclusive => Answer::Unknown,
    })
}

/// By the SHA-256 of the program that each is for.
struct Signatures(BTreeMap<String, Detached>);

impl Signatures {
    fn read(path: &Path) -> Result<Self, CommandError> {
        let folder = Folder::new(path);
        let mut signatures = BTreeMap::new();
        for name in folder.list()?.unwrap_or_default() {
            if code_signed(&name).is_none() {
                continue;
            }
            let bytes = folder.read(&name.parse()?, MAX_DOCUMENT_BYTES)?;
            let detached = Detached::parse(&bytes)
                .map_err(|error| CommandError::message(format!("{name}: {error}")))?;
            signatures.insert(detached.unsigned.sha256.clone(), detached);
        }
        if signatures.is_empty() {
            let text = format!("there are no detached code signatures in {}", path.display());
            return Err(CommandError::message(text).hint("`relhelper codesign sign` writes them"));
        }
        Ok(Self(signatures))
    }
}

impl Sign for Signatures {
    fn sign(
        &self,
        _system: System,
        name: &FileName,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(detached) = self.0.get(&Sha256::of(unsigned).to_string()) else { return Ok(None) };
        let signed = detached.attach(unsigned);
        signed
            .map(Some)
            .map_err(|why| CommandError::message(format!("{name}: {why}")))
            .hint("nothing was written")
    }
}
