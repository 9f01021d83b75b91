//! `relhelper codesign apply`: the published release out of a rebuilt one and the detached signatures.

use std::io::Write;

use super::make::make;
use super::release::{Output, Source};
use super::signatures::Signatures;
use crate::cli::codesign::Apply;
use crate::compare::Verdict;
use crate::error::{Answer, CommandError};
use crate::io::origin::{Folder, Origin as _};
use crate::io::{compare, cores};

/// `relhelper codesign apply`
///
/// # Errors
///
/// When a release or a signature cannot be read, or the new one not be written.
pub fn run(arguments: &Apply, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let folder = Folder::new(&arguments.signed);
    let signatures = Signatures::read(&folder, folder.list()?.unwrap_or_default())?;
    if signatures.is_empty() {
        let text = format!("there are no detached code signatures in {}", folder.name());
        return Err(CommandError::message(text).hint("`relhelper codesign sign` writes them"));
    }
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
