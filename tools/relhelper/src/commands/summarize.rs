//! `relhelper summarize`: the builders of a release counted, and the result signed.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::{attestations, known_statements};
use crate::attestation::outcome::Count;
use crate::attestation::run::Identity;
use crate::attestation::summary::{Request, summary};
use crate::cli::Summarize;
use crate::document::json;
use crate::error::{Answer, CommandError};
use crate::io::origin;

/// `relhelper summarize`
///
/// # Errors
///
/// When the release, its attestations or the policy cannot be read, or the summary cannot be added.
pub fn run(arguments: &Summarize, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let origin = origin::of(&arguments.release, &arguments.server.settings())?;
    let origin = origin.as_ref();
    let published = attestations::published(origin)?;
    attestations::check_artifacts(origin, &published)?;
    let key = attestations::secret_key(arguments.key_file.as_deref())?;
    let target = attestations::target(arguments.out.as_deref(), &arguments.release, &published)?;
    let now = Timestamp::now();
    let mut statements = known_statements::own(&arguments.key_statements)?;
    known_statements::add_those_beside(&mut statements, origin)?;
    let (count, policy) =
        attestations::count_by(origin, &published, &arguments.policy, &statements, now)?;
    let resource = || format!("pkg:generic/{}@{}", published.name, published.version);
    let resource_uri = or_else(arguments.resource_uri.as_ref(), resource)?;
    let policy_uri =
        or_else(arguments.policy_uri.as_ref(), || format!("urn:relhelper:policy:{policy}"))?;
    let request = Request {
        verifier: &arguments.verifier_id,
        version: env!("CARGO_PKG_VERSION"),
        time: now,
        resource_uri: &resource_uri,
        policy_uri: &policy_uri,
        policy,
    };
    // Without an answer there is nothing to sign.
    if let Some(payload) = summary(&count, &request) {
        attestations::add(&target, payload, &key)?;
    }
    if arguments.json {
        let format_version = json::FORMAT_VERSION;
        out.write_all(&json::to_bytes(&Document { format_version, count: &count }))?;
    } else {
        write!(out, "{count}")?;
    }
    Ok(count.answer.into())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    count: &'a Count,
}

fn or_else(
    given: Option<&Identity>,
    default: impl FnOnce() -> String,
) -> Result<Identity, CommandError> {
    match given {
        Some(uri) => Ok(uri.clone()),
        None => Ok(default().parse()?),
    }
}
