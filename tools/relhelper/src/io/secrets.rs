//! Secrets: where they come from, and the files they are written to.
//!
//! They are read from files, the environment and the terminal; never from an argument, which other users of the machine
//! can see, nor from the Nix store, which all of them can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::files::{FileError, failed_to};
use crate::nix::path;

/// Most bytes that a secret may have.
const MAX_BYTES: u64 = 64 * 1024;
const ROOM: usize = 64 * 1024 + 1;

/// A secret that could not be had, or kept.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SecretError {
    #[error("the environment variable {name} is not text")]
    Encoding { name: &'static str },
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the secret {} is in the Nix store, which everybody can read", .0.display())]
    InStore(PathBuf),
    #[error("the system gives no random numbers")]
    Random(#[source] io::Error),
    #[error("the two passphrases differ")]
    Differ,
    #[error("the passphrase is empty")]
    Empty,
    #[error("there is no terminal to ask for the passphrase")]
    NoTerminal(#[source] io::Error),
    #[error("cannot read {}: it has more than {MAX_BYTES} bytes, or is not text", .0.display())]
    TooLarge(PathBuf),
}

/// That a file with a secret is there, and not where everybody can read it.
pub fn outside_of_store(file: &Path) -> Result<(), SecretError> {
    let real = std::fs::canonicalize(file).map_err(failed_to("open", file))?;
    if real.starts_with(path::store()) {
        return Err(SecretError::InStore(file.to_owned()));
    }
    Ok(())
}

/// The text of a file with a secret.
pub fn read(file: &Path) -> Result<Zeroizing<String>, SecretError> {
    outside_of_store(file)?;
    // Its whole size at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    let opened = File::open(file).map_err(failed_to("open", file))?;
    opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed_to("read", file))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= MAX_BYTES => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(SecretError::TooLarge(file.to_owned())),
    }
}

/// The text of an environment variable; nothing when it is not set, or empty.
pub fn variable(name: &'static str) -> Result<Option<Zeroizing<String>>, SecretError> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::Encoding { name }),
    }
}

/// A passphrase: the first line of `file`, else the variable, else what is typed after `prompt`.
pub fn passphrase(
    file: Option<&Path>,
    name: &'static str,
    prompt: &str,
) -> Result<Zeroizing<String>, SecretError> {
    if let Some(file) = file {
        let text = read(file)?;
        let line = text.lines().next().unwrap_or_default();
        return Ok(Zeroizing::new(line.to_owned()));
    }
    if let Some(text) = variable(name)? {
        return Ok(text);
    }
    ask(prompt)
}

/// A passphrase for a new key: the same, typed twice.
pub fn new_passphrase(
    file: Option<&Path>,
    name: &'static str,
) -> Result<Zeroizing<String>, SecretError> {
    let asked = file.is_none() && variable(name)?.is_none();
    let first = passphrase(file, name, "Passphrase for the new key: ")?;
    if first.is_empty() {
        return Err(SecretError::Empty);
    }
    if asked && *ask("The same again: ")? != *first {
        return Err(SecretError::Differ);
    }
    Ok(first)
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, SecretError> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(SecretError::NoTerminal)
}

/// Writes a secret to a new file that only its owner can read. A file that exists is never written over.
pub fn create(file: &Path, text: &str) -> Result<(), SecretError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut opened = options.open(file).map_err(failed_to("create", file))?;
    opened.write_all(text.as_bytes()).map_err(failed_to("write", file))?;
    opened.sync_all().map_err(failed_to("write", file))?;
    Ok(())
}

/// 32 random bytes of the system.
pub fn random() -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| SecretError::Random(io::Error::other(error)))?;
    Ok(bytes)
}

/// A temporary folder that nobody else may enter, for programs that want their secrets in files. It goes away with the value.
pub fn private_folder(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    // Without this it has the mode that the umask leaves.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        create(&file, "secret").unwrap();
        assert_eq!(*read(&file).unwrap(), "secret");
        assert!(create(&file, "other").unwrap_err().to_string().contains("cannot create"));
        assert_eq!(*read(&file).unwrap(), "secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&file, vec![b'a'; ROOM]).unwrap();
        assert!(matches!(read(&file), Err(SecretError::TooLarge(_))));
    }

    #[test]
    fn a_passphrase_is_the_first_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passphrase");
        std::fs::write(&file, "one two\nthree\n").unwrap();
        assert_eq!(*passphrase(Some(&file), "NO_SUCH_VARIABLE", "").unwrap(), "one two");
    }
}
