//! Adding to a file so that readers and crashes see the old content or the new one, and two writers lose nothing.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::files::{FileError, failed_to, is_at};
use super::origin::Capped;

/// Replaces the content of the file at `path` by what `change` makes of it; an absent file is an empty one. Other callers
/// wait meanwhile.
///
/// # Errors
///
/// When the file cannot be read, has more than `max_bytes`, cannot be written, or `change` fails; it is then as it was.
pub fn replace<E: From<FileError>>(
    path: &Path,
    max_bytes: u64,
    change: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<(), E> {
    let locked = lock(path)?;
    let mut before = Vec::new();
    Capped::new(&locked, max_bytes).read_to_end(&mut before).map_err(failed_to("read", path))?;
    let after = change(&before)?;
    if after != before {
        write(path, &after).map_err(failed_to("write", path))?;
    }
    Ok(())
}

/// The file, created if need be, and this process its only writer until it is dropped.
fn lock(path: &Path) -> Result<File, FileError> {
    loop {
        let mut options = File::options();
        let opened = options.read(true).append(true).create(true).open(path);
        let file = opened.map_err(failed_to("open", path))?;
        file.lock().map_err(failed_to("lock", path))?;
        // While this process waited, another may have put a new file in the place of the one that was opened.
        if is_at(&file, path).map_err(failed_to("examine", path))? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().set_permissions(
        fs::metadata(path)
            .map_or_else(|_| fs::Permissions::from_mode(0o644), |metadata| metadata.permissions()),
    )?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // So that the name is there after a crash as well.
    File::open(folder)?.sync_all()
}

/// Where an open file cannot be replaced, only what is new is written behind what is there.
#[cfg(not(unix))]
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::options().append(true).open(path)?;
    let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let more = content.get(there..);
    let more = more.ok_or_else(|| io::Error::other("it has become shorter"))?;
    file.write_all(more)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(path: &Path, more: &str) -> Result<(), FileError> {
        replace(path, 100_000, |before| Ok([before, more.as_bytes()].concat()))
    }

    #[test]
    fn adds_and_creates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        add(&path, "1\n").unwrap();
        add(&path, "2\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for line in 0..20 {
                        add(path, &format!("{writer}-{line}\n")).unwrap();
                    }
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        let lines: std::collections::BTreeSet<_> = text.lines().collect();
        assert_eq!((text.lines().count(), lines.len()), (160, 160));
    }

    #[test]
    fn a_refusal_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        add(&path, "1\n").unwrap();
        let refused: Result<(), FileError> =
            replace(&path, 1000, |_| Err(failed_to("add to", &path)(io::Error::other("no"))));
        refused.unwrap_err();
        replace::<FileError>(&path, 1, |_| Ok(Vec::new())).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
    }

    #[test]
    #[cfg(unix)]
    fn follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let error = std::error::Error::source(&add(&link, "x").unwrap_err()).unwrap().to_string();
        assert_eq!(error, "it is not a regular file");
        assert_eq!(fs::read(&real).unwrap(), b"");
    }
}
