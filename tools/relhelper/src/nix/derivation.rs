//! One `.drv` file.
//!
//! Spec: <https://nix.dev/manual/nix/latest/protocols/derivation-aterm>. Read are derivations whose
//! outputs are known before they are built. Others (dynamic derivations, outputs addressed by
//! content) are refused: nobody could say of them what the shipped files were built from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::aterm::{AtermError, Reader};
use super::encoding::from_hex;
use super::hash::Algorithm;
use super::{StorePath, StorePathError};

/// How to build something, as the evaluator wrote it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Derivation {
    /// Name of an output → what is known of it. Never empty.
    pub outputs: BTreeMap<String, Output>,
    /// Derivations that are built first → those of their outputs that are used.
    pub input_derivations: BTreeMap<StorePath, BTreeSet<String>>,
    /// Paths that need no building.
    pub input_sources: BTreeSet<StorePath>,
    /// The kind of machine that builds it.
    pub system: Vec<u8>,
    /// The program that builds it. Not SLSA's builder.
    pub builder_path: Vec<u8>,
    /// Arguments of that program.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment; with structured attributes, those are in `__json`.
    pub environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// An output, known before it is built.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// Where it comes to be.
    pub path: StorePath,
    /// The content it must have, if that was fixed beforehand.
    pub fixed: Option<Fixed>,
}

/// The content an output must have.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Fixed {
    pub method: Method,
    pub algorithm: Algorithm,
    pub digest: Vec<u8>,
}

/// What a fixed digest is the digest of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// The bytes of the one file.
    Flat,
    /// The NAR of the file or tree.
    Nar,
}

impl Fixed {
    /// As the third field of an output has it.
    #[must_use]
    pub fn method_and_algorithm(&self) -> String {
        format!("{}{}", if self.method == Method::Nar { "r:" } else { "" }, self.algorithm)
    }
}

/// A text that is not a derivation that can be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts say it")]
pub enum DerivationError {
    #[error("{0}")]
    Aterm(#[from] AtermError),
    #[error(
        "it is not written as Nix writes it: lists that are not sorted, a name twice, or needless escapes"
    )]
    NotCanonical,
    #[error(
        "the output `{output}` is addressed by its content, so its path is not known before it is built; such derivations are not supported"
    )]
    ContentAddressed { output: String },
    #[error(
        "it depends on derivations that are built first (feature dynamic-derivations); such derivations are not supported"
    )]
    Dynamic,
    #[error(
        "the output `{output}` is fixed by `{found}`, expected an optional `r:` and one of blake3, md5, sha1, sha256, sha512, and a digest of its length"
    )]
    Fixed { output: String, found: String },
    #[error(
        "an output of a derivation with a fixed output is called `{found}`, expected `out` alone"
    )]
    FixedName { found: String },
    #[error("it has no output")]
    OutputsMissing,
    #[error("{0}")]
    Path(#[from] StorePathError),
}

impl Derivation {
    /// Reads the content of a `.drv` file.
    ///
    /// # Errors
    ///
    /// When it is no derivation, one of a kind that is not supported, or not in the one form that
    /// Nix writes.
    pub fn parse(text: &[u8]) -> Result<Self, DerivationError> {
        let mut reader = Reader::new(text);
        if reader.take("DrvWithVersion(\"xp-dyn-drv\",") {
            return Err(DerivationError::Dynamic);
        }
        reader.expect("Derive(")?;
        let outputs = reader.list(output)?;
        reader.expect(",")?;
        let input_derivations = reader.list(input_derivation)?;
        reader.expect(",")?;
        let input_sources =
            reader.list(|reader| Ok::<_, DerivationError>(reader.text()?.parse()?))?;
        reader.expect(",")?;
        let system = reader.bytes()?;
        reader.expect(",")?;
        let builder_path = reader.bytes()?;
        reader.expect(",")?;
        let arguments = reader.list::<_, AtermError>(Reader::bytes)?;
        reader.expect(",")?;
        let environment = reader.list(|reader| {
            reader.expect("(")?;
            let name = reader.bytes()?;
            reader.expect(",")?;
            let value = reader.bytes()?;
            reader.expect(")")?;
            Ok::<_, AtermError>((name, value))
        })?;
        reader.expect(")")?;
        reader.end()?;
        let derivation = Self {
            outputs: outputs.into_iter().collect(),
            input_derivations: input_derivations.into_iter().collect(),
            input_sources: input_sources.into_iter().collect(),
            system,
            builder_path,
            arguments,
            environment: environment.into_iter().collect(),
        };
        derivation.check_outputs()?;
        if derivation.to_bytes() == text {
            Ok(derivation)
        } else {
            Err(DerivationError::NotCanonical)
        }
    }

    fn check_outputs(&self) -> Result<(), DerivationError> {
        if self.outputs.is_empty() {
            return Err(DerivationError::OutputsMissing);
        }
        let fixed = self.outputs.values().any(|output| output.fixed.is_some());
        match self.outputs.keys().find(|name| fixed && name.as_str() != "out") {
            Some(name) => Err(DerivationError::FixedName { found: name.clone() }),
            None => Ok(()),
        }
    }

    /// Everything the `.drv` file refers to.
    #[must_use]
    pub fn references(&self) -> BTreeSet<&StorePath> {
        self.input_derivations.keys().chain(&self.input_sources).collect()
    }
}

fn output(reader: &mut Reader<'_>) -> Result<(String, Output), DerivationError> {
    reader.expect("(")?;
    let name = reader.text()?;
    let mut field = || {
        reader.expect(",")?;
        reader.text()
    };
    let (path, method, digest) = (field()?, field()?, field()?);
    reader.expect(")")?;
    if path.is_empty() {
        return Err(DerivationError::ContentAddressed { output: name });
    }
    let fixed = if method.is_empty() && digest.is_empty() {
        None
    } else {
        let fixed = parse_fixed(&method, &digest);
        Some(fixed.ok_or_else(|| DerivationError::Fixed {
            output: name.clone(),
            found: format!("{method}:{digest}"),
        })?)
    };
    Ok((name, Output { path: path.parse()?, fixed }))
}

fn parse_fixed(method: &str, digest: &str) -> Option<Fixed> {
    let (method, name) =
        method.strip_prefix("r:").map_or((Method::Flat, method), |name| (Method::Nar, name));
    let algorithm = Algorithm::named(name)?;
    let digest = from_hex(digest).filter(|digest| digest.len() == algorithm.digest_bytes())?;
    Some(Fixed { method, algorithm, digest })
}

fn input_derivation(
    reader: &mut Reader<'_>,
) -> Result<(StorePath, BTreeSet<String>), DerivationError> {
    reader.expect("(")?;
    let path = reader.text()?.parse()?;
    reader.expect(",")?;
    let outputs = reader.list::<_, AtermError>(Reader::text)?;
    reader.expect(")")?;
    Ok((path, outputs.into_iter().collect()))
}
