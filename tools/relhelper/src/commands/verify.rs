//! `relhelper verify`: gather, let the pure part decide, write the report.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::verify_signatures;
use crate::cli::Verify;
use crate::document::json;
use crate::error::{Answer, CommandError};
use crate::io::{cores, gather, origin};
use crate::verify::{Report, Verdict};

/// `relhelper verify`
///
/// # Errors
///
/// When nothing is read from that address, a key or policy cannot be used, or the report cannot be written.
pub fn run(arguments: &Verify, out: &mut dyn Write) -> Result<Answer, CommandError> {
    run_at(arguments, Timestamp::now(), out)
}

/// The same at some time, for tests. No option sets the clock that policies and keys are judged by.
///
/// # Errors
///
/// When nothing is read from that address, a key or policy cannot be used, or the report cannot be written.
pub fn run_at(
    arguments: &Verify,
    now: Timestamp,
    out: &mut dyn Write,
) -> Result<Answer, CommandError> {
    let origin = origin::of(&arguments.release, &arguments.server.settings())?;
    let report = gather::verify(origin.as_ref(), cores::available());
    let judged = verify_signatures::judge(arguments, origin.as_ref(), &report, now)?;
    let report = report.with_signatures(judged.report.clone());
    judged.remember(arguments, report.verdict)?;
    if arguments.json {
        out.write_all(&json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            report: &report,
        }))?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(match report.verdict {
        Verdict::Pass => Answer::Yes,
        Verdict::Fail => Answer::No,
        Verdict::Unknown => Answer::Unknown,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    report: &'a Report,
}
