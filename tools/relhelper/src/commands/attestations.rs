//! What the commands that read or add attestations share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use semver::Version;
use sha2::Digest as _;

use crate::attestation::dsse::{Envelope, IN_TOTO};
use crate::attestation::outcome::{Count, Enough, Rebuilds};
use crate::attestation::policy::{self, Policy};
use crate::attestation::published::Published;
use crate::attestation::{count, json, jsonl};
use crate::error::{CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::files::{self, FileError, failed_to};
use crate::io::origin::{Capped, Origin, OriginError};
use crate::io::{append, secrets, verified};
use crate::release::{FileName, layout};
use crate::signature::key::{MAX_PEM_BYTES, SecretKey};
use crate::trust::statement::Statements;

/// The environment variable with a secret key, for those who have it in no file.
const KEY_VARIABLE: &str = "RELHELPER_SIGNING_KEY";
/// Most bytes of one artifact.
const MAX_ARTIFACT_BYTES: u64 = 1 << 40;

/// What a release says of itself.
pub fn published(origin: &dyn Origin) -> Result<Published, CommandError> {
    published_by(origin, |name, limit| origin.read(name, limit))
}

/// The same of a release that was verified.
fn verified_provenance(origin: &dyn Origin, sums: Sha256) -> Result<Published, CommandError> {
    let digests = verified::digests(origin, sums)?;
    published_by(origin, |name, limit| verified::read(origin, &digests, name, limit))
}

fn published_by(
    origin: &dyn Origin,
    read: impl FnOnce(&FileName, u64) -> Result<Vec<u8>, OriginError>,
) -> Result<Published, CommandError> {
    let name: FileName = layout::PROVENANCE.parse()?;
    let bytes = read(&name, json::Limits::ATTESTATION.max_bytes as u64)?;
    Published::parse(&bytes).map_err(|error| {
        let place = origin.name();
        CommandError::message(format!("{name} of {place} is not that of a release: {error}"))
    })
}

/// Reads the artifacts of a release and checks that they have the digests that the release says.
pub fn check_artifacts(origin: &dyn Origin, published: &Published) -> Result<(), CommandError> {
    for (file, subject) in &published.subjects {
        let mut reader = origin.open(file, MAX_ARTIFACT_BYTES)?;
        let mut sha256 = sha2::Sha256::new();
        let mut chunk = vec![0; 1 << 20];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => sha256.update(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(unreadable(origin, file)(source).into()),
            }
        }
        let found = Sha256::from(<[u8; 32]>::from(sha256.finalize()));
        if found != subject.sha256 {
            let message = format!(
                "`{file}` is not the published one: its SHA-256 is {found}, {} says {}",
                layout::PROVENANCE,
                subject.sha256
            );
            return Err(
                CommandError::message(message).hint("`relhelper verify` tells what else is wrong")
            );
        }
    }
    Ok(())
}

