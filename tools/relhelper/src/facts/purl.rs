//! Package URLs: <https://github.com/package-url/purl-spec>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;

/// The package URL of `name`; `kind` is the type, with the namespace if there is one.
///
/// The qualifiers must be in the order of their keys, as the canonical form wants.
#[must_use]
pub fn write<'a>(
    kind: &str,
    name: &str,
    version: Option<&str>,
    qualifiers: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> String {
    let folders: Vec<_> = kind.split('/').map(encode).collect();
    let mut text = format!("pkg:{}/{}", folders.join("/"), encode(name));
    if let Some(version) = version {
        text.extend(["@", &encode(version)]);
    }
    let present = qualifiers.into_iter().filter_map(|(key, value)| Some((key, value?)));
    for (index, (key, value)) in present.enumerate() {
        text.extend([if index == 0 { "?" } else { "&" }, key, "=", &encode(value)]);
    }
    text
}

/// Percent-encodes all but what a package URL leaves as it is.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // A String takes all text.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
