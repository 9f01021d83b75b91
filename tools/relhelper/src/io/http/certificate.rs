//! Why a server's certificate was not accepted, in words.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// What is wrong with the certificate, when that is why `error` happened.
pub(super) fn refused(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(words(why));
        }
        // What an I/O error was made of is not what it names as its source.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn words(why: &CertificateError) -> String {
    use CertificateError as Why;
    match why {
        Why::Expired | Why::ExpiredContext { .. } => "it has expired, or the clock here is wrong",
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "it is for another name",
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "it is not valid yet, or the clock here is wrong"
        }
        Why::Revoked => "it was revoked",
        Why::UnknownIssuer => "no trusted authority issued it",
        other => return other.to_string(),
    }
    .to_owned()
}
