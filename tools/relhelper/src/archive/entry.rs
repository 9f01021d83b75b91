//! What goes into an archive.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Read;
use std::path::PathBuf;

/// A member of an archive to be.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Entry {
    /// Path in the archive, with `/` between the names; none at its end, for folders too.
    pub path: String,
    /// What it is.
    pub content: Content,
}

/// A folder, or a regular file. Nothing else goes into an archive.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Content {
    Directory,
    File { from: PathBuf, size: u64, executable: bool },
}

impl Entry {
    /// Permission bits: 0755 for folders and executables, 0644 for other files.
    #[must_use]
    pub fn mode(&self) -> u32 {
        match self.content {
            Content::File { executable: false, .. } => 0o644,
            Content::Directory | Content::File { executable: true, .. } => 0o755,
        }
    }

    /// The path, with a `/` at the end of a folder, as tar and zip write it.
    #[must_use]
    pub fn archive_path(&self) -> String {
        match self.content {
            Content::Directory => format!("{}/", self.path),
            Content::File { .. } => self.path.clone(),
        }
    }
}

/// Puts entries in the order they have in an archive: byte order of the paths as written there,
/// so that each folder comes before what is in it.
pub fn sort(entries: &mut [Entry]) {
    entries.sort_by_cached_key(Entry::archive_path);
}

/// How the content of a file is opened when its turn comes.
pub trait Open {
    /// The content, from its first byte.
    ///
    /// # Errors
    ///
    /// When it cannot be opened; the error names the file.
    fn open(&self, from: &std::path::Path) -> std::io::Result<Box<dyn Read>>;
}

/// The kinds of archive this program writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArchiveFormat {
    /// gzip of a POSIX tar.
    TarGz,
    /// zip with deflate.
    Zip,
}

impl ArchiveFormat {
    /// What the end of the archive's name says.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        if name.ends_with(".tar.gz") {
            Some(Self::TarGz)
        } else if name.to_ascii_lowercase().ends_with(".zip") {
            Some(Self::Zip)
        } else {
            None
        }
    }
}

#[cfg(test)]
pub(super) mod tests_support {
    use super::{Open, Read};
    use std::path::Path;

    /// The content of every file is its own path.
    pub(in crate::archive) struct Named;

    impl Open for Named {
        fn open(&self, from: &Path) -> std::io::Result<Box<dyn Read>> {
            Ok(Box::new(std::io::Cursor::new(from.to_str().unwrap().as_bytes().to_vec())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(path: &str) -> Entry {
        let content = Content::File { from: PathBuf::new(), size: 0, executable: false };
        Entry { path: path.to_owned(), content }
    }

    proptest! {
        #[test]
        fn the_order_of_the_folder_does_not_matter(
            paths in Just(vec!["a", "a/b", "a/b/c", "a-b", "a.b", "b", "B"]).prop_shuffle(),
        ) {
            let mut entries: Vec<_> = paths.into_iter().map(file).collect();
            sort(&mut entries);
            let sorted: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
            prop_assert_eq!(sorted, ["B", "a", "a-b", "a.b", "a/b", "a/b/c", "b"]);
        }
    }

    #[test]
    fn folders_come_before_what_is_in_them() {
        let mut entries = vec![
            file("a/b"),
            file("a.txt"),
            Entry { path: "a".to_owned(), content: Content::Directory },
            file("a-b"),
        ];
        sort(&mut entries);
        let paths: Vec<_> = entries.iter().map(Entry::archive_path).collect();
        assert_eq!(paths, ["a-b", "a.txt", "a/", "a/b"]);
    }
}
