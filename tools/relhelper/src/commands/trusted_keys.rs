//! The keys and identities that the user trusts, given one by one or in a policy.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::Certificate;
use crate::error::{CommandError, Hint as _};
use crate::io::{files, gpg};
use crate::signature::VerifyingKey;
use crate::signature::key::MAX_PEM_BYTES;
use crate::signature::keyless::{self, CertificateIdentity};
use crate::trust::judge::{ids, kind};
use crate::trust::{GivenKey, KeyId, KeyKind, Policy, PolicyFile};

/// A policy, and its keys by what signatures call them.
pub type Judge = (Policy, Vec<(KeyId, VerifyingKey)>);

/// Whom the certificate of bundles must be of, by name, if the user says so.
pub fn certificate_identity(
    arguments: &Certificate,
) -> Result<Option<(String, CertificateIdentity)>, CommandError> {
    let (Some(identity), Some(issuer)) =
        (&arguments.certificate_identity, &arguments.certificate_oidc_issuer)
    else {
        return Ok(None);
    };
    let root = match &arguments.trusted_root {
        Some(path) => read_text(path)?,
        None => keyless::public_root().to_owned(),
    };
    let expected = CertificateIdentity::new(identity, issuer, &root).map_err(|error| {
        CommandError::message(format!("nobody can be recognised by that\n  why: {error}"))
            .hint("docs/how-to/verify-a-release.md tells what bundles with a certificate take")
    })?;
    Ok(Some((identity.clone(), expected)))
}

pub fn of_keys(
    paths: &[std::path::PathBuf],
    identity: Option<(String, CertificateIdentity)>,
    each_payload: bool,
) -> Result<Judge, CommandError> {
    let mut named: BTreeMap<String, GivenKey> = BTreeMap::new();
    let mut keys = Vec::new();
    for path in paths {
        let text = read_text(path)?;
        let key = VerifyingKey::parse(text.trim_start()).map_err(|error| {
            CommandError::message(format!(
                "{} is no public key that can be used: {error}",
                path.display()
            ))
        })?;
        let id = called(&key).into_iter().next().unwrap_or_default();
        let kind = kind(&key);
        // The same key twice would look like one that is its own successor.
        if named.values().all(|(known, of, _)| (*known, of) != (kind, &id)) {
            let given = (kind, id.clone(), Some(text.into_bytes()));
            named.insert(path.display().to_string(), given);
            keys.push((id, key));
        }
    }
    if let Some((name, identity)) = identity {
        named.insert(name, (KeyKind::Certificate, identity.id(), None));
        keys.push((identity.id(), VerifyingKey::Certificate(identity)));
    }
    let policy = Policy::of_keys(named, each_payload);
    Ok((policy.ok_or_else(|| CommandError::message("there is no key".to_owned()))?, keys))
}

/// What a key is called. Of one in `OpenPGP`, gpg alone knows the fingerprint, if it is there.
pub fn called(key: &VerifyingKey) -> Vec<KeyId> {
    let fingerprint = match key {
        VerifyingKey::Gpg(block) => gpg::fingerprint(block).ok(),
        _ => None,
    };
    fingerprint.into_iter().chain(ids(key)).collect()
}

pub fn read_text(path: &Path) -> Result<String, CommandError> {
    let limit = PolicyFile::MAX_BYTES.max(MAX_PEM_BYTES as u64);
    files::read_text(path, limit).hint("keys and policies are small text files")
}
