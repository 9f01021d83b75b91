//! The folder that holds the store's paths, which need not be where their names say.

use std::path::{Path, PathBuf};

use super::files::{self, FileError};
use crate::nix::{StorePath, path};

/// A store to read from.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, or else the one of this machine.
    #[must_use]
    pub fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.unwrap_or(Path::new(path::store())).to_owned() }
    }

    /// Where a file with this name is; as it is when it is not in the store.
    #[must_use]
    pub fn locate(&self, name: &Path) -> PathBuf {
        let inside = name.strip_prefix(path::store());
        inside.map_or(name.to_owned(), |inside| self.folder.join(inside))
    }

    /// The content of a store path that is a file.
    pub fn read(&self, path: &StorePath) -> Result<Vec<u8>, FileError> {
        files::read(&self.folder.join(path.base()))
    }
}
