//! Programs that sign for Windows and macOS: osslsigncode and rcodesign.
//!
//! They get no secret as an argument and none in their environment: a passphrase is in a file that only its owner can read, in a folder
//! that is removed when the value is dropped.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::secrets::{self, SecretError};
use crate::codesign::{Config, System};
use crate::facts::SourceDate;

/// What of the environment signers see: no configuration and no secret, but how to reach a timestamp server.
const ENVIRONMENT: [&str; 9] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
];

/// Most characters of what a signer says that are shown.
const MAX_SAID: usize = 2000;

/// A program that was not signed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum CodeSignerError {
    #[error("there is no program {0}, which makes signatures for {1}")]
    Absent(&'static str, System),
    #[error("the program {program} cannot be run")]
    NotRun { program: &'static str, source: io::Error },
    #[error("{program} did not sign {name}: {said}")]
    Failed { program: &'static str, name: String, said: String },
    #[error("a file for the signer cannot be written, or that of the signer not be read")]
    File(#[source] io::Error),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Where a key is; nothing of it is read here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyFiles {
    /// Certificates and key in one file.
    Pkcs12(PathBuf),
    /// Authenticode: certificates, then the key. Apple: any.
    Pem(Vec<PathBuf>),
}

/// One of the programs, with a key.
pub struct CodeSigner {
    /// Whose programs it signs.
    pub system: System,
    program: &'static str,
    arguments: Vec<OsString>,
    folder: TempDir,
}

impl CodeSigner {
    /// osslsigncode. Without a timestamp server the time of the signature is that of the source, so that the same key gives the same
    /// bytes.
    ///
    /// # Errors
    ///
    /// When no private file can be written for the passphrase.
    pub fn authenticode(
        key: &KeyFiles,
        passphrase: Option<&Zeroizing<String>>,
        config: &Config,
        date: SourceDate,
    ) -> Result<Self, CodeSignerError> {
        let config = &config.authenticode;
        let mut signer = Self::new(System::Authenticode, "osslsigncode")?;
        signer.add(["sign", "-h", "sha256"]);
        match key {
            KeyFiles::Pkcs12(file) => signer.add([OsString::from("-pkcs12"), absolute(file)?]),
            KeyFiles::Pem(files) => {
                for (option, file) in ["-certs", "-key"].into_iter().zip(files) {
                    signer.add([OsString::from(option), absolute(file)?]);
                }
            }
        }
        if let Some(passphrase) = passphrase {
            let file = signer.passphrase_file(passphrase)?;
            signer.add([OsString::from("-readpass"), file]);
        }
        let optional =
            [("-n", &config.description), ("-i", &config.url), ("-ts", &config.timestamp_url)];
        for (option, value) in optional {
            if let Some(value) = value {
                signer.add([option, value]);
            }
        }
        if config.timestamp_url.is_none() {
            signer.add(["-time", &date.seconds().to_string()]);
        }
        Ok(signer)
    }

    /// rcodesign, with the hardened runtime. Times as for [`Self::authenticode`].
    ///
    /// # Errors
    ///
    /// When no private file can be written for the passphrase.
    pub fn apple(
        key: &KeyFiles,
        passphrase: Option<&Zeroizing<String>>,
        config: &Config,
        date: SourceDate,
    ) -> Result<Self, CodeSignerError> {
        let config = &config.apple;
        let mut signer = Self::new(System::Apple, "rcodesign")?;
        // Files of the user's could name another key.
        signer.add(["sign", "--config-file", "/dev/null", "--code-signature-flags", "runtime"]);
        match key {
            KeyFiles::Pkcs12(file) => signer.add([OsString::from("--p12-file"), absolute(file)?]),
            KeyFiles::Pem(files) => {
                for file in files {
                    signer.add([OsString::from("--pem-file"), absolute(file)?]);
                }
            }
        }
        if let Some(passphrase) = passphrase {
            let file = signer.passphrase_file(passphrase)?;
            signer.add([OsString::from("--p12-password-file"), file]);
        }
        if let Some(identifier) = &config.identifier {
            signer.add(["--binary-identifier", identifier]);
        }
        signer.add(["--timestamp-url", config.timestamp_url.as_deref().unwrap_or("none")]);
        if config.timestamp_url.is_none() {
            signer.add(["--signing-time", &date.to_string()]);
        }
        Ok(signer)
    }

    /// The signed bytes of a program that is called `name`. That they are these bytes and a signature is for the caller to prove.
    ///
    /// # Errors
    ///
    /// When the signer is not there, or refuses.
    pub fn sign(&self, name: &str, unsigned: &[u8]) -> Result<Vec<u8>, CodeSignerError> {
        // Signers take the name of a file into the signature, so it is the same each time.
        let work = tempfile::tempdir_in(self.folder.path()).map_err(CodeSignerError::File)?;
        let (from, to) = (work.path().join(name), work.path().join("signed"));
        fs::write(&from, unsigned).map_err(CodeSignerError::File)?;
        let mut command = Command::new(self.program);
        command.args(&self.arguments).env_clear().env("LC_ALL", "C").current_dir(work.path());
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        match self.system {
            System::Apple => command.arg(&from).arg(&to),
            System::Authenticode => command.arg("-in").arg(&from).arg("-out").arg(&to),
        };
        let output = command.stdin(Stdio::null()).output().map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                CodeSignerError::Absent(self.program, self.system)
            } else {
                CodeSignerError::NotRun { program: self.program, source }
            }
        })?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            let lines: Vec<_> =
                said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let said =
                lines.join("; ").chars().filter(|c| !c.is_control()).take(MAX_SAID).collect();
            return Err(CodeSignerError::Failed {
                program: self.program,
                name: name.to_owned(),
                said,
            });
        }
        fs::read(&to).map_err(CodeSignerError::File)
    }

    fn new(system: System, program: &'static str) -> Result<Self, CodeSignerError> {
        let folder =
            secrets::private_folder("relhelper-codesign.").map_err(CodeSignerError::File)?;
        Ok(Self { system, program, arguments: Vec::new(), folder })
    }

    fn add<T: Into<OsString>>(&mut self, arguments: impl IntoIterator<Item = T>) {
        self.arguments.extend(arguments.into_iter().map(Into::into));
    }

    fn passphrase_file(&self, passphrase: &Zeroizing<String>) -> Result<OsString, CodeSignerError> {
        let file = self.folder.path().join("passphrase");
        secrets::create(&file, passphrase)?;
        Ok(file.into_os_string())
    }
}

