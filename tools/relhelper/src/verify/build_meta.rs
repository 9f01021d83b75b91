//! `BUILD_META.txt`, as it follows from a manifest. The other writer of it is [`crate::document::build_meta`].
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::documents::manifest::{Manifest, Row};
use crate::compare::envelope::detached::FileDigest;
use crate::facts::SourceDate;

/// The text that goes with a manifest; nothing when its date cannot be written.
#[must_use]
pub fn of(manifest: &Manifest) -> Option<String> {
    let Manifest { product, source, toolchain, artifacts, .. } = manifest;
    let date = SourceDate::from_seconds(source.source_date).ok()?;
    let revision = source.revision.as_deref().unwrap_or("not committed");
    let tools = toolchain.as_ref().map(|tools| {
        let tools: Vec<_> =
            tools.iter().map(|(tool, version)| format!("{tool} {version}")).collect();
        tools.join(", ")
    });
    let date = format!("{date} ({} s)", date.seconds());
    let rows = [
        ("product", Some(product.name.as_str())),
        ("version", Some(&product.version)),
        ("description", product.description.as_deref()),
        ("license", product.license.as_deref()),
        ("homepage", product.homepage.as_deref()),
        ("commit", Some(revision)),
        ("source date", Some(&date)),
        ("toolchain", Some(tools.as_deref().unwrap_or("not stated"))),
    ];
    let mut text = String::new();
    for (label, value) in rows {
        if let Some(value) = value {
            writeln!(text, "{:<13}{value}", format!("{label}:")).ok()?;
        }
    }
    text.push_str("\nPlatforms, and how far the executables were tested on them\n\n");
    let mut targets = BTreeMap::new();
    for Row { target, os, arch, tier, .. } in artifacts {
        let target = target.as_ref().zip(os.as_ref()).zip(arch.as_ref()).zip(tier.as_ref());
        if let Some((((target, os), arch), tier)) = target {
            targets.insert(target, format!("{target:<32} {os:<8} {arch:<8} {tier}\n"));
        }
    }
    text.extend(targets.into_values());
    text.push_str("\nArtifacts: SHA-256, size in bytes, name\n\n");
    for Row { sha256, size, file, .. } in artifacts {
        writeln!(text, "{sha256} {size:>12} {file}").ok()?;
    }
    let unsigned = || artifacts.iter().filter_map(|row| Some((&row.file, row.unsigned.as_ref()?)));
    if unsigned().next().is_some() {
        text.push_str("\nAs they were built, before they were code-signed\n\n");
    }
    for (file, FileDigest { size, sha256 }) in unsigned() {
        writeln!(text, "{sha256} {size:>12} {file}").ok()?;
    }
    text.push_str(
        "\nCheck what you downloaded with `sha256sum --ignore-missing -c SHA256SUMS`\n\
         (macOS: `shasum -a 256 --ignore-missing -c SHA256SUMS`).\n",
    );
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::facts::samples;

    #[test]
    fn agrees_with_the_other_writer() {
        let mut value = samples::release_json();
        for change in ["", "toolchain", "revision", "homepage"] {
            match change {
                "toolchain" => value["toolchain"] = serde_json::Value::Null,
                "revision" => value["source"]["revision"] = serde_json::Value::Null,
                "homepage" => value["product"]["homepage"] = "https://a.example".into(),
                _ => {}
            }
            let facts = samples::release_facts_of(&value);
            let manifest = serde_json::from_slice(&document::manifest(&facts)).unwrap();
            let expected = String::from_utf8(document::build_meta(&facts)).unwrap();
            assert_eq!(of(&manifest), Some(expected), "{change}");
        }
    }
}
