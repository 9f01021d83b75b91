//! The structured attributes of a Nix derivation whose builder this program is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::facts::metadata::RawPathInfo;

use super::files::{self, FileError};

/// What Nix wrote for the builder. Nix adds fields of its own, so unknown ones are allowed here;
/// our own part is under one key and refuses them.
#[derive(Debug, Deserialize)]
pub struct Attributes {
    /// Our part, for the command to interpret.
    pub relhelper: serde_json::Value,
    /// What Nix says of the paths in `exportReferencesGraph.paths`, and of those they refer to.
    #[serde(default)]
    pub paths: Vec<RawPathInfo>,
    #[serde(default)]
    outputs: BTreeMap<String, PathBuf>,
    #[serde(skip)]
    path: PathBuf,
}

/// Where the attributes and the outputs are, when the command line does not say.
#[derive(Debug, Default)]
pub struct Environment {
    /// `NIX_ATTRS_JSON_FILE`
    pub attrs_json_file: Option<PathBuf>,
    /// `NIX_BUILD_TOP`
    pub build_top: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        Self { attrs_json_file: path("NIX_ATTRS_JSON_FILE"), build_top: path("NIX_BUILD_TOP") }
    }

    /// The file to read.
    ///
    /// NB: Nix 2.8 sets `NIX_ATTRS_JSON_FILE` to the path the file has outside the sandbox, so it
    /// counts only when it is there.
    fn find(&self) -> Option<PathBuf> {
        let named = self.attrs_json_file.clone();
        let in_build_top = self.build_top.as_ref().map(|top| top.join(".attrs.json"));
        [named, in_build_top].into_iter().flatten().find(|path| path.is_file())
    }
}

/// Attributes that cannot be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AttributesError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("cannot make sense of {}: {source}", .path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("there are no structured attributes to read")]
    Missing,
    #[error("{} names no output `out`", .path.display())]
    OutputMissing { path: PathBuf },
}

impl Attributes {
    /// Reads `file`, or what `environment` leads to.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is not of that shape.
    pub fn read(file: Option<&Path>, environment: &Environment) -> Result<Self, AttributesError> {
        let path = file
            .map(Path::to_owned)
            .or_else(|| environment.find())
            .ok_or(AttributesError::Missing)?;
        let bytes = files::read(&path)?;
        let attributes: Self = serde_json::from_slice(&bytes)
            .map_err(|source| AttributesError::Json { path: path.clone(), source })?;
        Ok(Self { path, ..attributes })
    }

    /// Where the output goes: `chosen`, or the derivation's output `out`.
    ///
    /// # Errors
    ///
    /// When neither says.
    pub fn output(&self, chosen: Option<&Path>) -> Result<PathBuf, AttributesError> {
        let out = chosen.map(Path::to_owned).or_else(|| self.outputs.get("out").cloned());
        out.ok_or_else(|| AttributesError::OutputMissing { path: self.path.clone() })
    }
}