/// The signer runs in another folder.
fn absolute(file: &Path) -> Result<OsString, CodeSignerError> {
    std::path::absolute(file).map(PathBuf::into_os_string).map_err(CodeSignerError::File)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signers() -> [CodeSigner; 2] {
        let date = SourceDate::from_seconds(1_700_000_000).unwrap();
        let passphrase = Zeroizing::new("open sesame".to_owned());
        let key = KeyFiles::Pkcs12(PathBuf::from("key.p12"));
        let config = Config::default();
        [
            CodeSigner::authenticode(&key, Some(&passphrase), &config, date).unwrap(),
            CodeSigner::apple(&key, Some(&passphrase), &config, date).unwrap(),
        ]
    }

    #[test]
    fn a_passphrase_is_in_a_private_file_that_goes_away_and_not_among_the_arguments() {
        for signer in signers() {
            let file = signer.folder.path().join("passphrase");
            assert!(signer.arguments.contains(&file.clone().into_os_string()));
            assert_eq!(fs::read_to_string(&file).unwrap(), "open sesame");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
                assert_eq!(mode(&file), 0o600);
                assert_eq!(mode(signer.folder.path()), 0o700);
            }
            let all = signer.arguments.join(" ".as_ref());
            assert!(!all.to_string_lossy().contains("sesame"), "{}", all.display());
            let folder = signer.folder.path().to_owned();
            drop(signer);
            assert!(!folder.exists());
        }
    }

    #[test]
    fn a_time_server_is_asked_only_when_one_is_named() {
        let date = SourceDate::from_seconds(1_700_000_000).unwrap();
        let key = KeyFiles::Pem(vec![PathBuf::from("a.pem"), PathBuf::from("b.pem")]);
        let mut config = Config::default();
        let told = |config: &Config| {
            let signers = [
                CodeSigner::authenticode(&key, None, config, date).unwrap(),
                CodeSigner::apple(&key, None, config, date).unwrap(),
            ];
            signers.map(|signer| signer.arguments.join(" ".as_ref()).into_string().unwrap())
        };
        let [windows, macos] = told(&config);
        assert!(windows.ends_with("-time 1700000000"), "{windows}");
        assert!(
            macos.ends_with("--timestamp-url none --signing-time 2023-11-14T22:13:20Z"),
            "{macos}"
        );
        config.authenticode.timestamp_url = Some("http://time.example/a".to_owned());
        config.apple.timestamp_url = Some("http://time.example/b".to_owned());
        let [windows, macos] = told(&config);
        assert!(windows.ends_with("-ts http://time.example/a"), "{windows}");
        assert!(macos.ends_with("--timestamp-url http://time.example/b"), "{macos}");
    }

    #[test]
    fn says_which_signer_is_missing() {
        let [mut signer, _] = signers();
        signer.program = "no-such-signer";
        let error = signer.sign("a.exe", b"MZ").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no program no-such-signer, which makes signatures for Authenticode"
        );
    }
}
