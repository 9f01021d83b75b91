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
    let (locked, is_new) = lock(path)?;
    let replaced = replace_locked(&locked, path, max_bytes, change);
    // Nothing was written, so what is there is the empty file of `lock`. Who waits for it sees that it is gone, and makes another one.
    if is_new && !matches!(replaced, Ok(true)) && is_at(&locked, path).unwrap_or(false) {
        let _gone: io::Result<()> = fs::remove_file(path);
    }
    replaced.map(drop)
}

/// Whether something was written.
fn replace_locked<E: From<FileError>>(
    locked: &File,
    path: &Path,
    max_bytes: u64,
    change: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<bool, E> {
    let mut before = Vec::new();
    Capped::new(locked, max_bytes).read_to_end(&mut before).map_err(failed_to("read", path))?;
    let after = change(&before)?;
    if after == before {
        return Ok(false);
    }
    write(path, &after).map_err(failed_to("write", path))?;
    Ok(true)
}

/// The file, created if need be, and this process its only writer until it is dropped; and whether it was created and is still empty.
fn lock(path: &Path) -> Result<(File, bool), FileError> {
    loop {
        let (file, is_created) = open(path).map_err(failed_to("open", path))?;
        file.lock().map_err(failed_to("lock", path))?;
        // While this process waited, another may have put a new file in the place of the one that was opened, or taken it away.
        match is_at(&file, path) {
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed_to("examine", path)(error)),
            Ok(true) => {
                let length = file.metadata().map_err(failed_to("examine", path))?.len();
                return Ok((file, is_created && length == 0));
            }
        }
    }
}

/// The file, and whether it had to be created.
fn open(path: &Path) -> io::Result<(File, bool)> {
    let mut options = File::options();
    options.read(true).append(true);
    loop {
        match options.create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return Ok((created?, true)),
        }
        match options.create_new(false).open(path) {
            // It is gone again; but for a link that leads nowhere, which is refused.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {}
            opened => return Ok((opened?, false)),
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
    fn a_refusal_leaves_no_file_where_none_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let refuse = || -> Result<(), FileError> {
            replace(&path, 1000, |_| Err(failed_to("add to", &path)(io::Error::other("no"))))
        };
        refuse().unwrap_err();
        replace::<FileError>(&path, 1000, |_| Ok(Vec::new())).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // An empty file that was there is another matter.
        fs::write(&path, "").unwrap();
        refuse().unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn refusals_at_the_same_time_take_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        for round in 0..50 {
            std::thread::scope(|scope| {
                for writer in 0..6 {
                    let path = &path;
                    scope.spawn(move || {
                        if writer % 3 == 0 {
                            return add(path, "line\n").unwrap();
                        }
                        let no = || failed_to("add to", path)(io::Error::other("no"));
                        let error = replace(path, 1000, |_| Err(no())).unwrap_err();
                        assert_eq!(error.to_string(), no().to_string());
                    });
                }
            });
            assert_eq!(fs::read_to_string(&path).unwrap(), "line\nline\n", "round {round}");
            fs::remove_file(&path).unwrap();
        }
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
        fs::remove_file(&real).unwrap();
        add(&link, "x").unwrap_err();
        assert!(!real.exists(), "nothing is made where a link leads");
    }
}
