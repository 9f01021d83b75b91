//! Whether the artifacts of a rebuilt release are those that the named derivations make.
//!
//! The release is put together by a derivation of its own, which could take an artifact from anywhere. That published and rebuilt
//! release are the same then says nothing of the derivations that `provenance.json` names, though all of them were built.

use std::path::{Path, PathBuf};

use super::built::{Place, Places};
use super::files::read_both;
use crate::nix::StorePath;
use crate::rebuild::Published;
use crate::rebuild::findings::{File, FileVerdict, Outcome};

/// Takes note of every artifact of the release in the folder `built`, without any code signatures, that has other bytes than the
/// member of the output that is named for it; gives the places of these members. `locate`: where the files of a store path are.
#[must_use]
pub fn trace(
    found: &mut [File],
    built: &Path,
    published: &Published,
    locate: impl Fn(&StorePath) -> PathBuf,
) -> Places {
    let mut instead = Places::new();
    for (name, artifact) in &published.artifacts {
        // What the release lacks, or has as something else than a file, is told elsewhere.
        let Some(file) = found.iter_mut().find(|file| file.file == name.as_str()) else { continue };
        let Ok(released) = Place::new(built, name.clone()).open() else { continue };
        let made = Place::new(&locate(&artifact.output), artifact.member.clone());
        let (verdict, rebuilt, told) = match made.open() {
            Ok(file) => match read_both(released, file) {
                Ok(pair) if pair.first.is_none() => continue,
                Ok(pair) => {
                    let told = pair.told(["in the release", "in the output"]);
                    (FileVerdict::Mismatch, Some(pair.digests.1), told)
                }
                Err(error) => (FileVerdict::Inconclusive, None, vec![error.to_string()]),
            },
            Err(unfit) => {
                let open = unfit.verdict().outcome() == Outcome::Unknown;
                let verdict = if open { FileVerdict::Inconclusive } else { FileVerdict::Mismatch };
                (verdict, None, vec![unfit.what()])
            }
        };
        if file.verdict.outcome() == Outcome::Yes {
            // What counts as rebuilt is what the named derivation made.
            file.rebuilt = rebuilt;
        }
        if verdict.outcome() > file.verdict.outcome() {
            file.verdict = verdict;
        }
        file.findings.push(format!(
            "the rebuilt release does not have it from `{}` of {}, which provenance.json names:",
            artifact.member, artifact.output
        ));
        file.findings.extend(told);
        instead.push((name.clone(), made));
    }
    instead
}
