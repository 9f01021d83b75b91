//! `relhelper rebuild`: the steps in their order; what each finds goes into the report.

mod build;
mod built;
mod comparison;
mod environment;
mod files;
mod inputs;
mod machine;
mod makers;
mod progress;
mod session;
mod signed;
mod source;
mod steps;
#[cfg(all(test, unix))]
mod tests;

use std::io::Write;
use std::path::Path;

use crate::cli::Rebuild;
use crate::document::{json, visible};
use crate::error::{Answer, CommandError};
use crate::io::files::{self as disk, Mode};
use crate::io::origin;
use crate::rebuild::{Report, html, markdown, words};

use session::Session;
use steps::Run;

/// `relhelper rebuild`
///
/// # Errors
///
/// When there is nothing to rebuild, or the report cannot be written. What goes wrong later is told in the report.
pub fn run(arguments: &Rebuild, out: &mut dyn Write) -> Result<Answer, CommandError> {
    if let Some(folder) = &arguments.janitor {
        session::clean_up(folder);
        return Ok(Answer::Yes);
    }
    let Some(release) = &arguments.release else {
        return Err(CommandError::message("there is no release to rebuild".to_owned()));
    };
    let origin = origin::of(release, &arguments.server.settings())?;
    inputs::check_addresses(arguments)?;
    for folder in arguments.out.iter().chain(&arguments.files) {
        disk::create_output(folder)?;
    }
    let session = Session::new()?;
    let report = Run::new(arguments, origin.as_ref(), &session).report();
    drop(session);

    if let Some(folder) = &arguments.out {
        write(&report, folder)?;
    }
    if arguments.json {
        out.write_all(&json::to_bytes(&report))?;
    } else {
        print(&report, arguments.out.as_deref(), out)?;
    }
    Ok(report.verdict.into())
}

fn write(report: &Report, folder: &Path) -> Result<(), CommandError> {
    let write = |name, content: &[u8]| disk::write(&folder.join(name), Mode::Plain, content);
    write("rebuild-report.json", &json::to_bytes(report))?;
    write("rebuild-report.md", markdown::markdown(report).as_bytes())?;
    write("rebuild-report.html", html::html(report).as_bytes())?;
    Ok(())
}

/// The short form: what was wrong, what was left open, the conclusion.
fn print(report: &Report, folder: Option<&Path>, out: &mut dyn Write) -> Result<(), CommandError> {
    for step in &report.steps {
        let outcome = words::outcome(step.outcome);
        writeln!(out, "{:<16} {outcome:<14} {}", step.name.words(), visible(&step.summary))?;
        step.problems.iter().try_for_each(|problem| writeln!(out, "  {}", visible(problem)))?;
    }
    for file in report.files.iter().filter(|file| !file.findings.is_empty()) {
        writeln!(out, "{}: {}", visible(&file.file), words::file(file.verdict))?;
        file.findings.iter().try_for_each(|line| writeln!(out, "  {}", visible(line)))?;
    }
    writeln!(out, "not established: {}", gaps(report))?;
    if let Some(folder) = folder {
        writeln!(out, "report: {}", folder.join("rebuild-report.html").display())?;
    }
    writeln!(out, "{}", words::conclusion(report))?;
    Ok(())
}

fn gaps(report: &Report) -> String {
    report.not_established.iter().map(|gap| gap.what).collect::<Vec<_>>().join("; ")
}

/// What an error says, line by line, without its colours.
fn sentences(error: &CommandError) -> Vec<String> {
    let text = anstream::adapter::strip_str(&error.to_string()).to_string();
    let line = |line: &str| line.trim().trim_start_matches("error: ").to_owned();
    text.lines().map(line).collect()
}
