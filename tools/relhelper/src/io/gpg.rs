//! `OpenPGP`, through the program gpg with a home of its own for each run.
//!
//! The home has mode 0700 and is removed, and its agent ended, when the value is dropped. Secrets reach gpg on its
//! standard input alone: neither its arguments nor its environment have any.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::secrets;
use crate::signature::{Mechanism, Outcome, Signer, VerifyingKey, gpg};

/// Something that gpg could not do. Its own words are in it; they have no secrets.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum GpgError {
    #[error("gpg failed to {action}: {said}")]
    Failed { action: &'static str, said: String },
    #[error("the key block has {found} keys, expected one")]
    Keys { found: usize },
    #[error("the key in GPG_PRIVATE_KEY has the fingerprint {found}, expected {expected}")]
    OtherFingerprint { found: String, expected: String },
    #[error("the program gpg cannot be run")]
    NotRun(#[source] std::io::Error),
    #[error("no private folder for gpg could be made")]
    NoHome(#[source] std::io::Error),
}

/// A home of gpg with one key in it.
struct Home {
    folder: TempDir,
    fingerprint: String,
}

impl Home {
    /// A home with the key in `block`: armoured, binary, or Base64 of one of them on a line, as CI systems keep it.
    fn new(block: &str) -> Result<Self, GpgError> {
        // Short, since the path of the agent's socket may have 108 bytes.
        let folder = secrets::private_folder("rel-gpg.").map_err(GpgError::NoHome)?;
        let mut home = Self { folder, fingerprint: String::new() };
        let decoded =
            data_encoding::BASE64.decode(block.trim().as_bytes()).ok().map(Zeroizing::new);
        let key = decoded.as_ref().map_or(block.as_bytes(), |bytes| bytes.as_slice());
        home.gpg("read the key", &["--import"], key)?;
        let listed = home.gpg("list the key", &["--list-keys", "--with-colons"], b"")?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let primary = |line: &str| line.starts_with("pub:");
        let lines: Vec<_> = listed.lines().collect();
        let found = lines.iter().filter(|line| primary(line)).count();
        // The fingerprint stands on the line behind that of its key.
        let at = lines.iter().position(|line| primary(line)).unwrap_or_default();
        let fingerprint = lines.get(at..).unwrap_or_default().iter();
        let fingerprint = fingerprint
            .filter(|line| line.starts_with("fpr:"))
            .find_map(|line| line.split(':').nth(9));
        match fingerprint {
            Some(text) if found == 1 => text.clone_into(&mut home.fingerprint),
            _ => return Err(GpgError::Keys { found }),
        }
        Ok(home)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs gpg with `input`; the output may be that of a failure.
    fn run<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Result<Output, GpgError> {
        let mut child = self
            .command("gpg")
            .args(["--batch", "--no-tty"])
            .args(["--pinentry-mode", "loopback", "--no-auto-key-retrieve"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GpgError::NotRun)?;
        if let Some(mut stdin) = child.stdin.take() {
            // gpg that stops reading says why on standard error.
            let _ = stdin.write_all(input);
        }
        child.wait_with_output().map_err(GpgError::NotRun)
    }

    fn gpg<S: AsRef<OsStr>>(
        &self,
        action: &'static str,
        arguments: &[S],
        input: &[u8],
    ) -> Result<Output, GpgError> {
        let output = self.run(arguments, input)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            return Err(GpgError::Failed { action, said });
        }
        Ok(output)
    }

    /// A program of `GnuPG`, with an environment that has no secrets.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").arg("--homedir").arg(self.folder.path());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let mut command = self.command("gpgconf");
        let quiet = command.args(["--kill", "all"]).stdout(Stdio::null()).stderr(Stdio::null());
        // Without gpgconf there is no agent; and one whose home is gone ends by itself.
        let _ = quiet.status();
    }
}

/// A secret key, for one run.
pub struct Gpg {
    home: Home,
    passphrase: Zeroizing<String>,
    public: VerifyingKey,
}

impl Gpg {
    /// The key in `block`, which has this fingerprint if one is given.
    ///
    /// # Errors
    ///
    /// When gpg is not there, does not take the key, or it is another one.
    pub fn new(
        block: &str,
        passphrase: Zeroizing<String>,
        expected: Option<&str>,
    ) -> Result<Self, GpgError> {
        let home = Home::new(block)?;
        if let Some(expected) = expected {
            let expected = expected.replace(' ', "").to_ascii_uppercase();
            if expected != home.fingerprint {
                return Err(GpgError::OtherFingerprint {
                    found: home.fingerprint.clone(),
                    expected,
                });
            }
        }
        let public = home.gpg("export the public key", &["--armor", "--export"], b"")?;
        let public = VerifyingKey::Gpg(String::from_utf8_lossy(&public.stdout).into_owned());
        Ok(Self { home, passphrase, public })
    }
}

impl Signer for Gpg {
    fn mechanism(&self) -> Mechanism {
        Mechanism::Gpg
    }

    fn key_id(&self) -> String {
        self.home.fingerprint.clone()
    }

    fn public_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn public_file(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        match &self.public {
            VerifyingKey::Gpg(text) => Ok(text.clone()),
            _ => Err("it is no OpenPGP key".into()),
        }
    }

    fn sign(&self, _name: &str, content: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        // These bytes, and not what may have become of the file meanwhile.
        let file = self.home.file("content");
        fs::write(&file, content)?;
        let arguments: [&OsStr; 9] = [
            "--passphrase-fd".as_ref(),
            "0".as_ref(),
            "--digest-algo".as_ref(),
            "SHA256".as_ref(),
            "--armor".as_ref(),
            "--output".as_ref(),
            "-".as_ref(),
            "--detach-sign".as_ref(),
            file.as_ref(),
        ];
        let input = Zeroizing::new(format!("{}\n", *self.passphrase));
        Ok(self.home.gpg("sign", &arguments, input.as_bytes())?.stdout)
    }
}

/// The fingerprint of the primary key in `block`.
///
/// # Errors
///
/// When gpg is not there, or the block has no key, or several.
pub fn fingerprint(block: &str) -> Result<String, GpgError> {
    Home::new(block).map(|home| home.fingerprint.clone())
}

/// What gpg says of the signature of `content` by the key in `block`, whose fingerprint is returned too.
///
/// `fingerprint` is that which the key must have, if it is pinned.
#[must_use]
pub fn check(
    block: &str,
    fingerprint: Option<&str>,
    content: &[u8],
    signature: &[u8],
) -> (Outcome, Option<String>) {
    let unchecked = |reason: String| Outcome::CouldNotCheck { reason };
    let home = match Home::new(block) {
        Ok(home) => home,
        Err(error) => return (unchecked(error.to_string()), None),
    };
    let key = home.fingerprint.clone();
    let expected = fingerprint.map_or_else(|| key.clone(), |text| text.replace(' ', ""));
    let files = [("signature", signature), ("content", content)];
    for (name, bytes) in files {
        if let Err(error) = fs::write(home.file(name), bytes) {
            return (unchecked(format!("a file for gpg cannot be written: {error}")), Some(key));
        }
    }
    let (signature, content) = (home.file("signature"), home.file("content"));
    let arguments: [&OsStr; 7] = [
        "--status-fd".as_ref(),
        "1".as_ref(),
        "--trust-model".as_ref(),
        "always".as_ref(),
        "--verify".as_ref(),
        signature.as_ref(),
        content.as_ref(),
    ];
    let outcome = match home.run(&arguments, b"") {
        Ok(output) => gpg::outcome(&String::from_utf8_lossy(&output.stdout), &expected),
        Err(error) => unchecked(error.to_string()),
    };
    (outcome, Some(key))
}
