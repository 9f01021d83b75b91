//! `relhelper verify`: gather, let the pure part decide, write the report.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::{attestations, sign, verify_signatures};
use crate::attestation::outcome::Rebuilds;
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
    let signing = sign::demanded(arguments.config.as_deref())?;
    let report = gather::verify_signed(origin.as_ref(), &signing, cores::available());
    let judged = verify_signatures::judge(arguments, origin.as_ref(), &report, now)?;
    let mut report = report.with_signatures(judged.report.clone());
    let rebuilds = match &arguments.policy {
        Some(policy) => {
            let sums = report.release.as_ref().map(|release| release.sha256sums);
            let (revoked, now) = (judged.revoked(), judged.now());
            attestations::rebuilds(origin.as_ref(), sums, policy, &revoked, now)?
        }
        None => None,
    };
    report.verdict = match &rebuilds {
        // A policy that leaves the answer to builders, and nobody has counted any.
        None if report.signatures.asks_nothing && report.verdict == Verdict::Pass => {
            Verdict::Unknown
        }
        rebuilds => with_rebuilds(report.verdict, rebuilds.as_ref()),
    };
    judged.remember(arguments, report.verdict)?;
    if arguments.json {
        out.write_all(&json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            report: &report,
            rebuilds: rebuilds.as_ref(),
        }))?;
    } else {
        write!(out, "{report}")?;
        if let Some(rebuilds) = &rebuilds {
            write!(out, "{rebuilds}")?;
        }
    }
    Ok(match report.verdict {
        Verdict::Pass => Answer::Yes,
        Verdict::Fail => Answer::No,
        Verdict::Unknown => Answer::Unknown,
    })
}

/// Builders can turn a pass into another verdict, and nothing into a pass.
fn with_rebuilds(verdict: Verdict, rebuilds: Option<&Rebuilds>) -> Verdict {
    match (verdict, rebuilds.map(Rebuilds::answer)) {
        (Verdict::Fail, _) | (_, Some(Answer::No)) => Verdict::Fail,
        (Verdict::Unknown, _) | (_, Some(Answer::Unknown)) => Verdict::Unknown,
        (Verdict::Pass, None | Some(Answer::Yes)) => Verdict::Pass,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuilds: Option<&'a Rebuilds>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::outcome::Enough;
    use Verdict::{Fail, Pass, Unknown};

    #[test]
    fn builders_turn_nothing_into_a_pass() {
        let counted = |answer| Rebuilds::NotCounted { answer, reason: String::new() };
        let (yes, no, open) = (counted(Enough::Yes), counted(Enough::No), counted(Enough::Unknown));
        for (verdict, rebuilds, expected) in [
            (Pass, None, Pass),
            (Pass, Some(&yes), Pass),
            (Pass, Some(&no), Fail),
            (Pass, Some(&open), Unknown),
            (Unknown, None, Unknown),
            (Unknown, Some(&yes), Unknown),
            (Unknown, Some(&no), Fail),
            (Fail, None, Fail),
            (Fail, Some(&yes), Fail),
            (Fail, Some(&open), Fail),
        ] {
            assert_eq!(with_rebuilds(verdict, rebuilds), expected);
        }
    }
}
