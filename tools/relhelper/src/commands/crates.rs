//! What cargo compiled for a target, from the files that its builds left.

use std::path::{Path, PathBuf};

use crate::cargo::{Crates, RawCrates};
use crate::error::{CommandError, Hint as _};
use crate::facts::metadata::RawCrateFolders;
use crate::io::files;

/// Reads the crates of the program for `triple` and of its std; `locate` says where a path of the
/// store is.
pub(super) fn read(
    triple: &str,
    folders: &RawCrateFolders,
    locate: impl Fn(&Path) -> PathBuf,
) -> Result<Crates, CommandError> {
    let read = |folder: &Path| {
        let folder = locate(folder);
        let units = files::read(&folder.join("unit-graph.json"))?;
        let metadata = files::read(&folder.join("metadata.json"))?;
        RawCrates::parse(&units, &metadata).hint(format!("it is in {}", folder.display()))
    };
    let (program, std) = (read(&folders.program)?, read(&folders.std)?);
    Crates::read(triple, &program, &std).hint(format!("it is the build for {triple}"))
}
