//! What a policy makes of a release's signatures.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use crate::document::visible;
use crate::error::Answer;
use crate::facts::words::words;
use crate::signature::CertificateDefect;

words! {
    /// What an outcome says for the whole release.
    Decision, "the decision", {
        /// The release does not have what the policy asks for.
        No = "no",
        /// For information; it decides nothing.
        Note = "note",
        /// Whether it has could not be told, which is no pass.
        Unknown = "unknown",
        /// What the policy asks for is there.
        Yes = "yes",
    }
}

words! {
    /// One way a signature, a key, or a policy can be.
    Word, "the outcome", {
        /// The signature does not fit the bytes of the file and the key it names, or is damaged.
        BadSignature = "bad-signature",
        /// A signature could not be checked.
        CouldNotCheck = "could-not-check",
        /// The certificate was not valid when the log took the signature.
        ExpiredCertificate = "expired-certificate",
        /// The key's time is over.
        ExpiredKey = "expired-key",
        /// The policy's time is over.
        ExpiredPolicy = "expired-policy",
        /// The release has no file of a kind that must be signed.
        MissingFile = "missing-file",
        /// There is no signature.
        NoSignature = "no-signature",
        /// There was neither key nor policy, so nobody looked at the signature.
        NotChecked = "not-checked",
        /// The signature is not proven to be in a log that the trusted root has.
        NotInLog = "not-in-log",
        /// The key's time has not begun.
        NotYetValid = "not-yet-valid",
        /// The key is revoked.
        RevokedKey = "revoked-key",
        /// Enough signers have signed the file.
        Signed = "signed",
        /// Statements about keys are missing, or contradict others.
        StatementRefused = "statement-refused",
        /// The key gave its place to another one before this version.
        SupersededKey = "superseded-key",
        /// Fewer signers than it takes.
        ThresholdNotMet = "threshold-not-met",
        /// A key of the policy, or the roots of trust for a signature, are not at hand.
        TrustRootMissing = "trust-root-missing",
        /// The signature is of a key that the policy does not have.
        UnknownKey = "unknown-key",
        /// The certificate or the log entry does not lead to the trusted root.
        UntrustedCertificate = "untrusted-certificate",
        /// The version is older than the policy, or what was seen before, allows.
        VersionTooOld = "version-too-old",
        /// The signature is over another file.
        WrongFile = "wrong-file",
        /// The key is trusted, but not for such a file; or the certificate is of somebody else.
        WrongIdentity = "wrong-identity",
        /// Another one vouches for the identity in the certificate than the policy says.
        WrongIssuer = "wrong-issuer",
        /// The release is one of another product.
        WrongProduct = "wrong-product",
    }
}

impl From<CertificateDefect> for Word {
    fn from(defect: CertificateDefect) -> Self {
        match defect {
            CertificateDefect::Expired => Self::ExpiredCertificate,
            CertificateDefect::Identity => Self::WrongIdentity,
            CertificateDefect::Issuer => Self::WrongIssuer,
            CertificateDefect::NotInLog => Self::NotInLog,
            CertificateDefect::Untrusted => Self::UntrustedCertificate,
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Outcome {
    /// The file it is about, if it is about one.
    pub file: Option<String>,
    /// Where the signature is, if it is about one.
    pub signature: Option<String>,
    /// What the policy calls the key, if it is about one that the policy has.
    pub key: Option<String>,
    /// What it is.
    pub outcome: Word,
    /// What that means for the release.
    pub decision: Decision,
    /// The same in words.
    pub message: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.signature.as_ref().or(self.file.as_ref()) {
            write!(f, "{place}: ")?;
        }
        // Some of the words are those of the signature, and must not look like a line of the report.
        write!(f, "{}: {}", self.outcome, visible(&self.message).replace('\n', " "))
    }
}

/// Everything that was found, in the order of the rules and of the files.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// What judged: the policy or the keys, as the user called them. Without any, there is nothing to say yes or no to.
    pub policy: Option<String>,
    /// Whether the policy asks for no signature at all, but for builders, which are counted elsewhere and can say no.
    #[serde(skip)]
    pub asks_nothing: bool,
    /// The outcomes.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// The same, by the policy or key of this name.
    #[must_use]
    pub fn by(self, name: String) -> Self {
        Self { policy: Some(name), ..self }
    }

    /// Adds lines of statements that cannot be read, and why. Whoever can add them can leave out others, so they are notes.
    #[must_use]
    pub fn with_defects(mut self, defects: &[(usize, String)]) -> Self {
        self.outcomes.extend(defects.iter().map(|(line, why)| Outcome {
            file: Some(crate::release::layout::KEY_STATEMENTS.to_owned()),
            signature: None,
            key: None,
            outcome: Word::StatementRefused,
            decision: Decision::Note,
            message: format!("line {line}: {why}"),
        }));
        self
    }

    /// Yes when all that was asked for is there, and nothing speaks against it. Where nothing was asked for, only a policy that leaves the
    /// answer to builders gives one.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let has = |decision| self.outcomes.iter().any(|outcome| outcome.decision == decision);
        if has(Decision::No) {
            Answer::No
        } else if has(Decision::Unknown) || !(has(Decision::Yes) || self.asks_nothing) {
            Answer::Unknown
        } else {
            Answer::Yes
        }
    }
}

/// What is told of signatures when nobody said whom to trust: that they were not looked at.
#[must_use]
pub fn not_checked(signatures: &[(String, String)]) -> Report {
    let outcome = |(file, place): &(String, String)| Outcome {
        file: Some(file.clone()),
        signature: Some(place.clone()),
        key: None,
        outcome: Word::NotChecked,
        decision: Decision::Note,
        message: "neither a key nor a policy was given".to_owned(),
    };
    Report { outcomes: signatures.iter().map(outcome).collect(), ..Report::default() }
}

/// What the policy called `policy` makes of a release that cannot be read.
#[must_use]
pub fn unreadable(policy: &str, why: &str) -> Report {
    let outcome = Outcome {
        file: None,
        signature: None,
        key: None,
        outcome: Word::CouldNotCheck,
        decision: Decision::Unknown,
        message: why.to_owned(),
    };
    Report { policy: Some(policy.to_owned()), asks_nothing: false, outcomes: vec![outcome] }
}
