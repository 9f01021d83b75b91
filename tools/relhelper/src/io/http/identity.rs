//! Which file a server sends: what tells one from another.

use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};

/// What the headers of an answer say of the file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity {
    /// `ETag`, weak or not.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// Bytes of the whole file.
    pub length: Option<u64>,
}

impl Identity {
    /// That of the file of an answer with status 200.
    #[must_use]
    pub fn of_whole(headers: &HeaderMap) -> Self {
        let length = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        Self { length, ..Self::of_both(headers) }
    }

    /// That of the file of an answer with status 206 that begins at byte `position` and ends with the file. None when the part
    /// is another one.
    #[must_use]
    pub fn of_rest(headers: &HeaderMap, position: u64) -> Option<Self> {
        let length = rest(&text(headers, CONTENT_RANGE)?, position)?;
        Some(Self { length: Some(length), ..Self::of_both(headers) })
    }

    fn of_both(headers: &HeaderMap) -> Self {
        Self {
            etag: text(headers, ETAG),
            last_modified: text(headers, LAST_MODIFIED),
            length: None,
        }
    }

    /// For `If-Range` (RFC 9110, section 13.1.5): the tag unless it is weak, or else the date.
    #[must_use]
    pub fn validator(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| etag.starts_with('"'));
        strong.or(self.last_modified.as_deref())
    }

    /// What shows that `later` is another file: the header's name, and both values.
    #[must_use]
    pub fn difference(&self, later: &Self) -> Option<(&'static str, String, String)> {
        let differ = |first: &Option<String>, later: &Option<String>| {
            let both = first.clone().zip(later.clone());
            both.filter(|(first, later)| first != later)
        };
        let length = |identity: &Self| identity.length.map(|length| length.to_string());
        [
            ("length", length(self), length(later)),
            ("ETag", self.etag.clone(), later.etag.clone()),
            ("Last-Modified", self.last_modified.clone(), later.last_modified.clone()),
        ]
        .into_iter()
        .find_map(|(name, first, later)| {
            differ(&first, &later).map(|(first, later)| (name, first, later))
        })
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(|value| value.trim().to_owned())
}

/// The length of the whole file by `Content-Range: bytes FIRST-LAST/LENGTH` (RFC 9110, section 14.4), when that is the part from
/// `position` to the end.
fn rest(value: &str, position: u64) -> Option<u64> {
    let (range, length) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, length): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, length.parse().ok()?);
    (first == position && last.checked_add(1) == Some(length) && first <= last).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_only_the_part_that_was_asked_for() {
        assert_eq!(rest("bytes 5-9/10", 5), Some(10));
        for value in [
            "bytes 4-9/10",
            "bytes 5-8/10",
            "bytes 5-9/*",
            "bytes */10",
            "bytes 5-10/10",
            "bytes 10-9/10",
            "5-9/10",
            "bytes 5-18446744073709551615/18446744073709551615",
            "bytes 5-18446744073709551615/0",
            "",
        ] {
            assert_eq!(rest(value, 5), None, "{value}");
        }
        assert_eq!(rest("bytes 10-9/10", 10), None);
    }

    #[test]
    fn a_weak_tag_does_not_validate() {
        let identity = |etag: &str| Identity {
            etag: Some(etag.to_owned()),
            last_modified: Some("then".to_owned()),
            length: None,
        };
        assert_eq!(identity("\"a\"").validator(), Some("\"a\""));
        assert_eq!(identity("W/\"a\"").validator(), Some("then"));
        assert_eq!(Identity::default().validator(), None);
    }

    #[test]
    fn what_is_not_said_does_not_differ() {
        let first = Identity { etag: Some("a".to_owned()), length: Some(1), ..Identity::default() };
        let later = Identity { last_modified: Some("then".to_owned()), ..Identity::default() };
        assert_eq!(first.difference(&later), None);
        let later = Identity { length: Some(2), ..later };
        assert_eq!(first.difference(&later), Some(("length", "1".to_owned(), "2".to_owned())));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "(bytes )?[0-9*]{0,21}-?[0-9]{0,21}/?[0-9*]{0,21}", position in any::<u64>()) {
            if let Some(length) = rest(&value, position) {
                prop_assert!(position < length);
            }
        }
    }
}
