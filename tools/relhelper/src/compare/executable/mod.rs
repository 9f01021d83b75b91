//! Why two executables differ: section, segment, load command or header field, symbol, offset, and
//! the likely cause.
//!
//! Both files become a map of named regions that covers all their bytes. Regions of the same name
//! are compared; what differs is looked at as text, as a field of a header, or as code.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod elf;
mod macho;
mod map;
mod order;
mod pair;
mod pe;
mod pe_debug;
#[cfg(test)]
mod tests;
mod texts;

use super::{Cause, Difference, Excerpt, Explanation};
use map::Map;
use object::FileKind;

/// Explains how two executables differ; nothing when neither is an ELF, PE or Mach-O file.
///
/// Likely roots come first, consequences last. There is at least one difference when the bytes are not equal. Causes are likely, not proven.
#[must_use]
pub fn explain(published: &[u8], rebuilt: &[u8]) -> Option<Explanation> {
    let (one, other) = (kind(published), kind(rebuilt));
    if one.is_none() && other.is_none() {
        return None;
    }
    if published == rebuilt {
        return Some(Explanation::default());
    }
    let mut found = match (one, other) {
        (Some(Kind::Universal), Some(Kind::Universal)) => macho::universal(published, rebuilt),
        (Some(one), Some(other)) if one == other => thin(one, published, rebuilt),
        _ => vec![whole(Cause::Architecture, published, rebuilt)],
    };
    if found.is_empty() {
        // Nothing below may turn a difference into none.
        found.push(whole(Cause::Data, published, rebuilt));
    }
    found.sort_by_key(|found| {
        (found.rank, found.difference.published.as_ref().map(|excerpt| excerpt.offset))
    });
    let mut explanation = Explanation::default();
    for one in found {
        explanation.push(one.difference);
    }
    Some(explanation)
}

/// The formats that are looked into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Elf,
    MachO,
    Pe,
    Universal,
}

fn kind(file: &[u8]) -> Option<Kind> {
    match FileKind::parse(file).ok()? {
        FileKind::Elf32 | FileKind::Elf64 => Some(Kind::Elf),
        FileKind::MachO32 | FileKind::MachO64 => Some(Kind::MachO),
        FileKind::MachOFat32 | FileKind::MachOFat64 => Some(Kind::Universal),
        FileKind::Pe32 | FileKind::Pe64 => Some(Kind::Pe),
        _ => None,
    }
}

/// A difference, and how far it is from the root: the lowest come first.
struct Found {
    rank: u8,
    difference: Difference,
}

/// Something is there or not, or has a cause that nothing else in the file explains.
const ROOT: u8 = 0;
/// Something differs and may be either.
const CONTENT: u8 = 1;
/// A time, or what some linkers compute from the rest.
const IDENTITY: u8 = 2;
/// Something that linkers and signers compute from the rest.
const COMPUTED: u8 = 3;
/// Offsets and tables.
const CONSEQUENCE: u8 = 4;

fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::Code | Cause::Data | Cause::DebugInfo | Cause::Padding | Cause::Symbols => CONTENT,
        // Some linkers put a digest there.
        Cause::PeDebug | Cause::PeTimestamp => IDENTITY,
        Cause::CodeSignature
        | Cause::ElfBuildId
        | Cause::MachoUuid
        | Cause::PeCertificate
        | Cause::PeChecksum => COMPUTED,
        Cause::Layout | Cause::Linkedit => CONSEQUENCE,
        _ => ROOT,
    }
}

/// Two files of one architecture.
fn thin(kind: Kind, published: &[u8], rebuilt: &[u8]) -> Vec<Found> {
    let map = |file| match kind {
        Kind::Elf => elf::map(file),
        Kind::Pe => pe::map(file),
        Kind::MachO | Kind::Universal => macho::map(file),
    };
    match (map(published), map(rebuilt)) {
        (Ok(one), Ok(other)) if one.machine == other.machine => pair::differences(
            (published, one.covering(published)),
            (rebuilt, other.covering(rebuilt)),
        ),
        (Ok(one), Ok(other)) => {
            let mut found = whole(Cause::Architecture, published, rebuilt);
            let say =
                |excerpt: Option<Excerpt>, map: &Map| excerpt.map(|one| one.meaning(&map.machine));
            found.difference.published = say(found.difference.published, &one);
            found.difference.rebuilt = say(found.difference.rebuilt, &other);
            vec![found]
        }
        _ => vec![whole(Cause::Unreadable, published, rebuilt)],
    }
}

/// The first difference of two files that cannot be compared in parts.
fn whole(cause: Cause, published: &[u8], rebuilt: &[u8]) -> Found {
    let at = map::common_prefix(published, rebuilt);
    let difference = Difference {
        place: Vec::new(),
        published: Some(Excerpt::of(published, at)),
        rebuilt: Some(Excerpt::of(rebuilt, at)),
        cause,
    };
    Found { rank: rank(cause), difference }
}
