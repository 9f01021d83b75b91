//! `relhelper keys`: secret keys come in, and nothing but public facts goes out.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::key_statements;
use super::sign::signers::{MINISIGN_PASSPHRASE, minisign_key};
use crate::cli::keys::{Generate, Keys, Kind};
use crate::document::json;
use crate::error::CommandError;
use crate::io::files::{self, Mode};
use crate::io::{gpg, secrets};
use crate::signature::key::{KeyError, SecretKey};
use crate::signature::{VerifyingKey, minisign, ssh};

/// `relhelper keys`
///
/// # Errors
///
/// When a key cannot be read or made, or a file for it exists.
pub fn run(arguments: &Keys, out: &mut dyn Write) -> Result<(), CommandError> {
    match arguments {
        Keys::Export(arguments) => {
            out.write_all(Facts::of(&arguments.file)?.public_key.as_bytes())?;
        }
        Keys::Fingerprint(arguments) => writeln!(out, "{}", Facts::of(&arguments.file)?.key_id)?,
        Keys::Generate(arguments) => generate(arguments, out)?,
        Keys::Revoke(arguments) => key_statements::revoke(arguments, out)?,
        Keys::Rotate(arguments) => key_statements::rotate(arguments, out)?,
        Keys::Show(arguments) => {
            let facts = Facts::of(&arguments.file)?;
            if arguments.json {
                out.write_all(&json::to_bytes(&facts))?;
            } else {
                writeln!(out, "kind: {}", facts.kind)?;
                writeln!(out, "id: {}", facts.key_id)?;
                writeln!(out, "signs as: {}", facts.mechanisms.join(", "))?;
                write!(out, "{}", facts.public_key)?;
            }
        }
    }
    Ok(())
}

/// What everybody may know of a key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    format_version: u32,
    kind: String,
    key_id: String,
    mechanisms: Vec<String>,
    public_key: String,
}

impl Facts {
    /// Those of the key in `file`, secret or public.
    fn of(file: &Path) -> Result<Self, CommandError> {
        let text = secrets::read(file)?;
        let place = file.display().to_string();
        let key = verifying_key(&text, &place)?;
        let (kind, public_key, key_id) = match &key {
            VerifyingKey::Certificate(identity) => {
                ("certificate".to_owned(), identity.to_text(), identity.id())
            }
            VerifyingKey::Gpg(block) => {
                let id = gpg::fingerprint(block)?;
                ("OpenPGP".to_owned(), block.clone(), id)
            }
            VerifyingKey::Minisign(key) => ("minisign".to_owned(), key.to_file(), key.id()),
            VerifyingKey::Pem(key) => {
                (key.algorithm().to_string(), key.to_pem(), key.id().to_string())
            }
            VerifyingKey::Ssh(key) => {
                ("OpenSSH Ed25519".to_owned(), ssh::public_line(key)?, ssh::fingerprint(key)?)
            }
        };
        let mechanisms = key.mechanisms().iter().map(ToString::to_string).collect();
        Ok(Self { format_version: json::FORMAT_VERSION, kind, key_id, mechanisms, public_key })
    }
}

/// The public part of a key of any kind.
fn verifying_key(text: &str, place: &str) -> Result<VerifyingKey, CommandError> {
    let why = |error: KeyError| {
        let hint = error.hint();
        let text = format!("the key in {place} cannot be used: {error}");
        hint.into_iter().fold(CommandError::message(text), CommandError::hint)
    };
    if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        Ok(VerifyingKey::Ssh(ssh::secret_key(text).map_err(why)?.public()))
    } else if text.contains("PRIVATE KEY BLOCK-----") {
        let text = format!("{place} has a secret OpenPGP key, which only gpg opens");
        Err(CommandError::message(text).hint("`gpg --armor --export ID` writes its public part"))
    } else if text.contains("PRIVATE KEY-----") {
        Ok(VerifyingKey::Pem(SecretKey::from_pem(text).map_err(why)?.public()))
    } else if minisign::SecretKey::is_encrypted(text).is_ok() {
        let key = minisign_key(None, place, text)?;
        Ok(VerifyingKey::Minisign(key.public()?))
    } else {
        VerifyingKey::parse(text).map_err(|error| {
            CommandError::message(format!("the key in {place} cannot be used: {error}"))
        })
    }
}

fn generate(arguments: &Generate, out: &mut dyn Write) -> Result<(), CommandError> {
    let file = &arguments.file;
    let mut public_file = OsString::from(file);
    public_file.push(".pub");
    let public_file = PathBuf::from(public_file);
    if public_file.exists() {
        let text = format!("{} exists, and no key is written over", public_file.display());
        return Err(CommandError::message(text).hint("give another name, or move it away"));
    }
    let (secret, public, id) = match arguments.kind {
        Kind::Ed25519 => {
            if arguments.passphrase_file.is_some() {
                let text = "keys of the kind ed25519 are not encrypted".to_owned();
                return Err(CommandError::message(text)
                    .hint("leave out --passphrase-file, or make one of --kind minisign"));
            }
            let key = SecretKey::from_ed25519_seed(&secrets::random()?)?;
            let secret = key.to_pem().ok_or(KeyError::Encrypted)?;
            (secret, key.public().to_pem(), key.public().id().to_string())
        }
        Kind::Minisign => {
            let phrase = if arguments.unencrypted {
                None
            } else {
                let file = arguments.passphrase_file.as_deref();
                Some(secrets::new_passphrase(file, MINISIGN_PASSPHRASE)?)
            };
            let (secret, public) = minisign::generate(phrase.as_ref())?;
            (secret, public.to_file(), public.id())
        }
    };
    secrets::create(file, &secret)?;
    files::write(&public_file, Mode::Plain, public.as_bytes())?;
    writeln!(out, "secret key: {}", file.display())?;
    writeln!(out, "public key: {}", public_file.display())?;
    Ok(writeln!(out, "id: {id}")?)
}
