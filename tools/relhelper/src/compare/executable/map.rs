//! A file as regions that have names.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Read as _;
use std::ops::Range;

use crate::compare::Cause;
use crate::stamp;

/// How much of a region is searched for texts, or inflated, in bytes.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Most build stamps that are told apart: a program has one. Each differing byte is looked up among the fields, and a file
/// can be full of what looks like the beginning of a stamp. Those behind are data like other data.
pub(super) const MOST_STAMPS: usize = 16;

/// All that is known of where things are in a file.
#[derive(Debug, Default)]
pub(super) struct Map {
    /// Format and architecture.
    pub machine: String,
    /// In any order and with gaps, until [`Map::covering`] has put them in order.
    pub regions: Vec<Region>,
    /// Parts of regions that have a meaning of their own.
    pub fields: Vec<Field>,
}

/// A section, a header, a table.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub name: String,
    pub range: Range<usize>,
    /// Why it differs, when nothing better is known.
    pub cause: Cause,
    /// Where it is in memory, for symbols.
    pub address: Option<u64>,
    /// It is compressed by zlib behind this many bytes.
    pub compressed_behind: Option<usize>,
}

/// A field of a header, or something else that may be inside a region.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub name: String,
    pub range: Range<usize>,
    pub cause: Cause,
}

impl Map {
    pub(super) fn region(
        &mut self,
        name: impl Into<String>,
        start: usize,
        bytes: usize,
        cause: Cause,
    ) {
        let range = start..start.saturating_add(bytes);
        let (address, compressed_behind) = (None, None);
        self.regions.push(Region { name: name.into(), range, cause, address, compressed_behind });
    }

    pub(super) fn field(
        &mut self,
        name: impl Into<String>,
        start: usize,
        bytes: usize,
        cause: Cause,
    ) {
        self.fields.push(Field {
            name: name.into(),
            range: start..start.saturating_add(bytes),
            cause,
        });
    }

    /// The same with regions in order, none beyond the file or over another, each with a name of its
    /// own, and what is between them as padding.
    pub(super) fn covering(mut self, file: &[u8]) -> Self {
        self.regions
            .sort_by_key(|region| (region.range.start, std::cmp::Reverse(region.range.end)));
        let (mut position, mut regions) = (0, Vec::<Region>::new());
        let gap = |range: Range<usize>, before: Option<&Region>| {
            let name = before.map_or("the beginning", |region| region.name.as_str());
            let (what, cause) =
                if range.end == file.len() && file[range.clone()].iter().any(|byte| *byte != 0) {
                    ("overlay", Cause::Overlay)
                } else {
                    ("padding", Cause::Padding)
                };
            let name = if cause == Cause::Overlay {
                what.to_owned()
            } else {
                format!("{what} behind {name}")
            };
            Region { name, range, cause, address: None, compressed_behind: None }
        };
        for mut region in self.regions {
            let end = region.range.end.min(file.len());
            if region.range.start > position && region.range.start < file.len() {
                regions.push(gap(position..region.range.start, regions.last()));
                position = region.range.start;
            }
            if end <= position || region.range.start >= file.len() {
                continue;
            }
            if let Some(address) = &mut region.address {
                *address =
                    address.saturating_add(position.saturating_sub(region.range.start) as u64);
            }
            region.range = position..end;
            position = end;
            regions.push(region);
        }
        if position < file.len() {
            regions.push(gap(position..file.len(), regions.last()));
        }
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for region in &mut regions {
            let count = counts.entry(region.name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                region.name = format!("{} ({count})", region.name);
            }
        }
        self.regions = regions;
        let magic = stamp::magic();
        for at in memchr::memmem::find_iter(file, &magic).take(MOST_STAMPS) {
            self.field("build stamp", at, stamp::AREA_BYTES, Cause::BuildStamp);
        }
        self
    }

    /// The smallest field at an offset.
    pub(super) fn field_at(&self, offset: usize) -> Option<&Field> {
        let here = self.fields.iter().filter(|field| field.range.contains(&offset));
        here.min_by_key(|field| field.range.len())
    }
}

/// How many bytes at the beginning of both are the same.
pub(super) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK));
    // Whole blocks are compared many bytes at a time.
    let skipped = BLOCK.saturating_mul(blocks.take_while(|(a, b)| a == b).count());
    let skipped = skipped.min(one.len()).min(other.len());
    let rest = one[skipped..].iter().zip(&other[skipped..]);
    skipped.saturating_add(rest.take_while(|(a, b)| a == b).count())
}

/// A name in a file, for people.
pub(super) fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').escape_debug().to_string()
}

/// A number of a file as an index; what does not fit is outside of every file.
pub(super) fn index(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

/// The content of a region that may be compressed; nothing when it is broken or too long.
pub(super) fn inflated(bytes: &[u8], region: &Region) -> Option<Vec<u8>> {
    let Some(behind) = region.compressed_behind else {
        return (bytes.len() <= MOST_BYTES).then(|| bytes.to_vec());
    };
    let packed = bytes.get(behind..)?;
    let mut content = Vec::new();
    let limit = MOST_BYTES as u64;
    flate2::read::ZlibDecoder::new(packed).take(limit + 1).read_to_end(&mut content).ok()?;
    (content.len() <= MOST_BYTES).then_some(content)
}
