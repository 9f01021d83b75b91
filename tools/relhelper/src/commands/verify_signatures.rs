//! The part of `relhelper verify` that is about signatures: keys and policy are read, signatures checked, and judged.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::Verify;
use crate::error::{CommandError, Hint as _};
use crate::io::origin::Origin;
use crate::io::{cores, files, signatures};
use crate::release::FileName;
use crate::signature::key::MAX_PEM_BYTES;
use crate::signature::{Mechanism, VerifyingKey};
use crate::trust::judge::{ids, read_key};
use crate::trust::{
    KeyId, KeyKind, Keyring, Policy, PolicyFile, Report, evaluate, not_checked, unreadable,
};
use crate::verify;

/// What the user's keys or policy make of the signatures of the release that `found` is about.
///
/// # Errors
///
/// When a key or the policy cannot be used.
pub fn judge(
    arguments: &Verify,
    origin: &dyn Origin,
    found: &verify::Report,
    now: Timestamp,
) -> Result<Report, CommandError> {
    let (name, (policy, keys)) = match (&arguments.policy, arguments.keys.as_slice()) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let Some(judge) = read_policy(path)? else {
                let why = "it says whose rebuilds count, and nothing of signatures on files";
                return Ok(unreadable(&name, why));
            };
            (name, judge)
        }
        (None, []) => return Ok(unjudged(origin)),
        (None, paths) => {
            let name = match paths {
                [key] => key.display().to_string(),
                keys => format!("{} keys", keys.len()),
            };
            (name, of_keys(paths, arguments.require_signature)?)
        }
    };
    let Some(release) = &found.release else {
        return Ok(unreadable(&name, "which release this is cannot be told"));
    };
    let facts = match signatures::gather(origin, release.sha256sums, &keys, cores::available()) {
        Ok(facts) => facts,
        Err(error) => return Ok(unreadable(&name, &error.to_string())),
    };
    let report = evaluate(&Keyring::of(&policy), &facts, now);
    Ok(Report { policy: Some(name), ..report })
}

/// The signatures that lie beside a release, which nobody looked at.
fn unjudged(origin: &dyn Origin) -> Report {
    let listing = origin.list().ok().flatten().unwrap_or_default();
    let place = |place: &String| Some((Mechanism::of_name(place)?.0.to_owned(), place.clone()));
    not_checked(&listing.iter().filter_map(place).collect::<Vec<_>>())
}

type Judge = (Policy, Vec<(KeyId, VerifyingKey)>);

fn of_keys(paths: &[std::path::PathBuf], each_payload: bool) -> Result<Judge, CommandError> {
    let mut named = BTreeMap::new();
    let mut keys = Vec::new();
    for path in paths {
        let text = read_text(path)?;
        let key = VerifyingKey::parse(text.trim_start()).map_err(|error| {
            CommandError::message(format!(
                "{} is no public key that can be used: {error}",
                path.display()
            ))
        })?;
        let id = ids(&key).into_iter().next().unwrap_or_default();
        // The kind does not matter for keys without a policy file.
        named.insert(path.display().to_string(), (KeyKind::Pem, id.clone()));
        keys.push((id, key));
    }
    let policy = Policy::of_keys(named, each_payload);
    Ok((policy.ok_or_else(|| CommandError::message("there is no key".to_owned()))?, keys))
}

/// The policy and its keys; nothing when it is about rebuilds only.
fn read_policy(path: &Path) -> Result<Option<Judge>, CommandError> {
    let wrong = |error: crate::trust::PolicyError| {
        let name = path.display();
        CommandError::message(format!("{name} is no policy that can be used\n  why: {error}"))
            .hint("docs/formats/trust.md describes policies")
    };
    let text = read_text(path)?;
    let file = PolicyFile::parse(&text).map_err(wrong)?;
    if !file.is_about_signatures() {
        return Ok(None);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut texts = BTreeMap::new();
    for name in file.key_files() {
        // A name that is no plain one is refused below; a file that is not there is told with what needs it.
        let Ok(plain) = name.parse::<FileName>() else { continue };
        if let Ok(text) = read_text(&plain.inside(folder)) {
            texts.insert(name.to_owned(), text.into_bytes());
        }
    }
    let identify = |kind: KeyKind, text: &[u8]| read_key(kind, text).map(|(ids, _)| ids);
    let policy = file.check(&texts, &identify).map_err(wrong)?;
    let key = |key: &crate::trust::Key| {
        let (ids, read) = read_key(key.kind, key.material.as_deref()?).ok()?;
        Some((ids.into_iter().next()?, read))
    };
    let keys = policy.keys().iter().filter_map(key).collect();
    Ok(Some((policy, keys)))
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    let limit = PolicyFile::MAX_BYTES.max(MAX_PEM_BYTES as u64);
    files::read_text(path, limit).hint("keys and policies are small text files")
}
