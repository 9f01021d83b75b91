//! The build stamp: version, commit, date, target and toolchain, written into a program after it
//! was compiled, so that compiling does not depend on the commit. `docs/formats/build-stamp.md`
//!
//! A program that wants one has an area of 1024 bytes that begins with a magic and is otherwise
//! zero. `relhelper stamp` writes the facts into it as JSON; the program reads them when it runs.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod area;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Size of the area, magic included.
pub const AREA_BYTES: usize = 1024;
/// Size of the magic at its beginning.
pub const MAGIC_BYTES: usize = 32;

/// `#[used]` keeps it when optimising, and as an initialised constant it survives `strip`.
#[used]
static AREA: [u8; AREA_BYTES] = empty_area();

const fn empty_area() -> [u8; AREA_BYTES] {
    let magic = b"build-stamp-v1:9f3b6c1e7a20d458:";
    let mut area = [0; AREA_BYTES];
    let mut index = 0;
    while index < MAGIC_BYTES {
        area[index] = magic[index];
        index += 1;
    }
    area
}

/// What the stamp of a program says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Stamp {
    /// Version of this format; 1.
    pub format_version: u32,
    /// Version of the product.
    pub version: String,
    /// The git commit, in hexadecimal; none when the source was not committed.
    pub revision: Option<String>,
    /// Time of that commit: seconds since 1970-01-01T00:00:00Z.
    pub source_date: u64,
    /// Rust target triple.
    pub target: String,
    /// Name of a tool → its version, when known.
    pub toolchain: Option<BTreeMap<String, String>>,
}

/// The stamp of the running program; none when it was not stamped.
///
/// # Errors
///
/// When the area holds something else than a stamp.
pub fn of_this_program() -> Result<Option<Stamp>, serde_json::Error> {
    let area = this_area();
    let text = area[MAGIC_BYTES..].split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() { Ok(None) } else { serde_json::from_slice(text).map(Some) }
}

/// The bytes of the area as they are in the running program.
fn this_area() -> [u8; AREA_BYTES] {
    // SAFETY: `AREA` is an initialised static that nothing writes to; it is valid for reads.
    // The read is volatile because the bytes in the file are not those the compiler saw: without
    // it, the compiler may put the empty area's value here.
    #[expect(unsafe_code, reason = "there is no safe volatile read")]
    unsafe {
        std::ptr::read_volatile(&raw const AREA)
    }
}

/// The magic. Taken from the area itself, so that the program has it once: a second copy would look
/// like a second area.
pub(crate) fn magic() -> [u8; MAGIC_BYTES] {
    let mut magic = [0; MAGIC_BYTES];
    magic.copy_from_slice(&this_area()[..MAGIC_BYTES]);
    magic
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_not_stamped_says_so() {
        assert_eq!(of_this_program().unwrap(), None);
    }
}
