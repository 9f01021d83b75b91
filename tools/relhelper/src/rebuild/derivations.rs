//! The derivations that the source gives: are they those that the publisher names, and which of
//! them were really built?
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Published;
use crate::nix::{Closure, Method, StorePath, encoding};

/// How the outputs of a derivation came to be in the store.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It was there, was built again, and the second build gave the same bytes.
    BuiltAgain,
    /// It was there, and Nix's database says that this machine built it.
    BuiltEarlier,
    /// It was not there and was built by this run.
    BuiltNow,
    /// It was copied here, or Nix does not say that this machine built it.
    Copied,
    /// It was there, was built again, and the second build gave other bytes.
    Differs,
    /// It could not be built.
    Failed,
    /// It is not there, and what is there did not need it.
    NotNeeded,
}

impl State {
    /// Whether this machine made the bytes, as far as that can be known.
    #[must_use]
    pub fn is_built_here(self) -> bool {
        matches!(self, Self::BuiltAgain | Self::BuiltEarlier | Self::BuiltNow)
    }
}

/// Which derivations are built again although their outputs are there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Again {
    /// All of them.
    All,
    /// Those of the chosen artifacts, and those that this machine did not build.
    Doubtful,
}

/// What is different between what the source gives and what is published, as sentences. `release`: the derivation that puts the
/// artifacts together and writes the sidecars.
#[must_use]
pub fn differences(closure: &Closure, release: &StorePath, published: &Published) -> Vec<String> {
    let steps: BTreeMap<_, _> = closure.derivations().collect();
    let mut found = Vec::new();
    for derivation in &published.derivations {
        if !steps.contains_key(derivation) {
            let same_name = steps.keys().filter(|path| path.name() == derivation.name());
            let instead: Vec<_> = same_name.map(ToString::to_string).collect();
            found.push(if instead.is_empty() {
                format!("the source gives no derivation {derivation}")
            } else {
                format!("the source gives {} and not {derivation}", instead.join(", "))
            });
        }
    }
    for (file, artifact) in &published.artifacts {
        let maker = closure.maker(&artifact.output).map(|(maker, _)| maker);
        if maker != Some(&artifact.derivation) && steps.contains_key(&artifact.derivation) {
            let (output, stated) = (&artifact.output, &artifact.derivation);
            found.push(format!("{file}: {output} is no output of {stated}"));
        }
    }
    for (file, artifact) in &published.artifacts {
        let Some(maker) = steps.get(&artifact.derivation) else { continue };
        if maker.outputs.values().any(|output| output.fixed.is_some()) {
            let derivation = &artifact.derivation;
            found.push(format!("{file}: nothing builds it, {derivation} has a pinned content"));
        }
    }
    if !steps.values().any(|step| step.sources.contains(&published.source)) {
        found.push(format!("no derivation is built from the source {}", published.source));
    }
    // The release is made of outputs of these derivations by the program that makes them, too (`nix/lib/mkRelease.nix`), and the
    // crates and runtimes that it reads are outputs and inputs of theirs, or `emit` refuses to write. So it has no input of its own,
    // and one that it has came in by another way.
    let derivations = published.derivations.iter().chain([release]);
    let wanted: BTreeSet<_> = derivations.cloned().collect();
    let needed: BTreeSet<_> = order(closure, &wanted).into_iter().collect();
    for (path, fixed) in closure.fixed_outputs() {
        if !closure.maker(path).is_some_and(|(maker, _)| needed.contains(maker)) {
            continue;
        }
        let algorithm = fixed.algorithm.as_str();
        let key = match fixed.method {
            Method::Flat => algorithm.to_owned(),
            Method::Nar => format!("nar{}{}", algorithm[..1].to_ascii_uppercase(), &algorithm[1..]),
        };
        let digest = encoding::hex(&fixed.digest);
        let stated = published.inputs.get(path).and_then(|digests| digests.get(&key));
        if stated != Some(&digest) {
            found.push(format!("the input {path} ({key} {digest}) is not in provenance.json"));
        }
    }
    found
}

/// `wanted` and all they are built from, each after what it needs. Paths that are no derivation of
/// the closure are left out.
#[must_use]
pub fn order(closure: &Closure, wanted: &BTreeSet<StorePath>) -> Vec<StorePath> {
    let steps: BTreeMap<_, _> = closure.derivations().collect();
    let mut seen = BTreeSet::new();
    let mut order = Vec::new();
    // `true`: everything it needs is in the order already.
    let mut stack: Vec<_> = wanted.iter().rev().map(|path| (path, false)).collect();
    while let Some((path, ready)) = stack.pop() {
        let Some(step) = steps.get(path) else { continue };
        if ready {
            order.push(path.clone());
        } else if seen.insert(path) {
            stack.push((path, true));
            stack.extend(step.inputs.iter().rev().map(|input| (input, false)));
        }
    }
    order
}

