//! The one error that commands return, and how it is shown.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// What a command found out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It did what it should, or: yes. Exit code 0.
    Yes,
    /// It did what it should, and the answer is no. Exit code 1.
    No,
    /// It did what it could and told what it found, but yes or no could not be told. Exit code 2.
    Unknown,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "could not tell",
        })
    }
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::SUCCESS,
            Answer::No => Self::FAILURE,
            Answer::Unknown => CommandError::EXIT_CODE.into(),
        }
    }
}

/// A command that could not do what it should, so that the answer is unknown. Exit code 2.
///
/// It does not implement [`Error`] itself: that makes the conversion from every error possible.
#[derive(Debug)]
pub struct CommandError {
    source: Box<dyn Error + Send + Sync>,
    hints: Vec<String>,
}

impl CommandError {
    /// Exit code of every command that could not do what it should.
    pub const EXIT_CODE: u8 = 2;

    /// An error that is only words.
    #[must_use]
    pub fn message(text: String) -> Self {
        Self { source: text.into(), hints: Vec::new() }
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What is wrong, and why, in one line.
    #[must_use]
    pub fn what(&self) -> String {
        let mut text = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(why) = cause {
            let why_text = why.to_string();
            if !text.contains(&why_text) {
                text = format!("{text}: {why_text}");
            }
            cause = why.source();
        }
        text
    }

    /// Whether the reader of standard output went away, which is no reason to complain.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        self.source
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for CommandError {
    fn from(source: E) -> Self {
        Self { source: Box::new(source), hints: Vec::new() }
    }
}

/// `error: …`, then `why: …` for each cause, then `hint: …`; lower case, no full stops.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bold = anstyle::Style::new().bold();
        let error = bold.fg_color(Some(anstyle::AnsiColor::Red.into()));
        let hint = bold.fg_color(Some(anstyle::AnsiColor::Cyan.into()));
        writeln!(f, "{error}error:{error:#} {}", self.source)?;
        let mut shown = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(why) = cause {
            let text = why.to_string();
            // Some errors already show their cause.
            if !shown.contains(&text) {
                writeln!(f, "  why: {text}")?;
            }
            shown.push_str(&text);
            cause = why.source();
        }
        self.hints.iter().try_for_each(|text| writeln!(f, "{hint}hint:{hint:#} {text}"))
    }
}

/// Adds what to do next to the error of a result.
pub trait Hint<T> {
    /// The same result, with the hint if it is an error.
    ///
    /// # Errors
    ///
    /// The error that was there.
    fn hint(self, hint: impl Into<String>) -> Result<T, CommandError>;
}

impl<T, E: Into<CommandError>> Hint<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> Result<T, CommandError> {
        self.map_err(|error| error.into().hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::files::failed_to;
    use expect_test::expect;
    use std::path::Path;

    #[test]
    fn says_what_why_and_what_next() {
        let error = failed_to("open", Path::new("a"))(io::Error::other("the disk is on fire"));
        let shown =
            anstream::adapter::strip_str(&CommandError::from(error).hint("put it out").to_string())
                .to_string();
        expect![[r#"
            error: cannot open a
              why: the disk is on fire
            hint: put it out
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn tells_a_closed_pipe_from_other_errors() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(CommandError::from(pipe()).is_broken_pipe());
        // A file that is a pipe is not standard output.
        assert!(
            !CommandError::from(failed_to("write", Path::new("fifo"))(pipe())).is_broken_pipe()
        );
    }
}
