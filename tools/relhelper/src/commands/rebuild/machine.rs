//! Nix on this machine: found, set, and asked whether it is set so.

use super::steps::Run;
use super::{environment, inputs};
use crate::error::CommandError;
use crate::io::nix::Nix;
use crate::rebuild::findings::{Outcome, StepName};
use crate::rebuild::settings::{Access, REQUIRED, Settings};

impl Run<'_> {
    /// Nix, ready to build; nothing when what it would build would prove nothing.
    pub(super) fn nix(&mut self) -> Result<Option<Nix>, CommandError> {
        let store = self.arguments.store.as_deref().map(std::path::absolute).transpose()?;
        let home = self.session.folder("home")?;
        let mut nix = Nix::new(&self.arguments.nix, &home, store.as_deref());
        if let Some(jobs) = self.arguments.jobs {
            nix.set("max-jobs", &jobs.to_string());
        }
        if let Some((mirror, server)) = inputs::mirror(self.arguments)? {
            nix.set("hashed-mirrors", &mirror);
            self.server = server;
        }
        let environment = &mut self.findings.environment;
        environment.nix = Some(nix.version()?);
        environment.nix_program = Some(nix.program().display().to_string());
        environment.nix_sha256 = environment::digest(nix.program());
        let settings = Settings::parse(&nix.settings(true)?)?;
        let values = REQUIRED
            .iter()
            .filter_map(|(name, _)| Some(((*name).to_owned(), settings.get(name)?.to_owned())));
        environment.settings = values.collect();
        let mut problems = settings.defects();
        let access = Access::parse(&nix.ping()?);
        if access == Access::Unknown {
            // The daemon reads the same files, and takes nothing over from a caller that it does not trust.
            let own = Settings::parse(&nix.settings(false)?)?.defects();
            if !own.is_empty() {
                problems.push("Nix's daemon does not say that it trusts this user, and its own settings are others:".to_owned());
                problems.extend(own);
                problems.push(
                    "run this as root or as one of `trusted-users`, or set them in nix.conf"
                        .to_owned(),
                );
            }
        }
        let outcome = if problems.is_empty() { Outcome::Yes } else { Outcome::Unknown };
        let summary = match outcome {
            Outcome::Yes => {
                "builds run in the sandbox, nothing comes from a binary cache or another machine"
            }
            _ => "what would be built with these settings would prove nothing",
        };
        self.tell(StepName::Settings, outcome, summary.to_owned(), problems);
        Ok((outcome == Outcome::Yes).then_some(nix))
    }
}
