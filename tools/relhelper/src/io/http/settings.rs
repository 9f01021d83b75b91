//! How servers are asked.

use std::path::{Path, PathBuf};

use reqwest::Certificate;

use super::address::{self, AddressError, PlainHttp, may_have_password, shown};
use super::retry::Timing;
use crate::io::files::{self, FileError};

/// How to ask servers.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where HTTP without TLS is accepted.
    pub plain_http: PlainHttp,
    /// A file with certificates (PEM) of authorities that are trusted beside those built in.
    pub ca_file: Option<PathBuf>,
    /// Bounds on time.
    pub timing: Timing,
    /// Show on standard error how far files are, if that is a terminal.
    pub progress: bool,
}

/// A server that will not be asked at all.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ClientError {
    #[error("nothing is read from `{}`", .shown.escape_debug())]
    Address { shown: String, source: AddressError },
    #[error(transparent)]
    CaFile(#[from] FileError),
    #[error("{} has no certificate that can be read", .path.display())]
    CaFileContent { path: PathBuf, source: Option<reqwest::Error> },
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

impl ClientError {
    /// That the address `text` is refused; see [`shown`].
    pub(super) fn address(text: &str, source: AddressError) -> Self {
        Self::Address { shown: shown(text), source }
    }
}

/// The address of a mirror that another program is given: what it serves has to fit a digest, so plain HTTP will do.
///
/// # Errors
///
/// When it has what gives access, or is no address of a folder.
pub fn mirror(text: &str) -> Result<String, ClientError> {
    let url = address::folder(text, PlainHttp::Anywhere);
    Ok(url.map_err(|source| ClientError::address(text, source))?.to_string())
}

/// Refuses what another program must not be given as an argument, which everybody on the machine sees.
///
/// # Errors
///
/// When it is an address that may have a password in it.
pub fn for_others(text: &str) -> Result<(), ClientError> {
    if may_have_password(text) {
        return Err(ClientError::address(text, AddressError::Credentials));
    }
    Ok(())
}

/// Those of a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<Certificate>, ClientError> {
    let unreadable = |source| ClientError::CaFileContent { path: path.to_owned(), source };
    let found = Certificate::from_pem_bundle(&files::read(path)?)
        .map_err(|error| unreadable(Some(error)))?;
    if found.is_empty() { Err(unreadable(None)) } else { Ok(found) }
}
