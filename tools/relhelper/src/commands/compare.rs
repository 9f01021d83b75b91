//! `relhelper compare`: read both sides, let the pure part explain, write the reports.

use std::io::Write;

use serde::Serialize;

use crate::cli::Compare;
use crate::compare::{Report, Verdict, html};
use crate::document::json;
use crate::error::{Answer, CommandError};
use crate::io::{compare, cores, files};

/// `relhelper compare`
///
/// # Errors
///
/// When the two cannot be compared at all, or a report cannot be written.
pub fn run(arguments: &Compare, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let threads = arguments.threads.unwrap_or_else(cores::available);
    let report = compare::paths(&arguments.published, &arguments.rebuilt, threads)?;
    if let Some(path) = &arguments.html {
        files::replace_or_write(path, html::page(&report).as_bytes())?;
    }
    if arguments.json {
        out.write_all(&json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            report: &report,
        }))?;
    } else {
        // Colours for people who want them, plain text for everything else.
        let text = report.to_string();
        match anstream::AutoStream::choice(&std::io::stdout()) {
            anstream::ColorChoice::Never => write!(out, "{}", anstream::adapter::strip_str(&text))?,
            _ => write!(out, "{text}")?,
        }
    }
    Ok(match report.verdict {
        Verdict::Match | Verdict::MatchButForSignature => Answer::Yes,
        Verdict::Mismatch => Answer::No,
        Verdict::Inconclusive => Answer::Unknown,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    report: &'a Report,
}
