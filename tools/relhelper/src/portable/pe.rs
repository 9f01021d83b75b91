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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{patch, pe_x86_64};

    #[track_caller]
    fn check(path: &[u8; 15], expected: &[(Kind, &str)]) {
        let program = patch(pe_x86_64(), b"small-debug.pdb", path);
        let found = inspect(&program, FileKind::parse(&*program).unwrap()).unwrap();
        let found: Vec<_> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn accepts_a_name_without_folder() {
        check(b"small-debug.pdb", &[]);
    }

    #[test]
    fn reports_a_path() {
        check(br"C:\work\deb.pdb", &[(Kind::PePdbPath, r"C:\\work\\deb.pdb")]);
        check(b"/home/a/deb.pdb", &[(Kind::PePdbPath, "/home/a/deb.pdb")]);
        check(b"x/small.pdb\0\0\0\0", &[(Kind::PePdbPath, "x/small.pdb")]);
    }
}
