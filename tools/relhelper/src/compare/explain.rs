//! Why two files differ, whatever they are.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::{Cause, Difference, archive, bytes, executable, text};
use crate::archive::read::Format;

/// How deep archives in archives are looked into.
const MAX_DEPTH: usize = 4;

/// The differences of two files, and how many more there are than are told.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Those that explain others come first. Empty only when the files are equal.
    pub differences: Vec<Difference>,
    /// Found, but left out here.
    pub omitted: u64,
}

impl Explanation {
    /// Most differences of one file.
    pub const MOST: usize = 100;

    pub(super) fn push(&mut self, difference: Difference) {
        if self.differences.len() < Self::MOST {
            self.differences.push(difference);
        } else {
            self.omitted += 1;
        }
    }

    /// Adds those of something that is inside of this, at `place`.
    pub(super) fn add(&mut self, place: &str, inner: Self) {
        self.omitted += inner.omitted;
        for mut difference in inner.differences {
            difference.place.insert(0, place.to_owned());
            self.push(difference);
        }
    }
}

/// Explains how two files differ. There is at least one difference when the bytes are not equal; causes are likely, not
/// proven.
#[must_use]
pub fn explain(published: &[u8], rebuilt: &[u8]) -> Explanation {
    at_depth(published, rebuilt, 0)
}

pub(super) fn at_depth(published: &[u8], rebuilt: &[u8], depth: usize) -> Explanation {
    if published == rebuilt {
        return Explanation::default();
    }
    let head = |file: &[u8]| Format::detect(&file[..file.len().min(Format::HEAD_BYTES)]);
    if let (Some(one), Some(other)) = (head(published), head(rebuilt))
        && one == other
        && depth < MAX_DEPTH
    {
        return archive::explain(one, published, rebuilt, depth);
    }
    if let Some(found) = executable::explain(published, rebuilt) {
        return found;
    }
    let mut found = Explanation::default();
    if let (Some(one), Some(other)) = (text::of(published), text::of(rebuilt)) {
        for difference in text::explain(one, other) {
            found.push(difference);
        }
    }
    if found.differences.is_empty()
        && let Some(difference) = bytes::explain(published, rebuilt)
    {
        found.push(difference);
    }
    found
}

/// The whole of two files, for a cause that no byte shows.
pub(super) fn whole(cause: Cause, published: &[u8], rebuilt: &[u8]) -> Difference {
    let at = bytes::common_prefix(published, rebuilt);
    Difference {
        place: Vec::new(),
        published: Some(super::Excerpt::of(published, at)),
        rebuilt: Some(super::Excerpt::of(rebuilt, at)),
        cause,
    }
}
