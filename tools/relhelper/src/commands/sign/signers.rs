//! Every signer that is configured: options name files, variables hold texts.

use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::{Sign, SigningIdentity};
use crate::error::{CommandError, Hint as _};
use crate::io::files;
use crate::io::gpg::Gpg;
use crate::io::secrets;
use crate::io::sigstore::Keyless;
use crate::signature::key::{KeyError, SecretKey};
use crate::signature::keyless::public_root;
use crate::signature::signer::BuiltIn;
use crate::signature::{Signer, minisign, ssh};
use crate::trust::PolicyFile;

/// Variables that hold keys and passphrases.
const SIGNING_KEY: &str = "RELHELPER_SIGNING_KEY";
const SIGSTORE_KEY: &str = "RELHELPER_SIGSTORE_KEY";
const MINISIGN_KEY: &str = "RELHELPER_MINISIGN_KEY";
/// The passphrase of a key of minisign.
pub const MINISIGN_PASSPHRASE: &str = "RELHELPER_MINISIGN_PASSPHRASE";
const SSH_KEY: &str = "RELHELPER_SSH_KEY";
const GPG_KEY: &str = "GPG_PRIVATE_KEY";
const GPG_PASSPHRASE: &str = "GPG_PASSPHRASE";
const GPG_FINGERPRINT: &str = "GPG_PUBLIC_KEY_FINGERPRINT";

/// The public instance.
const FULCIO: &str = "https://fulcio.sigstore.dev";
const REKOR: &str = "https://rekor.sigstore.dev";

/// A secret, and what to call the place it came from.
struct Text {
    place: String,
    text: Zeroizing<String>,
}

/// All of them, one for each mechanism at most: two of one kind would write the same files.
pub fn configured(arguments: &Sign) -> Result<Vec<Box<dyn Signer>>, CommandError> {
    let mut signers: Vec<Box<dyn Signer>> = Vec::new();
    let mut keys: Vec<Text> = Vec::new();
    for file in &arguments.keys {
        keys.push(from_file(file)?);
    }
    keys.extend(from_variable(SIGNING_KEY)?);
    for source in keys {
        signers.push(Box::new(BuiltIn::raw(key(&source, SecretKey::from_pem)?)));
    }
    if let Some(source) = one(arguments.sigstore_key.as_deref(), SIGSTORE_KEY)? {
        signers.push(Box::new(BuiltIn::bundle(key(&source, SecretKey::from_pem)?)));
    }
    if arguments.identity.sigstore_identity {
        signers.push(Box::new(keyless(&arguments.identity)?));
    }
    if let Some(source) = one(arguments.ssh_key.as_deref(), SSH_KEY)? {
        signers.push(Box::new(BuiltIn::ssh(key(&source, ssh::secret_key)?)));
    }
    if let Some(source) = one(arguments.minisign_key.as_deref(), MINISIGN_KEY)? {
        let file = arguments.minisign_passphrase_file.as_deref();
        signers.push(Box::new(BuiltIn::minisign(minisign_key(
            file,
            &source.place,
            &source.text,
        )?)?));
    }
    if let Some(block) = secrets::variable(GPG_KEY)? {
        let passphrase = secrets::variable(GPG_PASSPHRASE)?.unwrap_or_default();
        let fingerprint = secrets::variable(GPG_FINGERPRINT)?;
        let fingerprint = fingerprint.as_ref().map(|text| text.as_str());
        signers.push(Box::new(Gpg::new(&block, passphrase, fingerprint)?));
    }
    for (index, signer) in signers.iter().enumerate() {
        let mechanism = signer.mechanism();
        if signers.iter().skip(index + 1).any(|other| other.mechanism() == mechanism) {
            let suffix = mechanism.suffix();
            let text = format!("there are two {mechanism} keys, and both would write `*{suffix}`");
            return Err(CommandError::message(text).hint(
                "a release has one key of each mechanism; a second signer takes another one: docs/formats/signatures.md",
            ));
        }
    }
    Ok(signers)
}

/// Who signs as the identity of the environment.
fn keyless(arguments: &SigningIdentity) -> Result<Keyless, CommandError> {
    let root = match &arguments.trusted_root {
        Some(file) => files::read_text(file, PolicyFile::MAX_BYTES)?,
        None => public_root().to_owned(),
    };
    let fulcio = arguments.fulcio_url.as_deref().unwrap_or(FULCIO);
    let rekor = arguments.rekor_url.as_deref().unwrap_or(REKOR);
    let made = Keyless::new((fulcio, rekor), &root, &arguments.server.settings());
    made.hint("`relhelper sign --help` lists where identities come from")
}

/// Opens a key file of minisign, and asks for its passphrase if it has one.
pub fn minisign_key(
    file: Option<&Path>,
    place: &str,
    text: &str,
) -> Result<minisign::SecretKey, CommandError> {
    let why = |error: minisign::MinisignError| {
        CommandError::message(format!("the key in {place} cannot be used: {error}"))
    };
    let passphrase = if minisign::SecretKey::is_encrypted(text).map_err(why)? {
        let prompt = format!("Passphrase of {place}: ");
        Some(secrets::passphrase(file, MINISIGN_PASSPHRASE, &prompt)?)
    } else {
        None
    };
    minisign::SecretKey::parse(text, passphrase.as_ref()).map_err(why)
}

fn key(
    source: &Text,
    parse: impl Fn(&str) -> Result<SecretKey, KeyError>,
) -> Result<SecretKey, CommandError> {
    parse(&source.text).map_err(|error| {
        let hint = error.hint();
        let text = format!("the key in {} cannot be used: {error}", source.place);
        hint.into_iter().fold(CommandError::message(text), CommandError::hint)
    })
}

fn one(file: Option<&Path>, name: &'static str) -> Result<Option<Text>, CommandError> {
    match file {
        Some(file) => from_file(file).map(Some),
        None => from_variable(name),
    }
}

fn from_file(file: &Path) -> Result<Text, CommandError> {
    Ok(Text { place: file.display().to_string(), text: secrets::read(file)? })
}

fn from_variable(name: &'static str) -> Result<Option<Text>, CommandError> {
    let text = secrets::variable(name)?;
    Ok(text.map(|text| Text { place: name.to_owned(), text }))
}
