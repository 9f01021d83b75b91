//! What the build does: every derivation of the closure whose output was not fixed beforehand.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use crate::nix::{Closure, Output, StorePath, closure};

/// The steps of a build, by their derivations.
#[derive(Clone, Debug, Default)]
pub struct Steps(BTreeMap<StorePath, Step>);

/// One derivation: it makes outputs from inputs.
#[derive(Clone, Debug)]
pub struct Step {
    /// Name of an output → where it comes to be.
    pub outputs: BTreeMap<String, StorePath>,
    /// The steps whose outputs it uses.
    pub after: BTreeSet<StorePath>,
    /// The contents it uses that were fixed beforehand.
    pub inputs: BTreeSet<StorePath>,
    /// The other paths it uses: sources, scripts.
    pub sources: BTreeSet<StorePath>,
}

impl Steps {
    pub(super) fn of(closure: &Closure) -> Self {
        let all: BTreeMap<_, _> = closure.derivations().collect();
        let steps = all.iter().filter(|(_, step)| !is_fixed(step)).map(|(path, step)| {
            let (fixed, after): (Vec<_>, Vec<_>) = step
                .inputs
                .iter()
                .partition(|input| all.get(input).is_some_and(|step| is_fixed(step)));
            let outputs_of =
                |input| all.get(input).into_iter().flat_map(|step| step.outputs.values());
            let paths = |(name, output): (&String, &Output)| (name.clone(), output.path.clone());
            let step = Step {
                outputs: step.outputs.iter().map(paths).collect(),
                after: after.into_iter().cloned().collect(),
                inputs: fixed
                    .into_iter()
                    .flat_map(outputs_of)
                    .map(|output| output.path.clone())
                    .collect(),
                sources: step.sources.clone(),
            };
            ((*path).clone(), step)
        });
        Self(steps.collect())
    }

    /// Every step, in the order of the derivations.
    pub fn iter(&self) -> impl Iterator<Item = (&StorePath, &Step)> {
        self.0.iter()
    }

    /// The step of `derivation`; none if its output was fixed beforehand.
    #[must_use]
    pub fn get(&self, derivation: &StorePath) -> Option<&Step> {
        self.0.get(derivation)
    }

    /// The step of `derivation` and all that come before it.
    #[must_use]
    pub fn up_to(&self, derivation: &StorePath) -> BTreeMap<&StorePath, &Step> {
        let mut found = BTreeMap::new();
        let mut todo = vec![derivation];
        while let Some(path) = todo.pop() {
            // What has no step was fixed beforehand.
            if let Some((path, step)) = self.0.get_key_value(path)
                && found.insert(path, step).is_none()
            {
                todo.extend(&step.after);
            }
        }
        found
    }
}

fn is_fixed(step: &closure::Step) -> bool {
    step.outputs.values().all(|output| output.fixed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;

    #[test]
    fn tells_steps_from_contents_that_were_fixed() {
        let steps = Steps::of(&samples::closure());
        let names = |paths: &BTreeSet<StorePath>| {
            paths.iter().map(|path| path.name().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let lines: Vec<_> = steps
            .iter()
            .map(|(path, step)| {
                let outputs: Vec<_> = step.outputs.keys().map(String::as_str).collect();
                format!(
                    "{} → {}: after [{}], inputs [{}], sources [{}]",
                    path.name(),
                    outputs.join(" "),
                    names(&step.after),
                    names(&step.inputs),
                    names(&step.sources)
                )
            })
            .collect();
        expect![[r#"
            top-1.2.drv → out: after [several.drv], inputs [old.tar.gz old-tree], sources [several.drv]
            several.drv → doc out: after [], inputs [tree flat-1.0.crate], sources [script.sh]"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn finds_what_comes_before_a_step() {
        let steps = Steps::of(&samples::closure());
        let (several, top) =
            steps.iter().map(|(path, _)| path).fold((None, None), |found, path| {
                if path.name() == "several.drv" {
                    (Some(path), found.1)
                } else {
                    (found.0, Some(path))
                }
            });
        assert_eq!(
            steps.up_to(several.unwrap()).into_keys().collect::<Vec<_>>(),
            [several.unwrap()]
        );
        assert_eq!(steps.up_to(top.unwrap()).len(), 2);
        let fixed = samples::closure();
        let fixed = fixed.derivations().find(|(path, _)| path.name() == "tree.drv").unwrap().0;
        assert!(steps.up_to(fixed).is_empty());
    }
}
