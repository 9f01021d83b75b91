//! `relhelper inputs`: what a release was built from.

use std::io::Write;

use serde::Serialize;

use crate::cli::{CheckInputs, ExportInputs, Inputs, ListInputs, ServeInputs};
use crate::document::json;
use crate::error::{Answer, CommandError, Hint as _};
use crate::inputs::{FOLDER, Input, List, NotFlat, Report, Verdict};
use crate::io::http::Settings;
use crate::io::inputs::check::{self, Place};
use crate::io::inputs::export::{self, Outcome, Sources};
use crate::io::origin::{self, Origin};
use crate::io::serve::Server;
use crate::io::store::Store;
use crate::io::{cores, inputs};

/// `relhelper inputs`
///
/// # Errors
///
/// When what the release was built from cannot be told, or the folder of inputs cannot be used.
pub fn run(arguments: &Inputs, out: &mut dyn Write) -> Result<Answer, CommandError> {
    match arguments {
        Inputs::Check(arguments) => check(arguments, out),
        Inputs::Export(arguments) => export(arguments, out),
        Inputs::List(arguments) => list(arguments, out),
        Inputs::Serve(arguments) => serve(arguments, out),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<T> {
    format_version: u32,
    #[serde(flatten)]
    content: T,
}

impl<T: Serialize> Document<T> {
    fn write(content: T, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&json::to_bytes(&Self { format_version: json::FORMAT_VERSION, content }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing<'a> {
    inputs: &'a [Input],
    not_flat: &'a [NotFlat],
}

fn wanted(release: &str, settings: &Settings) -> Result<List, CommandError> {
    let release = origin::of(release, settings)?;
    inputs::list(release.as_ref()).hint("check the release first: `relhelper verify`")
}

fn list(arguments: &ListInputs, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let list = wanted(&arguments.release, &arguments.server.settings())?;
    if arguments.json {
        Document::write(Listing { inputs: &list.inputs, not_flat: &list.not_flat }, out)?;
        return Ok(Answer::Yes);
    }
    for input in &list.inputs {
        writeln!(out, "{}  {}", input.sha256, input.name)?;
    }
    for NotFlat { name, digest, .. } in &list.not_flat {
        let pins: Vec<_> = digest
            .iter()
            .map(|(key, digest)| format!("{}:{}", key.escape_debug(), digest.escape_debug()))
            .collect();
        writeln!(out, "{}  {name} (no file that a mirror has)", pins.join(" "))?;
    }
    Ok(Answer::Yes)
}

/// The folder of the files in a folder of inputs.
fn files(place: &str, settings: &Settings) -> Result<Box<dyn Origin>, CommandError> {
    Ok(origin::of(&format!("{}/{FOLDER}", place.trim_end_matches('/')), settings)?)
}

fn check(arguments: &CheckInputs, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let settings = arguments.server.settings();
    let list = wanted(&arguments.release, &settings)?;
    let place = Place {
        top: origin::of(&arguments.inputs, &settings)?,
        files: files(&arguments.inputs, &settings)?,
    };
    let report: Report = check::check(&list, &place, cores::available());
    if arguments.json {
        Document::write(&report, out)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(match report.verdict {
        Verdict::Fail => Answer::No,
        Verdict::Pass => Answer::Yes,
        Verdict::Unknown => Answer::Unknown,
    })
}

fn export(arguments: &ExportInputs, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let settings = arguments.server.settings();
    let list = wanted(&arguments.release, &settings)?;
    let folders = arguments.from.iter().map(|place| files(place, &settings));
    let sources = Sources {
        store: Store::new(arguments.store.as_deref()),
        folders: folders.collect::<Result<_, _>>()?,
    };
    let outcomes = export::export(&list, &sources, &arguments.out, cores::available())?;

    let (mut kept, mut written, mut bytes) = (0_usize, 0_usize, 0_u64);
    let (mut missing, mut unknown) = (0_usize, !list.not_flat.is_empty());
    for (input, outcome) in &outcomes {
        match outcome {
            Outcome::Kept => kept += 1,
            Outcome::Written { bytes: more } => {
                written += 1;
                bytes = bytes.saturating_add(*more);
            }
            Outcome::NotFound { reasons, unknown: cannot_tell } => {
                missing += 1;
                unknown |= cannot_tell;
                writeln!(out, "{}: in none of the places ({})", input.name, input.sha256)?;
                reasons.iter().try_for_each(|reason| writeln!(out, "  {reason}"))?;
            }
        }
    }
    for NotFlat { name, .. } in &list.not_flat {
        writeln!(
            out,
            "{name}: not pinned by the SHA-256 of a file, so no such folder can hold it"
        )?;
    }
    writeln!(
        out,
        "inputs there already: {kept}, written: {written} ({bytes} bytes), not found: {missing}"
    )?;
    Ok(match (missing, unknown) {
        (0, false) => Answer::Yes,
        (_, true) => Answer::Unknown,
        (_, false) => Answer::No,
    })
}

fn serve(arguments: &ServeInputs, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let server = Server::start(&arguments.inputs, arguments.listen)
        .hint("for other machines, any server of static files will do")?;
    writeln!(out, "{}", server.url())?;
    out.flush()?;
    server.wait();
    Ok(Answer::Yes)
}
