//! The folder of one run, which is removed however the run ends.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::error::{CommandError, Hint as _};
use crate::io::files::failed_to;

/// A folder outside of any git checkout: Nix would take such a checkout for the source.
///
/// A program cannot clean up after Ctrl-C without catching signals. So another process of this program waits for the
/// end of this one, which ends its standard input, and removes what is left.
#[derive(Debug)]
pub struct Session {
    folder: TempDir,
    janitor: Option<(Child, ChildStdin)>,
}

impl Session {
    /// Makes the folder.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or is inside of a git checkout.
    pub fn new() -> Result<Self, CommandError> {
        let place = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("relhelper-rebuild-").tempdir();
        let folder = made
            .map_err(failed_to("create a folder in", &place))
            .hint("name another folder for temporary files with TMPDIR")?;
        let absolute = folder.path().canonicalize().map_err(failed_to("find", folder.path()))?;
        if let Some(checkout) = absolute.ancestors().find(|above| above.join(".git").exists()) {
            let text = format!("{} is inside of a git checkout", checkout.display());
            return Err(CommandError::message(text)
                .hint("name a folder outside of it for temporary files with TMPDIR"));
        }
        let janitor = janitor(&absolute);
        Ok(Self { folder, janitor })
    }

    /// The same without the other process, which would be the tests.
    #[cfg(test)]
    pub fn of_tests() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), janitor: None }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder in it.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, CommandError> {
        let path = self.path().join(name);
        fs::create_dir(&path).map_err(failed_to("create", &path))?;
        Ok(path)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.janitor.take() {
            drop(input);
            let _ended = child.wait();
        }
    }
}

/// Without it, only an ordinary end cleans up; that is no reason not to rebuild.
fn janitor(folder: &Path) -> Option<(Child, ChildStdin)> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args(["rebuild", "--janitor"]).arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C goes to the group in the foreground.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().ok()?;
    let input = child.stdin.take()?;
    Some((child, input))
}

/// Waits for the end of standard input, then removes `folder` if it is one of ours.
pub fn clean_up(folder: &Path) {
    let mut nothing = Vec::new();
    let _closed = std::io::stdin().take(1).read_to_end(&mut nothing);
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.starts_with("relhelper-rebuild-") {
        let _removed = fs::remove_dir_all(folder);
    }
}