/// Counts the builders of the release whose verified `SHA256SUMS` has the digest `sums`, where the policy in the file `policy`
/// wants that. Its artifacts are not read again: they have the digests of that list and, in it, of the provenance. Nothing that
/// a key signed counts whose id is in `revoked`.
///
/// # Errors
///
/// When the policy cannot be used. What is wrong with the release is no error but an open answer.
pub fn rebuilds(
    origin: &dyn Origin,
    sums: Option<Sha256>,
    policy: &Path,
    revoked: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Option<Rebuilds>, CommandError> {
    let text = read_policy(policy)?;
    if !policy::wants_rebuilds(&text).map_err(|error| refused(policy, &error))? {
        return Ok(None);
    }
    let policy = parse_policy(policy, &text, now)?.without(revoked);
    let unknown = || CommandError::message("which release this is cannot be told".to_owned());
    let counted = sums
        .ok_or_else(unknown)
        .and_then(|sums| verified_provenance(origin, sums))
        .and_then(|published| count_lines(origin, &published, &policy));
    Ok(Some(counted.map_or_else(
        |error| Rebuilds::NotCounted { answer: Enough::Unknown, reason: error.what() },
        Rebuilds::Counted,
    )))
}

/// Counts the attestations of a release by the policy in the file `policy`; also the digest of that file. A key that revokes itself in
/// one of `statements` does not count.
pub fn count_by(
    origin: &dyn Origin,
    published: &Published,
    policy: &Path,
    statements: &Statements,
    now: Timestamp,
) -> Result<(Count, Sha256), CommandError> {
    let text = read_policy(policy)?;
    let parsed = parse_policy(policy, &text, now)?;
    let revoked = statements.revoked_by_themselves(&parsed.keys());
    let parsed = parsed.without(&revoked);
    Ok((count_lines(origin, published, &parsed)?, Sha256::of(text.as_bytes())))
}

fn count_lines(
    origin: &dyn Origin,
    published: &Published,
    policy: &Policy,
) -> Result<Count, CommandError> {
    let product = &policy.product;
    if *product != published.name {
        let found = &published.name;
        let message = format!("the policy is for {product}, and the release is of {found}");
        return Err(CommandError::message(message));
    }
    if let Some(minimum) = &policy.minimum_version {
        let found: Version = published.version.parse()?;
        if found.cmp_precedence(minimum).is_lt() {
            let message =
                format!("the policy is for {minimum} and later, and the release is {found}");
            return Err(CommandError::message(message));
        }
    }
    let name = published.attestations()?;
    let lines = match origin.read(&name, jsonl::MAX_BYTES) {
        Ok(bytes) => jsonl::read(&bytes).map_err(|error| {
            CommandError::message(format!("{name} of {} cannot be used: {error}", origin.name()))
        })?,
        Err(OriginError::Missing { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(count(&lines, policy, published))
}

fn read_policy(policy: &Path) -> Result<String, CommandError> {
    let bytes = read_file(policy, policy::MAX_BYTES)?;
    String::from_utf8(bytes).map_err(|error| refused(policy, &error))
}

/// The policy with this text, with the keys beside it.
fn parse_policy(policy: &Path, text: &str, now: Timestamp) -> Result<Policy, CommandError> {
    let mut keys = BTreeMap::new();
    for name in policy::key_files(text).map_err(|error| refused(policy, &error))? {
        let path = beside(policy, &name)?;
        keys.insert(name, read_file(&path, MAX_PEM_BYTES as u64)?);
    }
    Policy::parse(text, &keys, now).map_err(|error| refused(policy, &error))
}

fn refused(policy: &Path, error: &dyn std::error::Error) -> CommandError {
    CommandError::message(format!("the policy {} cannot be used: {error}", policy.display()))
}

/// Signs a payload and adds it to the file at `path`, unless the same line is there.
pub fn add(path: &Path, payload: Vec<u8>, key: &SecretKey) -> Result<(), CommandError> {
    let line = Envelope::sign(IN_TOTO, payload, &[key])?.to_line();
    append::replace(path, jsonl::MAX_BYTES, |before| {
        if before.split(|byte| *byte == b'\n').any(|there| there == line.as_bytes()) {
            return Ok(before.to_vec());
        }
        jsonl::with_line(before, &line).map_err(|error| {
            CommandError::message(format!("cannot add a line to {}: {error}", path.display()))
        })
    })
}

/// The file that lines are added to: `out`, or the one in the folder of the release.
pub fn target(
    out: Option<&Path>,
    release: &str,
    published: &Published,
) -> Result<PathBuf, CommandError> {
    match out {
        Some(path) => Ok(path.to_owned()),
        None if release.contains("://") => {
            let message = "lines cannot be added to a file on a server";
            Err(CommandError::message(message.to_owned()).hint("`--out FILE` says where they go"))
        }
        None => Ok(published.attestations()?.inside(Path::new(release))),
    }
}

/// The secret key in `file`, or else in the environment.
pub fn secret_key(file: Option<&Path>) -> Result<SecretKey, CommandError> {
    let found = match file {
        Some(path) => Some((secrets::read(path)?, path.display().to_string())),
        None => secrets::variable(KEY_VARIABLE)?.map(|text| (text, KEY_VARIABLE.to_owned())),
    };
    let (text, place) = found.ok_or_else(|| {
        CommandError::message("there is no key to sign with".to_owned())
            .hint(format!("`--key-file FILE`, or the text in {KEY_VARIABLE}"))
    })?;
    SecretKey::from_pem(&text).map_err(|error| {
        let hint = error.hint();
        let error = CommandError::message(format!("{place} has no key to sign with: {error}"));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// A whole file of at most `max_bytes`.
pub fn read_file(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let mut file = Capped::new(files::open(path)?, max_bytes);
    file.read_to_end(&mut bytes).map_err(failed_to("read", path))?;
    Ok(bytes)
}

fn unreadable(origin: &dyn Origin, name: &FileName) -> impl FnOnce(io::Error) -> OriginError {
    let what = format!("{name} in {}", origin.name());
    move |source| OriginError::Unreadable { what, source }
}

/// The key file `name` of a policy: a plain name, in the policy's folder.
fn beside(policy: &Path, name: &str) -> Result<PathBuf, CommandError> {
    let name = name.parse::<FileName>().hint("key files lie in the folder of the policy")?;
    Ok(name.inside(policy.parent().unwrap_or(Path::new(""))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::gather::samples::{Files, Memory, release, sign_off};
    use crate::release::layout::{PROVENANCE, SHA256SUMS};
    use expect_test::expect;

    fn read(files: Files, sums: Sha256) -> Result<String, String> {
        let found = verified_provenance(&Memory { files, listed: true }, sums);
        found.map(|published| published.version).map_err(|error| error.what())
    }

    /// Whoever controls the server can give one release first, and then the documents of another one that others rebuilt.
    #[test]
    fn builders_are_counted_of_the_release_that_was_verified() {
        let verified = Sha256::of(&release()[SHA256SUMS]);
        assert_eq!(read(release(), verified), Ok("1.2.3".to_owned()));
        let mut other = release();
        let provenance = String::from_utf8(other[PROVENANCE].clone()).unwrap();
        other.insert(PROVENANCE.to_owned(), provenance.replace("1.2.3", "1.2.2").into_bytes());
        expect![
            "cannot read provenance.json in memory: its bytes are not those that were verified"
        ]
        .assert_eq(&read(other.clone(), verified).unwrap_err());
        sign_off(&mut other);
        expect!["cannot read SHA256SUMS in memory: its bytes are not those that were verified"]
            .assert_eq(&read(other, verified).unwrap_err());
    }
}
