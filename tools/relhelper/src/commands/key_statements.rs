//! `relhelper keys rotate` and `relhelper keys revoke`: a signed line more in the file of statements.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::cli::key_statements::{Revoke, Rotate};
use crate::error::CommandError;
use crate::io::{files, secrets};
use crate::signature::key::{KeyError, PublicKey, SecretKey};
use crate::trust::statement::{self, RevocationStatement, Rotation, Statement, Statements};

/// `relhelper keys rotate`
///
/// # Errors
///
/// When a key cannot be read, the statements so far do not fit, or the file cannot be written.
pub fn rotate(arguments: &Rotate, out: &mut dyn Write) -> Result<(), CommandError> {
    let (old, new) = (secret(&arguments.old)?, secret(&arguments.new)?);
    let text = read(&arguments.statements)?;
    let statements = parse(&text, &arguments.statements)?;
    let next = statements.next(&old.public(), &new.public(), &arguments.product);
    let rotation = Rotation {
        format_version: 1,
        product: arguments.product.clone(),
        number: next.map_err(|why| {
            CommandError::message(format!("the key cannot give its place away: {why}"))
                .hint("docs/formats/key-statements.md says what verifiers follow")
        })?,
        key: old.public().id().to_string(),
        new_key: new.public().to_pem(),
        from_version: arguments.from_version.clone(),
    };
    let number = rotation.number;
    append(&arguments.statements, text, &Statement::Rotation(rotation), &[&old, &new])?;
    let (old, new) = (old.public().id(), new.public().id());
    Ok(writeln!(out, "statement {number}: {new} takes the place of {old}")?)
}

/// `relhelper keys revoke`
///
/// # Errors
///
/// When a key cannot be read, or the file cannot be written.
pub fn revoke(arguments: &Revoke, out: &mut dyn Write) -> Result<(), CommandError> {
    let signers = arguments.signers.iter().map(|path| secret(path));
    let signers = signers.collect::<Result<Vec<_>, _>>()?;
    let key = match (&arguments.key, signers.as_slice()) {
        (Some(key), _) => id(key)?,
        (None, [key]) => key.public().id().to_string(),
        (None, _) => {
            let text = "several keys sign, and which one is revoked is not said".to_owned();
            return Err(CommandError::message(text).hint("say it with --key"));
        }
    };
    let reason = arguments.reason.clone();
    if reason.trim().is_empty() || reason.chars().any(char::is_control) {
        return Err(CommandError::message("the reason is not one line of text".to_owned()));
    }
    let date = arguments.date.unwrap_or_else(Timestamp::now);
    let date = Timestamp::from_second(date.as_second())?;
    let text = read(&arguments.statements)?;
    parse(&text, &arguments.statements)?;
    let statement = RevocationStatement { format_version: 1, key: key.clone(), date, reason };
    let signers: Vec<_> = signers.iter().collect();
    append(&arguments.statements, text, &Statement::Revocation(statement), &signers)?;
    Ok(writeln!(out, "{key} is revoked from {date} on")?)
}

fn secret(path: &Path) -> Result<SecretKey, CommandError> {
    SecretKey::from_pem(&secrets::read(path)?).map_err(|error: KeyError| {
        let hint = error.hint();
        let text = format!("the key in {} cannot be used: {error}", path.display());
        hint.into_iter().fold(CommandError::message(text), CommandError::hint)
    })
}

/// The id of a key that is given by it, or by a file with the public part.
fn id(key: &str) -> Result<String, CommandError> {
    if let Ok(id) = key.parse::<crate::signature::key::KeyId>() {
        return Ok(id.to_string());
    }
    let text = files::read_text(Path::new(key), statement::MAX_BYTES)?;
    let key = PublicKey::from_pem(&text).map_err(|error| {
        CommandError::message(format!("{key} is neither an id nor a public key: {error}"))
    })?;
    Ok(key.id().to_string())
}

fn read(path: &Path) -> Result<String, CommandError> {
    match files::read_text(path, statement::MAX_BYTES) {
        Ok(text) => Ok(text),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

fn parse(text: &str, path: &Path) -> Result<Statements, CommandError> {
    let mut statements = Statements::default();
    statements.add(text.as_bytes());
    match statements.defects.first() {
        None => Ok(statements),
        Some((line, why)) => {
            let name = path.display();
            Err(CommandError::message(format!("{name} has no statement in line {line}: {why}")))
        }
    }
}

fn append(
    path: &Path,
    mut text: String,
    statement: &Statement,
    signers: &[&SecretKey],
) -> Result<(), CommandError> {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text += &statement.sign(signers)?.to_line();
    text.push('\n');
    Ok(files::replace(path, text.as_bytes())?)
}
