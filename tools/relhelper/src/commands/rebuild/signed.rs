//! A release whose programs were signed for their operating systems after the build: its detached signatures, put onto what was
//! built again, have to give the published bytes.

use std::path::{Path, PathBuf};

use super::built::{Place, Places, Unfit};
use super::session::Session;
use crate::commands::codesign::make::make;
use crate::commands::codesign::release::{Output, Source};
use crate::commands::codesign::signatures::Signatures;
use crate::error::CommandError;
use crate::io::files::{self, failed_to};
use crate::io::verified::Verified;
use crate::rebuild::findings::{File, FileVerdict};

/// The release of the folder `built` with the published signatures on its programs, and how many programs that are. Nothing when
/// none is published for them.
///
/// # Errors
///
/// When a signature cannot be read or put on, or the release not be written.
pub fn attach(
    origin: &Verified<'_>,
    built: &Path,
    session: &Session,
) -> Result<Option<(PathBuf, usize)>, CommandError> {
    let signatures = Signatures::read(origin, origin.names().map(ToString::to_string))?;
    if signatures.is_empty() {
        return Ok(None);
    }
    let folder = session.folder("signed")?.join("release");
    let mut output = Output::new(&folder)?;
    let report = make(&Source::open(built)?, &mut output, &signatures)?;
    if report.programs.is_empty() {
        return Ok(None);
    }
    output.finish()?;
    Ok(Some((folder, report.programs.len())))
}

/// What matches only because signatures were put on is no match; the signatures themselves were not built.
///
/// # Errors
///
/// When a file that was built cannot be read.
pub fn tell(found: &mut [File], places: &Places, built: &Path) -> Result<(), CommandError> {
    for (file, (name, _)) in found.iter_mut().zip(places) {
        if file.verdict != FileVerdict::Match {
            continue;
        }
        let place = Place::new(built, name.clone());
        let mut unsigned = match place.open() {
            Err(Unfit::Absent { .. }) => {
                (file.verdict, file.rebuilt) = (FileVerdict::NotBuilt, None);
                continue;
            }
            other => other?,
        };
        let measured = files::measure(&mut unsigned).map_err(failed_to("read", &place.path()))?;
        if file.rebuilt != Some(measured.sha256) {
            file.verdict = FileVerdict::MatchButForSignature;
            file.rebuilt = Some(measured.sha256);
            file.findings.push(
                "with the published code signatures put on, the bytes are the same".to_owned(),
            );
        }
    }
    Ok(())
}
