//! A folder on a server, over HTTPS.
//!
//! What comes is bounded in size and in time, and never believed: digests are for those who read. A file that breaks off is
//! continued where it stopped (RFC 9110, section 14); a file that is another one than before is an error.

mod address;
mod api;
mod body;
mod certificate;
mod client;
mod identity;
mod retry;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use address::{AddressError, PlainHttp, RedirectError};
pub use api::Api;
pub use client::Http;
pub use retry::Timing;
pub use settings::{ClientError, Settings, for_others, mirror};

/// Why a server gave no file, or not all of it.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum HttpError {
    #[error(
        "the server's certificate is not accepted: {0}; authorities of your own are named by `--ca-file` or SSL_CERT_FILE"
    )]
    Certificate(String),
    #[error("the server now sends another file: {what} was {first}, and is {later}")]
    Changed { what: &'static str, first: String, later: String },
    #[error(
        "the server sends another part of the file than was asked for, which begins at byte {position}"
    )]
    Part { position: u64 },
    #[error("the server wants {} s of rest before it is asked again", .0.as_secs())]
    Rest(Duration),
    #[error("the server sends the file encoded (`{0}`), which was not asked for")]
    Encoded(String),
    #[error("the server answers with status {0}")]
    Status(u16),
    #[error("fewer than {bytes} bytes came in {} s", .window.as_secs())]
    TooSlow { bytes: u64, window: Duration },
    #[error("the file ends after {found} of {promised} bytes")]
    Truncated { found: u64, promised: u64 },
    #[error("nothing came from the server for {} s", .0.as_secs_f32())]
    Stalled(Duration),
    #[error("the server cannot be asked")]
    Request(#[source] reqwest::Error),
    #[error("the answer has more than {0} bytes")]
    TooLong(u64),
    #[error("the connection broke off after {position} bytes")]
    Broken { position: u64, source: std::io::Error },
}

impl HttpError {
    /// Whether asking once more may help.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => retry::may_pass(*status),
            Self::Stalled(_) | Self::Broken { .. } | Self::Truncated { .. } => true,
            Self::Request(error) => !error.is_redirect() && !error.is_builder(),
            _ => false,
        }
    }
}
