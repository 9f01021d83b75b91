//! Bare signatures: over the bytes of a file and nothing else, so that nothing in them says what they are for.
//!
//! The keys that make them also sign statements (DSSE), and can be keys of OpenSSH. What is signed there begins with words that
//! say so. A file that begins with them is not signed bare, and no bare signature of one counts: otherwise whoever gets such a
//! file into a release has a statement of their own signed with it. Signatures by way of a digest (ECDSA, RSA) are no
//! different, since the digest is one of the same bytes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Outcome;
use super::key::{SecretKey, SigningFailed};

/// What bytes begin with that are signed for another use, and what they are then.
const OTHER_USES: [(&str, &str); 2] = [
    // https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition
    ("DSSEv1 ", "of statements (DSSE)"),
    // https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig, "Signed Data"
    ("SSHSIG", "of OpenSSH"),
];

/// Why a file has no bare signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum BareError {
    #[error(
        "it begins with `{begin}`, as the signed bytes {whose} do, so its signature would be one {whose} as well; \
         leave it out of the release, pack it into an archive, or sign with keys of minisign, OpenSSH or OpenPGP alone"
    )]
    OtherUse { begin: &'static str, whose: &'static str },
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

/// The signature of `content` as a file.
///
/// # Errors
///
/// When it begins as what is signed for another use; when the system gives no random numbers, which ECDSA needs.
pub fn sign(key: &SecretKey, content: &[u8]) -> Result<Vec<u8>, BareError> {
    match other_use(content) {
        Some((begin, whose)) => Err(BareError::OtherUse { begin, whose }),
        None => Ok(key.sign(content)?),
    }
}

/// What to say of every bare signature of `content`, if it is a file that has none.
#[must_use]
pub fn refused(content: &[u8]) -> Option<Outcome> {
    let (begin, whose) = other_use(content)?;
    let reason = format!(
        "the file begins with `{begin}`, as the signed bytes {whose} do, and a bare signature of those counts for no file"
    );
    Some(Outcome::Malformed { reason })
}

fn other_use(content: &[u8]) -> Option<(&'static str, &'static str)> {
    OTHER_USES.into_iter().find(|(begin, _)| content.starts_with(begin.as_bytes()))
}
