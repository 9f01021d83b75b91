//! The entries of the PE debug directory, and what they lead to.
//!
//! Microsoft, "PE Format", section "The .debug Section".
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::map::{Map, index};
use crate::compare::Cause;

const ENTRY_BYTES: usize = 28;
/// `IMAGE_DEBUG_TYPE_CODEVIEW`.
const CODEVIEW: u32 = 2;
/// More entries than linkers write.
const MOST_ENTRIES: usize = 32;

pub(super) fn fields(map: &mut Map, file: &[u8], start: usize, bytes: usize) {
    let number = |at: usize| {
        let field = file.get(at..at.saturating_add(4)).and_then(|field| field.try_into().ok());
        field.map_or(0, |field: [u8; 4]| u32::from_le_bytes(field))
    };
    for entry in (start..start.saturating_add(bytes)).step_by(ENTRY_BYTES).take(MOST_ENTRIES) {
        map.field("entry of the debug directory", entry, ENTRY_BYTES, Cause::PeDebug);
        map.field("time of the debug directory", entry.saturating_add(4), 4, Cause::PeTimestamp);
        let kind = number(entry.saturating_add(12));
        let size = index(number(entry.saturating_add(16)));
        let data = index(number(entry.saturating_add(24)));
        let rsds = file.get(data..data.saturating_add(4)) == Some(b"RSDS");
        if kind == CODEVIEW && rsds && size > 24 {
            map.field("GUID of the PDB", data + 4, 16, Cause::PeDebug);
            map.field("age of the PDB", data + 20, 4, Cause::PeDebug);
            map.field("path of the PDB", data + 24, size - 24, Cause::PdbPath);
        } else if kind != 0 {
            map.field(format!("debug data of type {kind}"), data, size, Cause::PeDebug);
        }
    }
}
