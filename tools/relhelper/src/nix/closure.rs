//! All derivations that some files were built by, each checked against its own path.
//!
//! The path of a `.drv` file is the digest of its content; the path of an output is the digest of
//! its derivation *modulo* the way fixed outputs are obtained: each input derivation is replaced by
//! the digest of itself, and one with a fixed output by that of the output. Both are computed
//! again here, so that nothing is believed: not the reader, not the folder it reads from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::derivation::Fixed;
use super::encoding::hex;
use super::hash::sha256;
use super::write::Outputs;
use super::{Derivation, DerivationError, Method, Output, StorePath};

/// Derivations by path, with all those they depend on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Closure {
    derivations: BTreeMap<StorePath, Step>,
    made_by: BTreeMap<StorePath, (StorePath, String)>,
}

/// What is kept of a derivation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Name of an output → what is known of it.
    pub outputs: BTreeMap<String, Output>,
    /// The derivations it depends on directly.
    pub inputs: BTreeSet<StorePath>,
    /// The other paths it depends on directly.
    pub sources: BTreeSet<StorePath>,
    /// The digest that stands for it in those that depend on it.
    modulo: [u8; 32],
}

/// A closure that cannot be had, with the derivation at fault.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {kind}")]
#[expect(missing_docs, reason = "the text says it")]
pub struct ClosureError<E: std::error::Error + 'static> {
    pub path: StorePath,
    pub kind: ClosureErrorKind<E>,
}

/// What is wrong with a derivation of the closure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ClosureErrorKind<E: std::error::Error + 'static> {
    #[error("it depends on itself")]
    Cycle,
    #[error("its content belongs to {computed}")]
    Content { computed: StorePath },
    #[error("{0}")]
    Derivation(#[from] DerivationError),
    #[error("its name does not end with `.drv`")]
    NotADerivation,
    #[error("its output `{output}` is said to be {stated}, but by its inputs it is {computed}")]
    OutputPath { output: String, stated: StorePath, computed: StorePath },
    #[error("it uses the output `{output}` of {input}, which has none of that name")]
    OutputMissing { input: StorePath, output: String },
    #[error("{0}")]
    Read(E),
}

struct Frame {
    path: StorePath,
    name: String,
    derivation: Derivation,
    todo: Vec<StorePath>,
}

impl Closure {
    /// Reads the derivations `roots` and all they depend on.
    ///
    /// Only summaries are kept, so memory grows with the number of derivations and not with their
    /// size.
    ///
    /// # Errors
    ///
    /// At the first derivation that `read` cannot give, that cannot be understood, or whose path or
    /// outputs are not what its content says.
    pub fn read<'a, E: std::error::Error + 'static>(
        roots: impl IntoIterator<Item = &'a StorePath>,
        mut read: impl FnMut(&StorePath) -> Result<Vec<u8>, E>,
    ) -> Result<Self, ClosureError<E>> {
        let mut closure = Self::default();
        // Those on the stack, to tell a cycle from a diamond.
        let mut open = BTreeSet::new();
        let mut stack: Vec<Frame> = Vec::new();
        for root in roots {
            let mut next = Some(root.clone());
            loop {
                if let Some(path) = next.take()
                    && !closure.derivations.contains_key(&path)
                {
                    let fail = |kind| ClosureError { path: path.clone(), kind };
                    if !open.insert(path.clone()) {
                        return Err(fail(ClosureErrorKind::Cycle));
                    }
                    stack.push(enter(&path, &mut read).map_err(fail)?);
                }
                let Some(frame) = stack.last_mut() else { break };
                next = frame.todo.pop();
                if next.is_none()
                    && let Some(frame) = stack.pop()
                {
                    open.remove(&frame.path);
                    closure.leave(frame)?;
                }
            }
        }
        Ok(closure)
    }

    /// The derivations, in the order of their paths.
    pub fn derivations(&self) -> impl Iterator<Item = (&StorePath, &Step)> {
        self.derivations.iter()
    }

