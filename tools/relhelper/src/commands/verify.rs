//! `relhelper verify`: gather, let the pure part decide, write the report.

use std::io::Write;

use serde::Serialize;

use crate::cli::Verify;
use crate::document::json;
use crate::error::{Answer, CommandError};
use crate::io::{cores, gather, origin};
use crate::verify::{Report, Verdict};

/// `relhelper verify`
///
/// # Errors
///
/// When nothing is read from that address, or the report cannot be written.
pub fn run(arguments: &Verify, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let origin = origin::of(&arguments.release, &arguments.server.settings())?;
    let report = gather::verify(origin.as_ref(), cores::available());
    if arguments.json {
        out.write_all(&json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            report: &report,
        }))?;
    } else {
        write!(out, "{report}")?;
    }
    // Signatures and policies come here: they can turn a pass into another answer, and nothing into a pass.
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
