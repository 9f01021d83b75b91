//! `relhelper attest`: what came out of a build, signed by who built.

use std::io::Write;
use std::process::Command;

use jiff::Timestamp;

use super::attestations;
use crate::attestation::attest::{differs, reproduced};
use crate::attestation::json::Limits;
use crate::attestation::report::Rebuild;
use crate::attestation::run::{BuilderDetails, RunDetails, RunMetadata};
use crate::attestation::summary::rfc3339;
use crate::cli::Attest;
use crate::error::{Answer, CommandError};
use crate::io::origin;

/// `relhelper attest`
///
/// # Errors
///
/// When the release is not what it says, the report does not establish what was built, or the line cannot be added.
pub fn run(arguments: &Attest, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let origin = origin::of(&arguments.release, &arguments.server.settings())?;
    let origin = origin.as_ref();
    let published = attestations::published(origin)?;
    attestations::check_artifacts(origin, &published)?;
    let key = attestations::secret_key(arguments.key_file.as_deref())?;
    let target = attestations::target(arguments.out.as_deref(), &arguments.release, &published)?;
    let rebuild = match &arguments.report {
        Some(path) => {
            let bytes = attestations::read_file(path, Limits::ATTESTATION.max_bytes as u64)?;
            Rebuild::parse(&bytes, &published, &arguments.builder_id).map_err(|error| {
                CommandError::message(format!("{} cannot be attested: {error}", path.display()))
            })?
        }
        None => Rebuild {
            run: own_run(arguments)?,
            reproduced: published.subjects.iter().map(|(file, _)| file.to_string()).collect(),
            differences: Vec::new(),
            open: Vec::new(),
        },
    };
    let payloads = [
        reproduced(&published, &rebuild.reproduced, &rebuild.run),
        differs(&published, &rebuild.differences, &rebuild.run),
    ];
    if payloads.iter().all(Option::is_none) {
        let message = "nothing can be attested: of no artifact it is established what came out";
        return Err(CommandError::message(message.to_owned()));
    }
    for payload in payloads.into_iter().flatten() {
        attestations::add(&target, payload, &key)?;
    }
    for difference in &rebuild.differences {
        writeln!(out, "{}: came out as {}", difference.name, difference.rebuilt.sha256)?;
    }
    for (file, why) in &rebuild.open {
        writeln!(out, "{file}: not attested: {why}")?;
    }
    let (same, other) = (rebuild.reproduced.len(), rebuild.differences.len());
    let (id, target) = (&arguments.builder_id, target.display());
    writeln!(out, "{target}: {id} attests {same} artifacts as reproduced, {other} as different")?;
    Ok(if rebuild.differences.is_empty() { Answer::Yes } else { Answer::No })
}

/// The run that made the release, as far as it is told.
fn own_run(arguments: &Attest) -> Result<RunDetails, CommandError> {
    let invocation_id = match &arguments.invocation_id {
        Some(id) => id.to_string(),
        None => random_urn()?,
    };
    let nix = arguments.nix_version.clone().or_else(nix_version);
    let nix = nix.map(|version| ("nix".to_owned(), version));
    let own = ("relhelper".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    Ok(RunDetails {
        builder: BuilderDetails {
            id: arguments.builder_id.to_string(),
            version: nix.into_iter().chain([own]).collect(),
        },
        metadata: RunMetadata {
            invocation_id: Some(invocation_id),
            started_on: arguments.started.map(rfc3339),
            finished_on: Some(rfc3339(arguments.finished.unwrap_or_else(Timestamp::now))),
        },
        byproducts: Vec::new(),
    })
}

/// What `nix --version` says: `nix (Nix) 2.8.0`.
fn nix_version() -> Option<String> {
    let said = Command::new("nix").arg("--version").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    said.split_whitespace().last().map(str::to_owned)
}

/// A UUID of version 4 (RFC 9562).
fn random_urn() -> Result<String, CommandError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        CommandError::message(format!("the system gives no random numbers: {error}"))
    })?;
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{bits:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(format!("urn:uuid:{}", parts.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_names_are_uuids_of_version_4_and_never_the_same() {
        let (one, other) = (random_urn().unwrap(), random_urn().unwrap());
        let form = regex_lite::Regex::new(
            "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        );
        assert!(form.unwrap().is_match(&one), "{one}");
        assert_ne!(one, other);
    }
}