    /// Number of derivations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.derivations.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.derivations.is_empty()
    }

    /// The derivation that makes `output`, and the name it has there.
    #[must_use]
    pub fn maker(&self, output: &StorePath) -> Option<(&StorePath, &str)> {
        self.made_by.get(output).map(|(derivation, name)| (derivation, name.as_str()))
    }

    /// Every content that was fixed beforehand and where it is put, each once, in the order of the
    /// paths.
    pub fn fixed_outputs(&self) -> impl Iterator<Item = (&StorePath, &Fixed)> {
        self.made_by.iter().filter_map(|(path, (derivation, output))| {
            self.derivations[derivation].outputs[output].fixed.as_ref().map(|fixed| (path, fixed))
        })
    }

    /// Computes what the derivation says of its outputs, once all its inputs are known.
    fn leave<E: std::error::Error>(&mut self, frame: Frame) -> Result<(), ClosureError<E>> {
        let Frame { path, name, derivation, .. } = frame;
        let fail = |kind| ClosureError { path: path.clone(), kind };
        let mut inputs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (input, used) in &derivation.input_derivations {
            let step = &self.derivations[input];
            if let Some(output) = used.iter().find(|output| !step.outputs.contains_key(*output)) {
                return Err(fail(ClosureErrorKind::OutputMissing {
                    input: input.clone(),
                    output: output.clone(),
                }));
            }
            inputs.entry(hex(&step.modulo)).or_default().extend(used.iter().cloned());
        }
        let inner = |output: &Output| match &output.fixed {
            Some(fixed) => fixed_inner(fixed),
            None => Inner::Output(sha256(&derivation.write(&inputs, Outputs::Hidden))),
        };
        for (output, stated) in &derivation.outputs {
            let computed = match inner(stated) {
                Inner::Output(inner) => StorePath::of_output(output, &inner, &name),
                Inner::Source(nar) => StorePath::of_source(&name, &nar),
            };
            if computed != stated.path {
                let (output, stated) = (output.clone(), stated.path.clone());
                return Err(fail(ClosureErrorKind::OutputPath { output, stated, computed }));
            }
            self.made_by.entry(computed).or_insert_with(|| (path.clone(), output.clone()));
        }
        let modulo = match derivation
            .outputs
            .values()
            .find_map(|output| output.fixed.as_ref().zip(Some(&output.path)))
        {
            Some((fixed, path)) => {
                let text = format!(
                    "fixed:out:{}:{}:{path}",
                    fixed.method_and_algorithm(),
                    hex(&fixed.digest)
                );
                sha256(text.as_bytes())
            }
            None => sha256(&derivation.write(&inputs, Outputs::Shown)),
        };
        let Derivation { outputs, input_derivations, input_sources: sources, .. } = derivation;
        let inputs = input_derivations.into_keys().collect();
        self.derivations.insert(path, Step { outputs, inputs, sources, modulo });
        Ok(())
    }
}

fn enter<E: std::error::Error>(
    path: &StorePath,
    read: &mut impl FnMut(&StorePath) -> Result<Vec<u8>, E>,
) -> Result<Frame, ClosureErrorKind<E>> {
    let name = path.name().strip_suffix(".drv").ok_or(ClosureErrorKind::NotADerivation)?.to_owned();
    let content = read(path).map_err(ClosureErrorKind::Read)?;
    let derivation = Derivation::parse(&content)?;
    let computed = StorePath::of_text(path.name(), &content, &derivation.references());
    if computed != *path {
        return Err(ClosureErrorKind::Content { computed });
    }
    let todo = derivation.input_derivations.keys().cloned().collect();
    Ok(Frame { path: path.clone(), name, derivation, todo })
}

enum Inner {
    Output([u8; 32]),
    Source([u8; 32]),
}

/// Where a content called `name` comes to be that was fixed beforehand, as the only output of its derivation.
#[must_use]
pub fn fixed_path(name: &str, fixed: &Fixed) -> StorePath {
    match fixed_inner(fixed) {
        Inner::Output(inner) => StorePath::of_output("out", &inner, name),
        Inner::Source(nar) => StorePath::of_source(name, &nar),
    }
}

/// The identity of a fixed output. A tree pinned by SHA-256 has the path it would have as a source.
fn fixed_inner(fixed: &Fixed) -> Inner {
    match (fixed.method, <[u8; 32]>::try_from(fixed.digest.as_slice())) {
        (Method::Nar, Ok(nar)) if fixed.algorithm == super::hash::Algorithm::Sha256 => {
            Inner::Source(nar)
        }
        _ => {
            let text =
                format!("fixed:out:{}:{}:", fixed.method_and_algorithm(), hex(&fixed.digest));
            Inner::Output(sha256(text.as_bytes()))
        }
    }
}
