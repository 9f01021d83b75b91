//! The last step: what was built is what is published, as a whole or in part.

use std::path::Path;

use super::files::Places;
use super::steps::Run;
use super::{files, signed};
use crate::error::CommandError;
use crate::io::nix::Nix;
use crate::nix::{Closure, StorePath};
use crate::rebuild::findings::File;
use crate::rebuild::{Plan, Published};

impl Run<'_> {
    /// Compares what the plan says, and adds the step.
    ///
    /// # Errors
    ///
    /// When a file that was built cannot be read, or a published code signature not be put on.
    pub(super) fn compare(
        &mut self,
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
            self.compare_whole(&nix.locate(&output.path), published)?
        } else {
            let chosen = plan.artifacts.iter().filter_map(|file| {
                let artifact = published.artifacts.get(file)?;
                Some((file.clone(), files::member(&nix.locate(&artifact.output), &artifact.member)))
            });
            let scope = "; sidecars and other artifacts were not rebuilt";
            (self.compare_files(&chosen.collect())?, scope.to_owned())
        };
        self.findings.steps.push(files::step(&found, &scope));
        self.findings.files = found;
        Ok(())
    }

    /// All files of the release that was built as `built`, and what there is to add to their count.
    fn compare_whole(
        &self,
        built: &Path,
        published: &Published,
    ) -> Result<(Vec<File>, String), CommandError> {
        let signed = signed::attach(self.origin, built, self.session)?;
        let places = files::of_folder(signed.as_ref().map_or(built, |(folder, _)| folder))?;
        let mut found = self.compare_files(&places)?;
        let mut scope = String::new();
        if let Some((_, programs)) = signed {
            signed::tell(&mut found, &places, built)?;
            scope = format!("; published code signatures were put on {programs} of the programs");
        }
        let stem = format!("{}-{}", published.name, published.version);
        found.extend(files::others(self.origin, &places, &stem)?);
        Ok((found, scope))
    }

    fn compare_files(&self, places: &Places) -> Result<Vec<File>, CommandError> {
        if let Some(folder) = &self.arguments.files {
            files::copy(places, folder)?;
        }
        files::compare(self.origin, places, self.session)
    }
}
