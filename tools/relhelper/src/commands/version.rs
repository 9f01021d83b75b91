//! `relhelper version`: what the build stamp says.

use std::io::Write;

use serde::Serialize;

use crate::cli::Version;
use crate::document::json;
use crate::error::CommandError;
use crate::facts::SourceDate;
use crate::stamp::{self, Stamp};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    format_version: u32,
    name: &'static str,
    version: String,
    revision: Option<String>,
    source_date: Option<u64>,
    target: Option<String>,
    toolchain: Option<std::collections::BTreeMap<String, String>>,
}

/// `relhelper version`
///
/// # Errors
///
/// When the stamp of this program is damaged, or `out` cannot be written.
pub fn run(arguments: &Version, out: &mut dyn Write) -> Result<(), CommandError> {
    let document = document(stamp::of_this_program()?);
    if arguments.json {
        return Ok(out.write_all(&json::to_bytes(&document))?);
    }
    let Document { name, version, revision, source_date, target, toolchain, .. } = document;
    writeln!(out, "{name} {version}")?;
    if source_date.is_none() {
        return Ok(writeln!(out, "not stamped: built without the release's facts")?);
    }
    writeln!(out, "commit:      {}", revision.as_deref().unwrap_or("not committed"))?;
    if let Some(date) =
        source_date.and_then(|seconds| SourceDate::from_seconds(seconds.try_into().ok()?).ok())
    {
        writeln!(out, "source date: {date}")?;
    }
    writeln!(out, "target:      {}", target.as_deref().unwrap_or("not stated"))?;
    let tools = toolchain.unwrap_or_default();
    let tools: Vec<_> = tools.iter().map(|(tool, version)| format!("{tool} {version}")).collect();
    let tools = if tools.is_empty() { "not stated".to_owned() } else { tools.join(", ") };
    Ok(writeln!(out, "toolchain:   {tools}")?)
}

fn document(stamp: Option<Stamp>) -> Document {
    let (format_version, name) = (json::FORMAT_VERSION, env!("CARGO_PKG_NAME"));
    match stamp {
        Some(stamp) => Document {
            format_version,
            name,
            version: stamp.version,
            revision: stamp.revision,
            source_date: Some(stamp.source_date),
            target: Some(stamp.target),
            toolchain: stamp.toolchain,
        },
        None => Document {
            format_version,
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: None,
            source_date: None,
            target: None,
            toolchain: None,
        },
    }
}
