//! Running a program to its end, with bounds on what is kept of what it prints.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use crate::io::files::FileError;
use crate::nix::lock::LockProblem;
use crate::rebuild::log::plain;

/// Most bytes that are read of what Nix prints.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024 * 1024;
/// Most bytes of one line of its log.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// Most lines that are kept of what it complains about.
const MAX_MESSAGES: usize = 50;

/// A call of Nix that did not give what it should.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum NixError {
    #[error("`{call}` failed: {}", .errors.join("; "))]
    Failed { call: String, status: ExitStatus, errors: Vec<String> },
    #[error(transparent)]
    File(#[from] FileError),
    #[error("Nix fetched the input `{}` of the flake, and it is not the tree that flake.lock pins", .input.escape_debug())]
    Input { input: String },
    #[error("Nix is not asked for what flake.lock names: {}", list(.problems))]
    Lock { problems: Vec<LockProblem> },
    #[error("cannot run {}", .program.display())]
    NotRun { program: PathBuf, source: io::Error },
    #[error("`{call}` printed what cannot be understood: {found}")]
    Output { call: String, found: String },
}

pub(super) fn start(command: &mut Command) -> Result<Child, NixError> {
    command.spawn().map_err(|source| not_run(command, source))
}

pub(super) fn not_run(command: &Command, source: io::Error) -> NixError {
    NixError::NotRun { program: command.get_program().into(), source }
}

/// Standard output of a call that ends well.
pub(super) fn output(command: Command) -> Result<Vec<u8>, NixError> {
    let call = describe(&command);
    match run(command)? {
        (output, _, status) if status.success() => Ok(output),
        (_, errors, status) => Err(NixError::Failed { call, status, errors }),
    }
}

/// Standard output, lines of standard error, and how the call ended.
pub(super) fn run(mut command: Command) -> Result<(Vec<u8>, Vec<String>, ExitStatus), NixError> {
    let mut child = start(&mut command)?;
    let stderr = child.stderr.take();
    let messages = std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(stderr) = stderr {
            lines(stderr, &mut |line| {
                let line = plain(line);
                if !line.is_empty() && kept.len() < MAX_MESSAGES {
                    kept.push(line);
                }
            });
        }
        kept
    });
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut output);
        read.map_err(|source| not_run(&command, source))?;
    }
    if output.len() as u64 > MAX_OUTPUT_BYTES {
        let _gone = child.kill();
        let found = format!("more than {MAX_OUTPUT_BYTES} bytes");
        return Err(NixError::Output { call: describe(&command), found });
    }
    let status = child.wait().map_err(|source| not_run(&command, source))?;
    Ok((output, messages.join().unwrap_or_default(), status))
}

/// Calls `each` for every line; of a line that is too long, only the beginning.
pub(super) fn lines(reader: impl Read, each: &mut dyn FnMut(&str)) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line) {
            // Whoever wrote it is gone.
            Ok(0) | Err(_) => return,
            Ok(_) => each(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])),
        }
    }
}

/// The program and its first words, without the settings that every call has.
pub(super) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_owned();
    let words: Vec<OsString> = command.get_args().map(ToOwned::to_owned).collect();
    let after = words.iter().rposition(|word| word == "--option").map_or(2, |place| place + 3);
    let words = std::iter::once(&program).chain(words.iter().skip(after).take(4));
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn list(problems: &[LockProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A name without a folder, as the shell finds it.
pub(super) fn find(program: &Path) -> PathBuf {
    if program.components().count() > 1 {
        return std::path::absolute(program).unwrap_or_else(|_| program.to_owned());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    found.into_iter().find(|path| path.is_file()).unwrap_or_else(|| program.to_owned())
}

pub(super) fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
