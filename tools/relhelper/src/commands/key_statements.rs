//! `relhelper keys rotate` and `relhelper keys revoke`: a signed line more in the file of statements.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::key_statements::{Revoke, Rotate};
use crate::error::CommandError;
use crate::io::{append, files, secrets};
use crate::signature::key::{KeyError, PublicKey, SecretKey};
use crate::trust::statement::{self, RevocationStatement, Rotation, Statement, Statements};

/// `relhelper keys rotate`
///
/// # Errors
///
/// When a key cannot be read, the statements so far do not fit, or the file cannot be written.
pub fn rotate(arguments: &Rotate, out: &mut dyn Write) -> Result<(), CommandError> {
    let (old, new) = (secret(&arguments.old)?, secret(&arguments.new)?);
    let mut number = 0;
    add(&arguments.statements, &[&old, &new], |statements| {
        let next = statements.next(&old.public(), &new.public(), &arguments.product);
        number = next.map_err(|why| {
            CommandError::message(format!("the key cannot give its place away: {why}"))
                .hint("docs/formats/key-statements.md says what verifiers follow")
        })?;
        Ok(Statement::Rotation(Rotation {
            format_version: 1,
            product: arguments.product.clone(),
            number,
            key: old.public().id().to_string(),
            new_key: new.public().to_pem(),
            from_version: arguments.from_version.clone(),
        }))
    })?;
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
    let statement = RevocationStatement { format_version: 1, key: key.clone(), date, reason };
    let signers: Vec<_> = signers.iter().collect();
    add(&arguments.statements, &signers, |_| Ok(Statement::Revocation(statement)))?;
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

/// Signs what `make` says in view of the statements so far, and adds it to the file at `path`; whoever else adds one waits meanwhile.
fn add(
    path: &Path,
    signers: &[&SecretKey],
    make: impl FnOnce(&Statements) -> Result<Statement, CommandError>,
) -> Result<(), CommandError> {
    append::replace(path, statement::MAX_BYTES, |before| {
        let statement = make(&parse(before, path)?)?;
        let mut text = before.to_vec();
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text.extend(statement.sign(signers)?.to_line().bytes());
        text.push(b'\n');
        // A statement that verifiers do not read must not look made.
        if text.len() as u64 > statement::MAX_BYTES {
            let name = path.display();
            let text = format!("{name} would have more than {} bytes", statement::MAX_BYTES);
            return Err(CommandError::message(text));
        }
        parse(&text, path)?;
        Ok(text)
    })
}

fn parse(text: &[u8], path: &Path) -> Result<Statements, CommandError> {
    let mut statements = Statements::default();
    statements.add(text);
    match statements.defects.first() {
        None => Ok(statements),
        Some((line, why)) => {
            let name = path.display();
            Err(CommandError::message(format!("{name} has no statement in line {line}: {why}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use zeroize::Zeroizing;

    use super::*;

    /// A file with the key that this seed gives.
    fn key(folder: &Path, seed: u8) -> PathBuf {
        let file = folder.join(format!("{seed}.pem"));
        let key = SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap();
        std::fs::write(&file, key.to_pem().unwrap().as_bytes()).unwrap();
        file
    }

    fn revocation(signer: PathBuf, statements: &Path) -> Revoke {
        Revoke {
            signers: vec![signer],
            key: None,
            reason: "lost".to_owned(),
            date: Some(Timestamp::UNIX_EPOCH),
            statements: statements.to_owned(),
        }
    }

    #[test]
    fn keys_that_are_revoked_at_the_same_time_are_all_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key-statements.jsonl");
        std::thread::scope(|scope| {
            for seed in 1..=8 {
                let arguments = revocation(key(folder.path(), seed), &file);
                scope.spawn(move || {
                    for _ in 0..10 {
                        revoke(&arguments, &mut Vec::new()).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read(&file).unwrap();
        assert_eq!(text.split(|byte| *byte == b'\n').count(), 80 + 1);
        let statements = parse(&text, &file).unwrap();
        let keys = (1..=8).map(|seed| {
            SecretKey::from_ed25519_seed(&Zeroizing::new([seed; 32])).unwrap().public()
        });
        assert_eq!(statements.revoked_by_themselves(&keys.collect::<Vec<_>>()).len(), 8);
    }

    #[test]
    fn a_rotation_that_fails_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key-statements.jsonl");
        let to = |seed| Rotate {
            old: key(folder.path(), 1),
            new: key(folder.path(), seed),
            product: "hello".to_owned(),
            from_version: "1.0.0".parse().unwrap(),
            statements: file.clone(),
        };
        // A key cannot take its own place.
        rotate(&to(1), &mut Vec::new()).unwrap_err();
        assert!(!file.exists());
        rotate(&to(2), &mut Vec::new()).unwrap();
        let before = std::fs::read(&file).unwrap();
        rotate(&to(1), &mut Vec::new()).unwrap_err();
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }

    #[test]
    fn a_statement_that_nobody_would_read_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key-statements.jsonl");
        let arguments = revocation(key(folder.path(), 1), &file);
        revoke(&arguments, &mut Vec::new()).unwrap();
        let line = std::fs::read_to_string(&file).unwrap();
        // The last line break is missing, which takes nothing from the line.
        std::fs::write(&file, line.repeat(255).trim_end()).unwrap();
        revoke(&arguments, &mut Vec::new()).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), line.repeat(256));
        let error = revoke(&arguments, &mut Vec::new()).unwrap_err().what();
        assert!(error.ends_with("line 257: there are more than 256 statements"), "{error}");
        let blank = "\n".repeat(usize::try_from(statement::MAX_BYTES).unwrap() - line.len());
        std::fs::write(&file, format!("{blank}{line}")).unwrap();
        let error = revoke(&arguments, &mut Vec::new()).unwrap_err().what();
        assert!(error.ends_with("would have more than 1048576 bytes"), "{error}");
        assert_eq!(std::fs::metadata(&file).unwrap().len(), statement::MAX_BYTES);
    }
}
