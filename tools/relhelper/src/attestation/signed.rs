//! `provenance.json` itself as the payload of an envelope: what those sign who publish a release, before anybody has rebuilt it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::slice;

use super::dsse::{Envelope, IN_TOTO};
use super::jsonl::{self, JsonlError};
use super::provenance::Provenance;
use super::statement::Statement;
use crate::document::provenance::{BUILDER_ID, PREDICATE_TYPE};
use crate::facts::Sha256;
use crate::signature::key::PublicKey;

/// A line that is not what it says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum WrongLine {
    #[error("line {number} names the key that signs now, and has no right signature of it")]
    BadSignature { number: usize },
    #[error(transparent)]
    File(#[from] JsonlError),
    #[error("line {number} is signed by this key, and is about another provenance.json")]
    Other { number: usize },
}

/// Digests of the lines of `file` with which the key has signed `payload`, in their order. Lines of others, and lines about
/// something else, are not looked into.
///
/// # Errors
///
/// When a line is of this key and wrong: nothing is added beside it until somebody has looked.
pub fn lines_of(file: &[u8], payload: &[u8], key: &PublicKey) -> Result<Vec<Sha256>, WrongLine> {
    let mut found = Vec::new();
    let id = key.id().to_string();
    for line in jsonl::read(file)? {
        let (number, Ok(envelope)) = (line.number, &line.envelope) else { continue };
        match envelope.verified_by(slice::from_ref(key)) {
            None if envelope.names(&id) => return Err(WrongLine::BadSignature { number }),
            Some(said) if said.payload_type == IN_TOTO && said.payload == payload => {
                found.push(line.sha256);
            }
            Some(said) if said.payload_type == IN_TOTO && is_of_a_release(&said.payload) => {
                return Err(WrongLine::Other { number });
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Whether the line is a statement that the key has signed, over the file with the digest `payload`.
#[must_use]
pub fn is_signed(line: &[u8], payload: Sha256, key: &PublicKey) -> bool {
    let envelope = Envelope::parse(line).ok();
    let said = envelope.and_then(|envelope| envelope.verified_by(slice::from_ref(key)));
    said.is_some_and(|said| said.payload_type == IN_TOTO && Sha256::of(&said.payload) == payload)
}

/// Whether it is the `provenance.json` of a release, and not the statement of one builder.
fn is_of_a_release(payload: &[u8]) -> bool {
    let said = Statement::parse(payload).ok();
    let said = said.filter(|said| said.predicate_type == PREDICATE_TYPE);
    said.and_then(|said| Provenance::read(&said.predicate).ok())
        .is_some_and(|said| said.run_details.builder.id == BUILDER_ID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::samples;
    use crate::document::provenance::provenance;
    use crate::facts;

    fn payload() -> Vec<u8> {
        provenance(&facts::samples::release_facts())
    }

    fn line(payload: &[u8], seed: u8) -> String {
        samples::envelope(payload, &[&samples::key(seed)]).to_line()
    }

    #[test]
    fn a_line_of_the_key_about_these_bytes_is_found_among_others() {
        let (payload, key) = (payload(), samples::key(1).public());
        let own = line(&payload, 1);
        let summary = br#"{"about":"something else"}"#;
        let others = [
            "not json".to_owned(),
            line(&payload, 2),
            samples::provenance(1),
            samples::difference(1),
            line(summary, 1),
        ];
        let without = others.join("\n");
        assert_eq!(lines_of(without.as_bytes(), &payload, &key), Ok(Vec::new()));
        let with = format!("{without}\n{own}\n");
        let digest = Sha256::of(own.as_bytes());
        assert_eq!(lines_of(with.as_bytes(), &payload, &key), Ok(vec![digest]));
        assert_eq!(lines_of(b"", &payload, &key), Ok(Vec::new()));
    }

    #[test]
    fn a_line_is_signed_by_one_key_over_one_file() {
        let (payload, key) = (payload(), samples::key(1).public());
        let digest = Sha256::of(&payload);
        let is_signed = |line: &str| is_signed(line.as_bytes(), digest, &key);
        assert!(is_signed(&line(&payload, 1)));
        assert!(!is_signed(&line(&payload, 2)) && !is_signed(&line(b"{}", 1)) && !is_signed("{}"));
        let both = samples::envelope(&payload, &[&samples::key(2), &samples::key(1)]).to_line();
        assert!(is_signed(&both));
    }

    #[test]
    fn a_wrong_line_of_the_key_is_an_error() {
        let (payload, key) = (payload(), samples::key(1).public());
        let mut value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        value["predicate"]["buildDefinition"]["externalParameters"] = serde_json::json!({});
        let other = line(value.to_string().as_bytes(), 1);
        assert_eq!(lines_of(other.as_bytes(), &payload, &key), Err(WrongLine::Other { number: 1 }));
        // That of another key, under the name of this one.
        let ids = [2, 1].map(|seed| samples::key(seed).public().id().to_string());
        let forged = line(&payload, 2).replace(&ids[0], &ids[1]);
        let file = format!("\n{}\n{forged}\n", samples::provenance(1));
        assert_eq!(
            lines_of(file.as_bytes(), &payload, &key),
            Err(WrongLine::BadSignature { number: 3 })
        );
        // The same bytes under another type are another statement.
        let typed = Envelope::sign("text/plain", payload.clone(), &[&samples::key(1)]);
        let typed = typed.unwrap().to_line();
        assert!(!is_signed(typed.as_bytes(), Sha256::of(&payload), &key));
        assert_eq!(lines_of(typed.as_bytes(), &payload, &key), Ok(Vec::new()));
        let many = "x\n".repeat(jsonl::MAX_LINES + 1);
        assert!(matches!(lines_of(many.as_bytes(), &payload, &key), Err(WrongLine::File(_))));
    }
}
