//! The path of debugging information that Windows linkers leave in programs.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::read::pe::{PeFile32, PeFile64};
use object::{FileKind, Object as _};

use super::finding::{Kind, excerpt};

/// The PDB path, when it has a folder in it.
pub(super) fn inspect(content: &[u8], kind: FileKind) -> object::Result<Vec<(Kind, String)>> {
    if kind == FileKind::Pe32 {
        let file = PeFile32::parse(content)?;
        pdb_path(file.pdb_info()?.map(|pdb| pdb.path().to_vec()))
    } else {
        let file = PeFile64::parse(content)?;
        pdb_path(file.pdb_info()?.map(|pdb| pdb.path().to_vec()))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the end of both branches above")]
fn pdb_path(path: Option<Vec<u8>>) -> object::Result<Vec<(Kind, String)>> {
    let path = path.filter(|path| path.iter().any(|byte| matches!(byte, b'/' | b'\\')));
    Ok(path.map(|path| (Kind::PePdbPath, excerpt(&path))).into_iter().collect())
}
