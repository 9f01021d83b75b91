//! Searching raw bytes, of which only a part is in memory at any time.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use memchr::memmem::Finder;

use super::finding::{Finding, Kind, excerpt};

/// Bytes shown after a match begins.
const EXCERPT_BYTES: usize = 80;

/// What is searched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// A program: strings stand there one behind the other with nothing between them, so that a
    /// path may follow any byte.
    Program,
    /// Text, or a name: there `a/build/b` is a relative path, and no build folder.
    Text,
}

/// What may not appear in a release.
#[derive(Clone, Debug)]
pub struct Patterns(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    kind: Kind,
    finder: Finder<'static>,
}

impl Patterns {
    /// Paths of the Nix store and of build folders, and what the caller forbids.
    ///
    /// Each is searched for as bytes and as UTF-16 (little-endian), which Windows programs use.
    #[must_use]
    pub fn new<'a>(forbidden: impl IntoIterator<Item = &'a str>) -> Self {
        // NB: this program passes its own gate, so these texts must not stand in it. They are kept
        // backwards and turned round when it runs.
        let built_in = [
            (Kind::StorePath, "erots/xin/"),
            (Kind::BuildPath, "/dliub/"),
            (Kind::BuildPath, "-dliub-xin/pmt/"),
            (Kind::BuildPath, "retlehs-sselemoh/"),
        ];
        let built_in = built_in.map(|(kind, text)| {
            (kind, std::hint::black_box(text).chars().rev().collect::<String>())
        });
        let forbidden = forbidden
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| (Kind::Forbidden, text.to_owned()));
        let pattern =
            |kind, bytes: &[u8]| Pattern { kind, finder: Finder::new(bytes).into_owned() };
        Self(
            built_in
                .into_iter()
                .chain(forbidden)
                .flat_map(|(kind, text)| {
                    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    [pattern(kind, text.as_bytes()), pattern(kind, &wide)]
                })
                .collect(),
        )
    }

    /// Length of the longest pattern, in bytes.
    fn longest(&self) -> usize {
        self.0.iter().map(|pattern| pattern.finder.needle().len()).max().unwrap_or(0)
    }

    /// A search through the content of the file called `path`.
    #[must_use]
    pub fn search(&self, path: &str, place: Place) -> Search<'_> {
        Search {
            patterns: self,
            place,
            before: None,
            path: path.to_owned(),
            window: Vec::new(),
            window_offset: 0,
            findings: Vec::new(),
        }
    }
}

/// A search that is fed the content piece by piece.
#[derive(Debug)]
pub struct Search<'a> {
    patterns: &'a Patterns,
    place: Place,
    path: String,
    /// The byte in front of the window.
    before: Option<u8>,
    /// The end of what was fed: too short for a match with its excerpt to be complete.
    window: Vec<u8>,
    window_offset: u64,
    findings: Vec<Finding>,
}

impl Search<'_> {
    /// The next piece.
    pub fn feed(&mut self, piece: &[u8]) {
        self.window.extend_from_slice(piece);
        let keep = self.patterns.longest().max(EXCERPT_BYTES) - 1;
        self.scan(self.window.len().saturating_sub(keep));
    }

    /// Everything found, in the order of the offsets.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        self.scan(self.window.len());
        self.findings.sort();
        self.findings
    }

    /// Takes note of the matches that begin before `end`, and forgets what is before it.
    fn scan(&mut self, end: usize) {
        for pattern in &self.patterns.0 {
            let needle = pattern.finder.needle().len();
            let searched = &self.window[..self.window.len().min(end + needle - 1)];
            for at in pattern.finder.find_iter(searched) {
                let before =
                    at.checked_sub(1).map_or(self.before, |before| Some(self.window[before]));
                if self.place == Place::Text
                    && pattern.kind == Kind::BuildPath
                    && before.is_some_and(is_of_a_name)
                {
                    continue;
                }
                let shown = &self.window[at..self.window.len().min(at + EXCERPT_BYTES.max(needle))];
                self.findings.push(Finding {
                    path: self.path.clone(),
                    kind: pattern.kind,
                    offset: Some(self.window_offset + at as u64),
                    excerpt: excerpt(until_unprintable(shown, needle)),
                });
            }
        }
        self.before = end.checked_sub(1).map_or(self.before, |last| Some(self.window[last]));
        self.window.drain(..end);
        self.window_offset += end as u64;
    }
}

/// Whether a byte may stand in a file name; a path that follows it goes on from there.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'~' | b'%' | b'*' | b'}' | b')' | 0x80..)
}

/// The match, and the printable text behind it.
fn until_unprintable(shown: &[u8], needle: usize) -> &[u8] {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    let end = shown
        .iter()
        .skip(needle)
        .position(|byte| !printable(byte))
        .map_or(shown.len(), |more| needle + more);
    &shown[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn search(content: &[u8], piece: usize) -> Vec<(Kind, u64, String)> {
        search_in(Place::Program, content, piece)
    }

    fn search_in(place: Place, content: &[u8], piece: usize) -> Vec<(Kind, u64, String)> {
        let patterns = Patterns::new(["secret"]);
        let mut search = patterns.search("file", place);
        content.chunks(piece).for_each(|piece| search.feed(piece));
        search
            .finish()
            .into_iter()
            .map(|finding| (finding.kind, finding.offset.unwrap(), finding.excerpt))
            .collect()
    }

    #[test]
    fn finds_each_kind() {
        let content =
            b"\0/nix/store/abc-x\0/build/source\0wee secret\0/tmp/nix-build-x\0/homeless-shelter\0";
        let found = search(content, 7);
        let expected = [
            (Kind::BuildPath, 18, "/build/source"),
            (Kind::BuildPath, 43, "/tmp/nix-build-x"),
            (Kind::BuildPath, 60, "/homeless-shelter"),
            (Kind::Forbidden, 36, "secret"),
            (Kind::StorePath, 1, "/nix/store/abc-x"),
        ];
        assert_eq!(found, expected.map(|(kind, offset, text)| (kind, offset, text.to_owned())));
    }

    #[test]
    fn finds_utf_16() {
        let wide: Vec<u8> = "C:/nix/store".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(search(&wide, 5)[0].1, 4);
    }

    #[test]
    fn finds_nothing_where_nothing_is() {
        assert_eq!(search(b"/nix/stor e/ build /usr/lib", 3), []);
    }

    #[test]
    fn a_relative_path_in_a_text_is_no_build_folder() {
        let content = b"/build/a target/build/b '/build/c' **/build/d /nix/store/e x/nix/store/f";
        let offsets =
            |place| search_in(place, content, 3).iter().map(|found| found.1).collect::<Vec<_>>();
        assert_eq!(offsets(Place::Text), [0, 25, 46, 60]);
        assert_eq!(offsets(Place::Program), [0, 15, 25, 37, 46, 60]);
    }

    proptest! {
        #[test]
        fn the_size_of_the_pieces_does_not_matter(
            parts in prop::collection::vec("(/nix/store|/build/|secret|[a-z/]{0,40}|\u{0})", 0..20),
            piece in 1..64_usize,
        ) {
            let content = parts.concat().into_bytes();
            for place in [Place::Program, Place::Text] {
                prop_assert_eq!(search_in(place, &content, piece), search_in(place, &content, usize::MAX));
            }
        }
    }
}