/// The derivations whose content is made and not fixed beforehand, with their outputs; in the order
/// of [`order`].
#[must_use]
pub fn made(closure: &Closure, wanted: &BTreeSet<StorePath>) -> Vec<(StorePath, Vec<StorePath>)> {
    let steps: BTreeMap<_, _> = closure.derivations().collect();
    let outputs = |path: &StorePath| steps.get(path).map(|step| &step.outputs);
    let made = order(closure, wanted).into_iter().filter_map(|path| {
        let outputs = outputs(&path)?;
        let made = outputs.values().all(|output| output.fixed.is_none());
        let paths = outputs.values().map(|output| output.path.clone()).collect();
        made.then_some((path, paths))
    });
    made.collect()
}

/// Which of the derivations that are in the store completely are to be built again.
#[must_use]
pub fn again<'a>(
    made: &'a [(StorePath, Vec<StorePath>)],
    wanted: &BTreeSet<StorePath>,
    store: &Observed,
    policy: Again,
) -> Vec<&'a StorePath> {
    let doubtful = |path: &StorePath, outputs: &[StorePath]| {
        wanted.contains(path) || !outputs.iter().all(|output| store.ultimate.contains(output))
    };
    let rows = made.iter().filter(|(path, outputs)| {
        outputs.iter().all(|output| store.valid.contains(output))
            && (policy == Again::All || doubtful(path, outputs))
    });
    rows.map(|(path, _)| path).collect()
}

/// What a store said of some outputs at one time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Observed {
    /// Those that are there.
    pub valid: BTreeSet<StorePath>,
    /// Those of which Nix says that this machine built them.
    pub ultimate: BTreeSet<StorePath>,
}

/// How building some derivations again went.
pub type Repeated = BTreeMap<StorePath, State>;

