//! The part of `relhelper verify` that is about signatures: keys and policy are read, signatures checked, and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::known_statements;
use super::trusted_keys::{Judge, called, certificate_identity, of_keys, read_text};
use crate::cli::Verify;
use crate::document::json;
use crate::error::CommandError;
use crate::io::origin::Origin;
use crate::io::{cores, files, signatures};
use crate::release::FileName;
use crate::signature::{Mechanism, VerifyingKey};
use crate::trust::judge::read_key;
use crate::trust::{
    Followed, KeyKind, PolicyFile, Report, State, evaluate, follow, not_checked, unreadable,
};
use crate::verify::{self, Verdict};

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
) -> Result<Judged, CommandError> {
    let identity = certificate_identity(&arguments.certificate)?;
    let given = (arguments.keys.as_slice(), identity);
    let (name, (policy, mut keys)) = match (&arguments.policy, given) {
        (Some(path), _) => {
            let name = path.display().to_string();
            (name, read_policy(path)?)
        }
        (None, ([], None)) => return Ok(Judged::unjudged(unjudged(origin), now)),
        (None, (paths, identity)) => {
            let name = match (paths, &identity) {
                ([key], None) => key.display().to_string(),
                ([], Some((name, _))) => name.clone(),
                (keys, identity) => format!("{} keys", keys.len() + identity.iter().count()),
            };
            (name, of_keys(paths, identity, arguments.require_signature)?)
        }
    };
    // Of keys given one by one nothing is remembered. Statements about them are about the product that the release says it is of.
    let policy = policy.of_product(found.release.as_ref().map(|release| release.name.as_str()));
    let remembered = read_state(arguments, policy.product.as_deref().unwrap_or_default())?;
    let policy = policy.not_before(remembered.highest_version.as_ref());
    let mut statements = known_statements::own(&arguments.key_statements)?;
    let beside = known_statements::add_those_beside(&mut statements, origin);
    let Followed { ring, successors, state } = follow(&policy, &statements, &remembered);
    keys.extend(successors.into_iter().map(|(id, key)| (id, VerifyingKey::Pem(key))));
    let now = remembered.time(now);
    let facts = match (&found.release, beside) {
        (None, _) => Err("which release this is cannot be told".to_owned()),
        (_, Err(error)) => Err(error.what()),
        (Some(release), Ok(())) => {
            signatures::gather(origin, release.sha256sums, &keys, cores::available())
                .map_err(|error| error.to_string())
        }
    };
    Ok(match facts {
        Ok(facts) => {
            let report = evaluate(&ring, &facts, now).with_defects(&statements.defects);
            Judged { report: report.by(name), state, version: facts.version, now }
        }
        Err(why) => Judged { report: unreadable(&name, &why), state, version: None, now },
    })
}

/// What was found, and what to remember of it.
pub struct Judged {
    /// The outcomes.
    pub report: Report,
    state: State,
    version: Option<semver::Version>,
    now: Timestamp,
}

impl Judged {
    /// Ids of the keys that a statement has revoked, now or earlier.
    #[must_use]
    pub fn revoked(&self) -> BTreeSet<String> {
        self.state.revoked.keys().cloned().collect()
    }

    /// The time that keys are judged by: now, or the latest that was ever seen if the clock was set back behind it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    fn unjudged(report: Report, now: Timestamp) -> Self {
        Self { report, state: State::new(""), version: None, now }
    }

    /// Writes what is to be remembered, if the user wants that. Statements are true whatever the release is; its version
    /// and the time count only if everything passed.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn remember(self, arguments: &Verify, verdict: Verdict) -> Result<(), CommandError> {
        let Some(path) = &arguments.state else { return Ok(()) };
        let mut state = self.state;
        if state.product.is_empty() {
            return Ok(());
        }
        if verdict == Verdict::Pass {
            state.passed(self.version.as_ref(), self.now);
        }
        files::replace(path, &json::to_bytes(&state))?;
        Ok(())
    }
}

fn read_state(arguments: &Verify, product: &str) -> Result<State, CommandError> {
    let Some(path) = &arguments.state else { return Ok(State::new(product)) };
    let text = match files::read_text(path, State::MAX_BYTES) {
        Ok(text) => text,
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(State::new(product));
        }
        Err(error) => return Err(error.into()),
    };
    State::parse(text.as_bytes(), product).map_err(|error| {
        let name = path.display();
        CommandError::message(format!("{name} cannot be used\n  why: {error}"))
            .hint("each product has a file of its own; without it, older releases go unnoticed")
    })
}

/// The signatures that lie beside a release, which nobody looked at.
fn unjudged(origin: &dyn Origin) -> Report {
    let listing = origin.list().ok().flatten().unwrap_or_default();
    let place = |place: &String| Some((Mechanism::of_name(place)?.0.to_owned(), place.clone()));
    not_checked(&listing.iter().filter_map(place).collect::<Vec<_>>())
}

/// The policy and its keys.
fn read_policy(path: &Path) -> Result<Judge, CommandError> {
    let wrong = |error: crate::trust::PolicyError| {
        let name = path.display();
        CommandError::message(format!("{name} is no policy that can be used\n  why: {error}"))
            .hint("docs/formats/trust.md describes policies")
    };
    let text = read_text(path)?;
    let file = PolicyFile::parse(&text).map_err(wrong)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut texts = BTreeMap::new();
    for name in file.key_files() {
        // A name that is no plain one is refused below; a file that is not there is told with what needs it.
        let Ok(plain) = name.parse::<FileName>() else { continue };
        if let Ok(text) = read_text(&plain.inside(folder)) {
            texts.insert(name.to_owned(), text.into_bytes());
        }
    }
    let identify = |kind: KeyKind, text: &[u8]| read_key(kind, text).map(|(_, key)| called(&key));
    let policy = file.check(&texts, &identify).map_err(wrong)?;
    let key = |key: &crate::trust::Key| {
        let (_, read) = read_key(key.kind, key.material.as_deref()?).ok()?;
        Some((key.id.clone()?, read))
    };
    let keys = policy.keys().iter().filter_map(key).collect();
    Ok((policy, keys))
}
