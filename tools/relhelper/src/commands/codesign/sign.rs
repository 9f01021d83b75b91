//! `relhelper codesign sign`: every program is signed and the proof made before anything is written where it is looked for.

use std::io::Write;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::make::{Sign, make};
use super::release::{Output, Source};
use crate::cli::codesign::Sign as Arguments;
use crate::codesign::{Config, System};
use crate::document::json;
use crate::error::{Answer, CommandError, Hint as _};
use crate::facts::SourceDate;
use crate::io::code_signer::{CodeSigner, CodeSignerError, KeyFiles};
use crate::io::{files, http, secrets};
use crate::release::FileName;

/// Variables that hold passphrases.
const AUTHENTICODE_PASSPHRASE: &str = "RELHELPER_AUTHENTICODE_PASSPHRASE";
const APPLE_PASSPHRASE: &str = "RELHELPER_APPLE_PASSPHRASE";

/// Most bytes of a `release.toml`.
const MAX_CONFIG_BYTES: u64 = 1024 * 1024;

/// `relhelper codesign sign`
///
/// # Errors
///
/// When there is no key, the release does not verify, or a program cannot be signed. Nothing is written then.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let config = config(arguments)?;
    let source = Source::open(&arguments.release)?;
    let signers = signers(arguments, &config, source.date()?)?;
    if signers.is_empty() {
        return Err(CommandError::message("there is no key to sign with".to_owned())
            .hint("`relhelper codesign sign --help` lists where keys come from"));
    }
    let mut output = Output::new(&arguments.out)?;
    let report = make(&source, &mut output, &Signers(&signers))?;
    if report.programs.is_empty() {
        let systems: Vec<_> = signers.iter().map(|signer| signer.system.to_string()).collect();
        let text = format!("the release has no program for {}", systems.join(" and "));
        return Err(CommandError::message(text).hint("nothing was written"));
    }
    output.finish()?;
    if arguments.json {
        out.write_all(&json::to_bytes(&report))?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(Answer::Yes)
}

fn config(arguments: &Arguments) -> Result<Config, CommandError> {
    let mut config = match &arguments.config {
        Some(file) => Config::from_toml(&files::read_text(file, MAX_CONFIG_BYTES)?)
            .hint("docs/formats/release-toml.md tells what [codesign] has")?,
        None => Config::default(),
    };
    if let Some(url) = &arguments.timestamp_url {
        config.apple.timestamp_url = Some(url.clone());
        config.authenticode.timestamp_url = Some(url.clone());
    }
    for url in
        [&config.apple.timestamp_url, &config.authenticode.timestamp_url].into_iter().flatten()
    {
        http::for_others(url)
            .hint("signers are given it as an argument, which everybody on the machine sees")?;
    }
    Ok(config)
}

/// Every signer that there is a key for.
fn signers(
    arguments: &Arguments,
    config: &Config,
    date: SourceDate,
) -> Result<Vec<CodeSigner>, CommandError> {
    let mut signers = Vec::new();
    let pem = arguments.authenticode_certificate.iter().chain(&arguments.authenticode_key);
    let pem: Vec<_> = pem.cloned().collect();
    if let Some(key) = key(arguments.authenticode_pkcs12.as_ref(), pem)? {
        let file = arguments.authenticode_passphrase_file.as_deref();
        let passphrase = passphrase(&key, file, AUTHENTICODE_PASSPHRASE)?;
        signers.push(CodeSigner::authenticode(&key, passphrase.as_ref(), config, date)?);
    }
    if let Some(key) = key(arguments.apple_pkcs12.as_ref(), arguments.apple_pem.clone())? {
        let file = arguments.apple_passphrase_file.as_deref();
        let passphrase = passphrase(&key, file, APPLE_PASSPHRASE)?;
        if passphrase.is_some() && matches!(key, KeyFiles::Pem(_)) {
            let text = "rcodesign does not read encrypted PEM keys".to_owned();
            return Err(CommandError::message(text).hint("give the key as PKCS #12"));
        }
        signers.push(CodeSigner::apple(&key, passphrase.as_ref(), config, date)?);
    }
    Ok(signers)
}

fn key(pkcs12: Option<&PathBuf>, pem: Vec<PathBuf>) -> Result<Option<KeyFiles>, CommandError> {
    let key = match pkcs12 {
        Some(file) => KeyFiles::Pkcs12(file.clone()),
        None if pem.is_empty() => return Ok(None),
        None => KeyFiles::Pem(pem),
    };
    let files = match &key {
        KeyFiles::Pkcs12(file) => std::slice::from_ref(file),
        KeyFiles::Pem(files) => files.as_slice(),
    };
    for file in files {
        secrets::outside_of_store(file)?;
    }
    Ok(Some(key))
}

/// The passphrase of a key that has one.
fn passphrase(
    key: &KeyFiles,
    file: Option<&Path>,
    name: &'static str,
) -> Result<Option<Zeroizing<String>>, CommandError> {
    let place = match key {
        KeyFiles::Pkcs12(file) => file,
        KeyFiles::Pem(files) => {
            let mut encrypted = None;
            for file in files {
                if secrets::read(file)?.contains("ENCRYPTED") {
                    encrypted = Some(file);
                }
            }
            let Some(encrypted) = encrypted else { return Ok(None) };
            encrypted
        }
    };
    let prompt = format!("Passphrase of {}: ", place.display());
    Ok(Some(secrets::passphrase(file, name, &prompt)?))
}

struct Signers<'a>(&'a [CodeSigner]);

impl Sign for Signers<'_> {
    fn sign(
        &self,
        system: System,
        name: &FileName,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(signer) = self.0.iter().find(|signer| signer.system == system) else {
            return Ok(None);
        };
        match signer.sign(name.as_str(), unsigned) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error @ CodeSignerError::Absent(..)) => Err(error)
                .hint("install it, or leave out the keys for that system; nothing was written"),
            Err(error) => Err(error).hint("nothing was written"),
        }
    }
}
