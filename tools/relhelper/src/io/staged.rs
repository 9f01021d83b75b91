//! Files that come into a folder together, or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::files::{self, FileError, Mode, failed_to};
use crate::release::FileName;

/// New files for a folder, written beside it in a folder of their own that is removed in the end.
pub struct Staged {
    target: PathBuf,
    staging: TempDir,
    new: Vec<FileName>,
    replaced: Vec<FileName>,
}

impl Staged {
    /// Nothing yet, for the folder `target`.
    pub fn new(target: &Path) -> Result<Self, FileError> {
        let staging = tempfile::Builder::new().prefix(".relhelper-").tempdir_in(target);
        let staging = staging.map_err(failed_to("write into", target))?;
        Ok(Self { target: target.to_owned(), staging, new: Vec::new(), replaced: Vec::new() })
    }

    /// A file that must not be there yet.
    pub fn add(&mut self, name: &FileName, content: &[u8]) -> Result<(), FileError> {
        files::write(&name.inside(self.staging.path()), Mode::Plain, content)?;
        self.new.push(name.clone());
        Ok(())
    }

    /// A file that takes the place of what is there.
    pub fn replace(&mut self, name: &FileName, content: &[u8]) -> Result<(), FileError> {
        files::write(&name.inside(self.staging.path()), Mode::Plain, content)?;
        self.replaced.push(name.clone());
        Ok(())
    }

    /// Moves all of them into the folder: first the new ones, then those that take a place. When one cannot be moved, the new ones are
    /// taken away again.
    pub fn commit(self) -> Result<(), FileError> {
        let mut done: Vec<PathBuf> = Vec::new();
        let result = self.new.iter().try_for_each(|name| {
            let (from, to) = (name.inside(self.staging.path()), name.inside(&self.target));
            // A link fails where a rename would replace.
            fs::hard_link(&from, &to).map_err(failed_to("create", &to))?;
            done.push(to);
            Ok(())
        });
        let result = result.and_then(|()| {
            self.replaced.iter().try_for_each(|name| {
                let (from, to) = (name.inside(self.staging.path()), name.inside(&self.target));
                fs::rename(from, &to).map_err(failed_to("replace", &to))
            })
        });
        if result.is_err() {
            for file in done {
                let _: io::Result<()> = fs::remove_file(file);
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_come_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let name = |name: &str| name.parse::<FileName>().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        let mut staged = Staged::new(folder.path()).unwrap();
        staged.add(&name("a"), b"new").unwrap();
        staged.add(&name("b"), b"new").unwrap();
        staged.replace(&name("c"), b"new").unwrap();
        let error = staged.commit().unwrap_err();
        assert!(error.to_string().contains("cannot create"), "{error}");
        assert_eq!(names(), ["b"]);
        assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"old");

        let mut staged = Staged::new(folder.path()).unwrap();
        staged.add(&name("a"), b"new").unwrap();
        staged.replace(&name("b"), b"new").unwrap();
        staged.commit().unwrap();
        assert_eq!(names(), ["a", "b"]);
        assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"new");
    }
}
