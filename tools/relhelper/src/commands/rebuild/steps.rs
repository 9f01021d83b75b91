//! The steps of a rebuild. Each one that finds something wrong ends the run: what comes after would mean nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::session::Session;
use super::{build, environment, inputs, sentences, source};
use crate::cli::rebuild::{Again, Rebuild};
use crate::error::CommandError;
use crate::io::files::read;
use crate::io::nix::{Nix, Reference};
use crate::io::origin::Origin;
use crate::io::serve::Server;
use crate::io::verified::Verified;
use crate::io::{cores, gather};
use crate::nix::{Closure, StorePath};
use crate::rebuild::findings::{Findings, Outcome, Scope, Step, StepName, Subject};
use crate::rebuild::plan::{self, SYSTEM};
use crate::rebuild::{Plan, Published, Report, Selection, derivations};
use crate::release::layout::{MANIFEST, PROVENANCE};
use crate::verify::{MAX_DOCUMENT_BYTES, Verdict};

/// One run of the command.
pub struct Run<'a> {
    pub(super) arguments: &'a Rebuild,
    pub(super) origin: &'a dyn Origin,
    pub(super) session: &'a Session,
    pub(super) findings: Findings,
    /// Serves the inputs for as long as the run lasts.
    pub(super) server: Option<Server>,
}

/// A step that ended the run; it is in the findings already.
struct Stopped;

impl<'a> Run<'a> {
    /// A run of which nothing is done yet.
    #[must_use]
    pub fn new(arguments: &'a Rebuild, origin: &'a dyn Origin, session: &'a Session) -> Self {
        let findings = Findings {
            subject: Subject { origin: origin.name(), ..Subject::default() },
            environment: environment::now(arguments.store.as_deref()),
            ..Findings::default()
        };
        Self { arguments, origin, session, findings, server: None }
    }

    /// Goes as far as it can and tells what was found.
    #[must_use]
    pub fn report(mut self) -> Report {
        let _how_far = self.go();
        self.findings.environment.finished = environment::time();
        Report::new(self.findings)
    }

    fn go(&mut self) -> Result<(), Stopped> {
        let verified = self.verify();
        let (published, origin) = self.step(StepName::Verify, verified)?;
        let planned = self.plan(&published);
        let plan = self.step(StepName::Verify, planned)?;
        let fetched = self.source(&origin, &published);
        let flake = self.step(StepName::Source, fetched)?;
        let ready = self.nix();
        let nix = self.step(StepName::Settings, ready)?;
        let evaluated = self.derivations(&nix, &published, &flake);
        let (release, closure) = self.step(StepName::Derivations, evaluated)?;
        let wanted = plan.wanted(&published, &release);
        let built = self.build(&nix, &closure, &wanted);
        self.step(StepName::Build, built)?;
        let checked =
            build::inputs(&nix, &closure, &wanted).map(|step| self.findings.steps.push(step));
        self.step(StepName::Inputs, checked.map(|()| Some(())))?;
        let compared = self.compare(&origin, &nix, &published, &plan, &closure, &release);
        self.step(StepName::Compare, compared.map(Some))
    }

    /// Goes on with the value. An error is an answer that could not be had; no value is a step that said no itself.
    fn step<T>(
        &mut self,
        name: StepName,
        result: Result<Option<T>, CommandError>,
    ) -> Result<T, Stopped> {
        match result {
            Ok(value) => value.ok_or(Stopped),
            Err(error) => {
                self.findings.steps.retain(|step| step.name != name);
                let problems = sentences(&error);
                let summary = "it could not be told".to_owned();
                self.tell(name, Outcome::Unknown, summary, problems);
                Err(Stopped)
            }
        }
    }

    /// Adds a step that ended.
    pub(super) fn tell(
        &mut self,
        name: StepName,
        outcome: Outcome,
        summary: String,
        problems: Vec<String>,
    ) {
        self.findings.steps.push(Step { name, outcome, summary, problems });
    }

