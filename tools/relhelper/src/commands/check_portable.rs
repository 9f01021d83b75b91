//! `relhelper check-portable`: every file below the given paths goes through the gate.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::CheckPortable;
use crate::document::json;
use crate::error::{Answer, CommandError};
use crate::io::files::{self, FileError, failed_to};
use crate::io::{cores, parallel};
use crate::portable::{Patterns, Report, Walk};

/// `relhelper check-portable`
///
/// # Errors
///
/// When something could not be looked into and nothing was found elsewhere, or there was nothing to
/// look into: neither is a pass.
pub fn run(arguments: &CheckPortable, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let patterns = Patterns::new(arguments.forbidden.iter().map(String::as_str));
    let mut items = Vec::new();
    for path in &arguments.paths {
        // Only what stands on the command line is followed: `result` of Nix is a link.
        let metadata = fs::metadata(path).map_err(failed_to("examine", path))?;
        if metadata.is_dir() {
            collect(path, &mut items)?;
        } else {
            items.push(Item::File(path.clone()));
        }
    }
    let look = |item: &Item| look(item, &patterns);
    let reports = parallel::try_map(cores::available(), &items, look)?;
    let mut report = Report::default();
    for part in reports {
        report.extend(part);
    }

    if arguments.json {
        out.write_all(&json::to_bytes(&Document {
            format_version: json::FORMAT_VERSION,
            report: &report,
        }))?;
    } else {
        print(&report, out)?;
    }
    if !report.findings.is_empty() {
        return Ok(Answer::No);
    }
    if !report.unchecked.is_empty() {
        let count = report.unchecked.len();
        return Err(CommandError::message(format!(
            "{count} of the files could not be looked into, so this is no pass"
        )));
    }
    if report.checked == 0 {
        return Err(CommandError::message("there is no file to look into".to_owned()));
    }
    Ok(Answer::Yes)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: u32,
    #[serde(flatten)]
    report: &'a Report,
}

enum Item {
    File(PathBuf),
    SymbolicLink(PathBuf),
}

/// Everything below `directory` that is not a folder, in the byte order of the names.
fn collect(directory: &Path, items: &mut Vec<Item>) -> Result<(), FileError> {
    let entries = fs::read_dir(directory).map_err(failed_to("read", directory))?;
    let mut children = Vec::new();
    for entry in entries {
        children.push(entry.map_err(failed_to("read", directory))?.path());
    }
    children.sort();
    for child in children {
        let metadata = fs::symlink_metadata(&child).map_err(failed_to("examine", &child))?;
        if metadata.is_dir() {
            collect(&child, items)?;
        } else if metadata.is_symlink() {
            items.push(Item::SymbolicLink(child));
        } else {
            items.push(Item::File(child));
        }
    }
    Ok(())
}

fn look(item: &Item, patterns: &Patterns) -> Result<Report, FileError> {
    let mut walk = Walk::new(patterns);
    match item {
        Item::File(path) => walk.file(&path.display().to_string(), files::open(path)?),
        Item::SymbolicLink(path) => {
            let target = fs::read_link(path).map_err(failed_to("read", path))?;
            let target = target.as_os_str().as_encoded_bytes();
            walk.symbolic_link(&path.display().to_string(), target);
        }
    }
    Ok(walk.finish())
}

fn print(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    for finding in &report.findings {
        let offset = finding.offset.map(|offset| format!(" at {offset:#x}")).unwrap_or_default();
        writeln!(out, "{}{offset}: {}: {}", finding.path, finding.kind, finding.excerpt)?;
    }
    for unchecked in &report.unchecked {
        writeln!(out, "{}: not looked into: {}", unchecked.path, unchecked.reason)?;
    }
    let (checked, found) = (report.checked, report.findings.len());
    writeln!(out, "files looked into: {checked}, findings: {found}")
}
