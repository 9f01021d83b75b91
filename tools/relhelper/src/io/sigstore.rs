//! Signing sigstore bundles without a key of one's own: a key for this run, a certificate for it, an entry of a log for each file.

use std::error::Error;

use zeroize::Zeroizing;

use super::http::{Api, ClientError, HttpError, Settings};
use super::secrets::{self, SecretError};
use crate::release::layout;
use crate::signature::key::{KeyError, SecretKey};
use crate::signature::keyless::request::{self, RequestError};
use crate::signature::keyless::{CertificateIdentity, IdentityError, Token};
use crate::signature::{Mechanism, Signer, VerifyingKey, bare};

/// The variable with an identity token.
pub const TOKEN: &str = "SIGSTORE_ID_TOKEN";
/// The variables with which GitHub Actions says where there are tokens.
pub const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// See [`REQUEST_URL`].
pub const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Whom tokens must be for.
const AUDIENCE: &str = "sigstore";

/// Why nobody vouches for who runs this.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SigstoreError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the {who} gives no answer that can be used")]
    Http { who: &'static str, source: HttpError },
    #[error("the certificate cannot be used: {0}")]
    Identity(#[from] IdentityError),
    #[error("no key can be made: {0}")]
    Key(#[from] KeyError),
    #[error(
        "the environment has no identity: neither {TOKEN}, nor {REQUEST_URL} and {REQUEST_TOKEN} are set"
    )]
    NoIdentity,
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// The identity token that the environment has or gives.
pub fn token(settings: &Settings) -> Result<Token, SigstoreError> {
    if let Some(text) = secrets::variable(TOKEN)? {
        return Ok(Token::parse(text)?);
    }
    let (Some(url), Some(bearer)) =
        (secrets::variable(REQUEST_URL)?, secrets::variable(REQUEST_TOKEN)?)
    else {
        return Err(SigstoreError::NoIdentity);
    };
    let answer = Api::new(&url, settings)?
        .get(("audience", AUDIENCE), &bearer)
        .map_err(|source| SigstoreError::Http { who: "issuer of tokens", source })?;
    Ok(Token::of_issuer(&Zeroizing::new(answer))?)
}

/// Who signs for the minutes that the certificate is valid.
pub struct Keyless {
    log: Api,
    key: SecretKey,
    certificate: Vec<u8>,
    public: VerifyingKey,
}

impl Keyless {
    /// Makes a key, and lets the authority at `fulcio` certify whom the token is about. `root` is the trusted root that the
    /// bundles are checked by before anybody gets them.
    pub fn new(
        (fulcio, rekor): (&str, &str),
        root: &str,
        settings: &Settings,
    ) -> Result<Self, SigstoreError> {
        let (authority, log) = (Api::new(fulcio, settings)?, Api::new(rekor, settings)?);
        let token = token(settings)?;
        let key = SecretKey::generate_p256()?;
        let body = request::certificate_request(&token, &key)?;
        let answer = authority
            .post("api/v2/signingCert", body.to_vec())
            .map_err(|source| SigstoreError::Http { who: "certificate authority", source })?;
        let certificate = request::certificate(&answer)?;
        let identity = CertificateIdentity::of_certificate(&certificate, root)?;
        Ok(Self { log, key, certificate, public: VerifyingKey::Certificate(identity) })
    }
}

impl Signer for Keyless {
    fn mechanism(&self) -> Mechanism {
        Mechanism::Sigstore
    }

    fn key_id(&self) -> String {
        self.public.id().unwrap_or_default()
    }

    fn public_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn public_name(&self) -> String {
        layout::SIGNING_IDENTITY.to_owned()
    }

    fn public_file(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        match &self.public {
            VerifyingKey::Certificate(identity) => Ok(identity.to_text() + "\n"),
            _ => Err("it is a key".into()),
        }
    }

    fn sign(&self, _name: &str, content: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let signature = bare::sign(&self.key, content)?;
        let body = request::log_request(content, &signature, &self.certificate);
        let answer = self
            .log
            .post("api/v1/log/entries", body)
            .map_err(|source| SigstoreError::Http { who: "log", source })?;
        Ok(request::bundle(content, &signature, &self.certificate, &answer)?)
    }
}