    /// The release, and where it is read from now: what comes there later has to be the same.
    fn verify(&mut self) -> Result<Option<(Published, Verified<'a>)>, CommandError> {
        let report = gather::verify(self.origin, cores::available());
        let outcome = match report.verdict {
            Verdict::Pass => Outcome::Yes,
            Verdict::Fail => Outcome::No,
            Verdict::Unknown => Outcome::Unknown,
        };
        let problems = report.problems.iter().map(ToString::to_string);
        let problems = problems.chain(report.unchecked.iter().map(ToString::to_string)).collect();
        let summary = format!(
            "{} files ({} bytes) were read and held against each other",
            report.files, report.bytes
        );
        self.tell(StepName::Verify, outcome, summary, problems);
        if outcome == Outcome::No {
            return Ok(None);
        }
        let Some(found) = report.release else {
            let text = "SHA256SUMS or the manifest cannot be read".to_owned();
            return Err(CommandError::message(text));
        };
        let origin = Verified::new(self.origin, found.sha256sums)?;
        let document =
            |name: &str| Ok::<_, CommandError>(origin.read(&name.parse()?, MAX_DOCUMENT_BYTES)?);
        let published = Published::read(&document(PROVENANCE)?, &document(MANIFEST)?)?;
        self.findings.subject.name.clone_from(&published.name);
        self.findings.subject.version.clone_from(&published.version);
        self.findings.subject.revision.clone_from(&published.revision);
        Ok(Some((published, origin)))
    }

    fn plan(&mut self, published: &Published) -> Result<Option<Plan>, CommandError> {
        let set = |names: &[String]| names.iter().cloned().collect();
        let (artifacts, targets) = (&self.arguments.artifacts, &self.arguments.targets);
        let selection = Selection { artifacts: set(artifacts), targets: set(targets) };
        let plan = Plan::new(published, &selection)?;
        let artifacts = plan.artifacts.iter().map(ToString::to_string).collect();
        self.findings.scope = Scope { whole: plan.whole, artifacts };
        Ok(Some(plan))
    }

    /// The flake to build.
    fn source(
        &mut self,
        origin: &Verified<'_>,
        published: &Published,
    ) -> Result<Option<Reference>, CommandError> {
        if let Some(flake) = &self.arguments.source {
            let summary =
                format!("{flake} instead of the source archive; checked by what it gives");
            let found = Reference::named(flake)?;
            self.tell(StepName::Source, Outcome::Yes, summary, vec![]);
            return Ok(Some(found));
        }
        let found = source::fetch(origin, published, self.session)?;
        let outcome = if found.problems.is_empty() { Outcome::Yes } else { Outcome::No };
        let summary = match outcome {
            Outcome::Yes => {
                "the source archive holds the tree and the revision that provenance.json names"
            }
            _ => "the source archive is not what provenance.json names",
        };
        self.tell(StepName::Source, outcome, summary.to_owned(), found.problems);
        Ok((outcome == Outcome::Yes).then(|| Reference::folder(&found.folder)))
    }

    fn derivations(
        &mut self,
        nix: &Nix,
        published: &Published,
        flake: &Reference,
    ) -> Result<Option<(StorePath, Closure)>, CommandError> {
        let chosen = self.arguments.attribute.as_ref().map(|name| vec![name.clone()]);
        let attributes = chosen.unwrap_or_else(|| published.attributes().to_vec());
        let found = nix.evaluate(flake, SYSTEM, &plan::expression(&attributes))?;
        let release: StorePath = found.trim().parse()?;
        let in_store = |path: &StorePath| read(Path::new(&path.to_string()));
        let closure = Closure::read([&release], in_store)?;
        let problems = derivations::differences(&closure, &release, published);
        let outcome = if problems.is_empty() { Outcome::Yes } else { Outcome::No };
        let summary = format!(
            "the source gives {release}; {} of the {} derivations that provenance.json names are among those it needs",
            published
                .derivations
                .iter()
                .filter(|path| closure.derivations().any(|(other, _)| other == *path))
                .count(),
            published.derivations.len(),
        );
        self.tell(StepName::Derivations, outcome, summary, problems);
        Ok((outcome == Outcome::Yes).then_some((release, closure)))
    }

    fn build(
        &mut self,
        nix: &Nix,
        closure: &Closure,
        wanted: &BTreeSet<StorePath>,
    ) -> Result<Option<()>, CommandError> {
        inputs::bring(nix, closure, wanted)?;
        let policy = match self.arguments.again {
            Again::All => derivations::Again::All,
            Again::Doubtful => derivations::Again::Doubtful,
        };
        let built = build::build(nix, closure, wanted, policy)?;
        let is_there = built.derivations.iter().all(|one| one.state != derivations::State::Failed);
        self.findings.steps.push(built.step);
        self.findings.derivations = built.derivations;
        Ok(is_there.then_some(()))
    }
}
