//! The last step: what was built is what is published, as a whole or in part.

use std::path::Path;

use super::built::{self, Place, Places};
use super::steps::Run;
use super::{files, makers, signed};
use crate::error::CommandError;
use crate::io::nix::Nix;
use crate::io::verified::Verified;
use crate::nix::{Closure, StorePath};
use crate::rebuild::findings::File;
use crate::rebuild::{Plan, Published};

impl Run<'_> {
    /// Compares what the plan says, and adds the step.
    ///
    /// # Errors
    ///
    /// When the release that was built cannot be read, or a published code signature not be put on.
    pub(super) fn compare(
        &mut self,
        origin: &Verified<'_>,
        nix: &Nix,
        published: &Published,
        plan: &Plan,
        closure: &Closure,
        release: &StorePath,
    ) -> Result<(), CommandError> {
        let (found, scope) = if plan.whole {
            let output = closure
                .derivations()
                .find(|(path, _)| *path == release)
                .and_then(|(_, step)| step.outputs.get("out"))
                .ok_or_else(|| CommandError::message(format!("{release} has no output `out`")))?;
            self.compare_whole(origin, nix, &nix.locate(&output.path), published)?
        } else {
            let chosen = plan.artifacts.iter().filter_map(|file| {
                let artifact = published.artifacts.get(file)?;
                let output = nix.locate(&artifact.output);
                Some((file.clone(), Place::new(&output, artifact.member.clone())))
            });
            let scope = "; sidecars and other artifacts were not rebuilt";
            (self.compare_files(origin, &chosen.collect())?, scope.to_owned())
        };
        self.findings.steps.push(files::step(&found, &scope));
        self.findings.files = found;
        Ok(())
    }

    /// All files of the release that was built as `built`, and what there is to add to their count.
    fn compare_whole(
        &self,
        origin: &Verified<'_>,
        nix: &Nix,
        built: &Path,
        published: &Published,
    ) -> Result<(Vec<File>, String), CommandError> {
        // It is a folder, or nothing in it is looked at.
        let plain = built::of_folder(built)?;
        let signed = signed::attach(origin, built, self.session)?;
        let places = match &signed {
            Some((folder, _)) => built::of_folder(folder)?,
            None => plain,
        };
        let mut found = self.compare_files(origin, &places)?;
        let mut scope = String::new();
        if let Some((_, programs)) = signed {
            signed::tell(&mut found, &places, built)?;
            scope = format!("; published code signatures were put on {programs} of the programs");
        }
        let instead = makers::trace(&mut found, built, published, |path| nix.locate(path));
        if let Some(folder) = &self.arguments.files {
            // Whoever looks at the files alone sees the difference, too.
            built::replace(&instead, folder)?;
        }
        let stem = format!("{}-{}", published.name, published.version);
        found.extend(files::others(origin, &places, &stem)?);
        Ok((found, scope))
    }

    fn compare_files(
        &self,
        origin: &Verified<'_>,
        places: &Places,
    ) -> Result<Vec<File>, CommandError> {
        if let Some(folder) = &self.arguments.files {
            built::copy(places, folder)?;
        }
        files::compare(origin, places, self.session)
    }
}
