//! Every input of a release looked for in a folder, here or on a server.

use std::convert::Infallible;
use std::io;
use std::num::NonZeroUsize;

use crate::facts::{Measured, Sha256};
use crate::inputs::{FindingKind, List, MAX_INPUT_BYTES, Report};
use crate::io::files::measure;
use crate::io::origin::{Origin, OriginError};
use crate::io::parallel;

/// A folder of inputs: itself, and that of the files in it.
pub struct Place {
    /// Looked at for what is too much.
    pub top: Box<dyn Origin>,
    /// Where the files are.
    pub files: Box<dyn Origin>,
}

enum Seen {
    Measured(Measured),
    Wrong(FindingKind),
    Unreadable(String),
}

/// Looks at everything in `place`.
#[must_use]
pub fn check(list: &List, place: &Place, threads: NonZeroUsize) -> Report {
    let mut report = Report::new(place.top.name(), list);
    let wanted: Vec<_> = list.digests().into_iter().collect();
    let look =
        |sha256: &Sha256| Ok::<_, Infallible>((*sha256, look(place.files.as_ref(), *sha256)));
    let Ok(seen) = parallel::try_map(threads, &wanted, look);
    for (sha256, seen) in seen {
        match seen {
            Seen::Measured(measured) => report.measured(list, sha256, measured),
            Seen::Wrong(kind) => report.wrong(list, kind, sha256, None),
            Seen::Unreadable(reason) => report.unchecked(sha256.to_string(), reason),
        }
    }
    match (place.top.list(), place.files.list()) {
        (Ok(Some(top)), Ok(Some(files))) => report.names(list, &top, &files),
        (Ok(_), Ok(_)) => {}
        (Err(error), _) | (_, Err(error)) => report.unchecked(place.top.name(), causes(&error)),
    }
    report.finish()
}

fn look(files: &dyn Origin, sha256: Sha256) -> Seen {
    let Ok(name) = sha256.to_string().parse() else {
        return Seen::Unreadable("its digest is no file name".to_owned());
    };
    let error = match files.open(&name, MAX_INPUT_BYTES) {
        Ok(mut stream) => match measure(&mut stream) {
            Ok(measured) => return Seen::Measured(measured),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Seen::Wrong(FindingKind::TooLarge);
            }
            Err(error) => return Seen::Unreadable(causes(&error)),
        },
        Err(error) => error,
    };
    match error {
        OriginError::Missing { .. } => Seen::Wrong(FindingKind::Missing),
        OriginError::NotAFile { .. } => Seen::Wrong(FindingKind::NotAFile),
        OriginError::Unreadable { .. } => Seen::Unreadable(causes(&error)),
    }
}

/// The texts of an error and of its causes.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