/// The state of each derivation, after everything was built that could be.
#[must_use]
pub fn states(
    made: &[(StorePath, Vec<StorePath>)],
    before: &Observed,
    after: &Observed,
    repeated: &Repeated,
    failed: &BTreeSet<StorePath>,
) -> BTreeMap<StorePath, State> {
    let state = |path: &StorePath, outputs: &[StorePath]| {
        let all = |set: &BTreeSet<StorePath>| outputs.iter().all(|output| set.contains(output));
        match repeated.get(path) {
            Some(state) => *state,
            None if failed.contains(path) => State::Failed,
            None if !all(&after.valid) => State::NotNeeded,
            None if !all(&after.ultimate) => State::Copied,
            None if all(&before.valid) => State::BuiltEarlier,
            None => State::BuiltNow,
        }
    };
    made.iter().map(|(path, outputs)| (path.clone(), state(path, outputs))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples::closure;
    use crate::rebuild::samples::published;
    use expect_test::expect;

    fn set<'a>(paths: impl IntoIterator<Item = &'a StorePath>) -> BTreeSet<StorePath> {
        paths.into_iter().cloned().collect()
    }

    /// Base names without their digests.
    fn names<'a>(paths: impl IntoIterator<Item = &'a StorePath>) -> Vec<&'a str> {
        paths.into_iter().map(StorePath::name).collect()
    }

    #[test]
    fn tells_other_derivations_sources_and_inputs() {
        let mut published = published();
        // The fixtures are built from no tree.
        let source = closure().derivations().find_map(|(_, step)| step.sources.first().cloned());
        published.source = source.unwrap();
        let release = published.derivations[0].clone();
        let differences = |published: &Published| differences(&closure(), &release, published);
        assert_eq!(differences(&published), Vec::<String>::new());

        let good = published.clone();
        let other = |name: &str| StorePath::of_source(name, &[9; 32]);
        published.derivations[0] = other("top-1.2.drv");
        published.derivations.push(other("else.drv"));
        published.source = other("source");
        let text = differences(&published).join("\n");
        let expected = format!(
            "the source gives {} and not {}\nthe source gives no derivation {}\nno derivation is built from the source {}",
            good.derivations[0],
            other("top-1.2.drv"),
            other("else.drv"),
            other("source")
        );
        assert_eq!(text, expected);

        let mut published = good.clone();
        let flat = published.inputs.keys().find(|path| path.name() == "flat-1.0.crate").cloned();
        published.inputs.remove(&flat.unwrap());
        assert!(differences(&published)[0].contains("flat-1.0.crate (sha256 "));

        let mut published = good.clone();
        let closure = closure();
        let pinned = closure.derivations().find(|(path, _)| path.name() == "flat-1.0.crate.drv");
        let (pinned, step) = pinned.unwrap();
        let file = published.artifacts.values_mut().next().unwrap();
        (file.derivation, file.output) = (pinned.clone(), step.outputs["out"].path.clone());
        let text = differences(&published).join("\n");
        assert!(text.ends_with("-flat-1.0.crate.drv has a pinned content"), "{text}");

        let mut published = good;
        let file = published.artifacts.values_mut().next().unwrap();
        file.output = other("out");
        assert!(differences(&published)[0].contains("-out is no output of "));
    }

    #[test]
    fn tells_inputs_that_only_the_release_itself_has() {
        let closure = closure();
        let named = |name: &str| {
            closure.derivations().map(|(path, _)| path).find(|path| path.name() == name).unwrap()
        };
        let mut published = published();
        published.source =
            closure.derivations().find_map(|(_, step)| step.sources.first()).unwrap().clone();
        published.artifacts.clear();
        // The artifacts are said to come from this alone; the release takes `old.tar.gz` as well, and nobody is told of it.
        published.derivations = vec![named("several.drv").clone()];
        published.inputs.retain(|path, _| path.name() != "old.tar.gz");
        assert_eq!(differences(&closure, named("several.drv"), &published), Vec::<String>::new());
        let text = differences(&closure, named("top-1.2.drv"), &published).join("\n");
        assert!(
            text.starts_with("the input /nix/store/") && text.contains("-old.tar.gz ("),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn what_is_needed_comes_first() {
        let wanted = set(&published().derivations);
        let order = order(&closure(), &wanted);
        let closure = closure();
        for (path, step) in closure.derivations() {
            let place = |path| order.iter().position(|other| other == path).unwrap();
            assert!(step.inputs.iter().all(|input| place(input) < place(path)), "{path}");
        }
        assert_eq!(order.len(), closure.len());
        expect![[r#"["several.drv", "top-1.2.drv"]"#]]
            .assert_eq(&format!("{:?}", names(made(&closure, &wanted).iter().map(|row| &row.0))));
    }

    #[test]
    fn builds_again_what_was_chosen_or_copied() {
        let wanted = set(&published().derivations);
        let made = made(&closure(), &wanted);
        let (several, top) = (set(&made[0].1), set(&made[1].1));
        let all: BTreeSet<_> = several.union(&top).cloned().collect();
        let again = |valid: &BTreeSet<_>, ultimate: &BTreeSet<_>, policy| {
            let store = Observed { valid: valid.clone(), ultimate: ultimate.clone() };
            again(&made, &wanted, &store, policy)
                .into_iter()
                .map(StorePath::name)
                .collect::<Vec<_>>()
        };
        assert_eq!(again(&all, &all, Again::Doubtful), ["top-1.2.drv"]);
        assert_eq!(again(&all, &top, Again::Doubtful), ["several.drv", "top-1.2.drv"]);
        assert_eq!(again(&all, &all, Again::All), ["several.drv", "top-1.2.drv"]);
        // What is not there is built anyway.
        assert_eq!(again(&several, &several, Again::Doubtful), [""; 0]);
    }

    #[test]
    fn never_claims_more_than_the_store_says() {
        let wanted = set(&published().derivations);
        let made = made(&closure(), &wanted);
        let outputs: BTreeSet<_> = made.iter().flat_map(|row| row.1.clone()).collect();
        let nothing = BTreeSet::new();
        let state = |before: &BTreeSet<_>, after: &BTreeSet<_>, ultimate: &BTreeSet<_>| {
            let seen = |valid: &BTreeSet<_>, ultimate: &BTreeSet<_>| Observed {
                valid: valid.clone(),
                ultimate: ultimate.clone(),
            };
            let before = seen(before, &BTreeSet::new());
            let after = seen(after, ultimate);
            let states = states(&made, &before, &after, &Repeated::new(), &BTreeSet::new());
            states[&made[1].0]
        };
        assert_eq!(state(&nothing, &outputs, &outputs), State::BuiltNow);
        assert_eq!(state(&outputs, &outputs, &outputs), State::BuiltEarlier);
        assert_eq!(state(&nothing, &outputs, &nothing), State::Copied);
        assert_eq!(state(&outputs, &outputs, &nothing), State::Copied);
        assert_eq!(state(&nothing, &nothing, &nothing), State::NotNeeded);
        // A derivation of which one output was copied is a copied one.
        let (several, its) = made.iter().find(|row| row.1.len() > 1).unwrap();
        let ultimate = outputs.iter().filter(|path| **path != its[0]).cloned().collect();
        let after = Observed { valid: outputs, ultimate };
        let copied =
            states(&made, &Observed::default(), &after, &Repeated::new(), &BTreeSet::new());
        assert_eq!(copied[several], State::Copied);
        // What could not be built is told, whatever is there; so is how a second build went.
        let failed = set([several]);
        let repeated = Repeated::from([(made[1].0.clone(), State::Differs)]);
        let states = states(&made, &after, &after, &repeated, &failed);
        assert_eq!((states[several], states[&made[1].0]), (State::Failed, State::Differs));
    }
}
