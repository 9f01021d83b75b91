//! PAX extended headers (POSIX.1-2024, pax, "pax Extended Header").
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use super::Refusal;

/// Records that say nothing about the content, or what the reader takes into account. Those with a dot are vendors': creation
/// times, permissions, and what a file system knew of the file.
///
/// Others of theirs say what is in the file, and of what kind it is: libarchive takes `SCHILY.realsize` for the size of a
/// member, and `SUN.holesdata`, like `GNU.sparse.*`, for where its bytes belong. So what is not known here is refused.
const KNOWN: [&str; 19] = [
    "LIBARCHIVE.creationtime",
    "RHT.security.selinux",
    "SCHILY.acl.access",
    "SCHILY.acl.ace",
    "SCHILY.acl.default",
    "SCHILY.dev",
    "SCHILY.fflags",
    "SCHILY.ino",
    "SCHILY.nlink",
    "atime",
    "comment",
    "ctime",
    "gid",
    "gname",
    "mtime",
    "path",
    "size",
    "uid",
    "uname",
];

/// Extended attributes: their names are the file system's.
const ATTRIBUTES: [&str; 2] = ["LIBARCHIVE.xattr.", "SCHILY.xattr."];

/// The records `<length> <key>=<value>\n` of a header.
pub(super) fn parse(mut bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let mut records = BTreeMap::new();
    while !bytes.is_empty() {
        let (record, rest) = split_record(bytes).ok_or(Refusal::PaxMalformed)?;
        let equals = memchr::memchr(b'=', record).ok_or(Refusal::PaxMalformed)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let key = std::str::from_utf8(key).map_err(|_| Refusal::PaxMalformed)?;
        if !allowed(key) {
            return Err(Refusal::PaxKey { key: key.to_owned() });
        }
        // An empty value deletes an earlier one; no reader of headers does it the same way.
        if value.is_empty() && matches!(key, "path" | "size") {
            return Err(Refusal::PaxMalformed);
        }
        if records.insert(key.to_owned(), value.to_vec()).is_some() {
            return Err(Refusal::RepeatedExtension);
        }
        bytes = rest;
    }
    Ok(records)
}

/// Takes one record off: what is between its length and its newline.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memchr(b' ', bytes.get(..20).unwrap_or(bytes))?;
    let digits = std::str::from_utf8(&bytes[..space]).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || digits.starts_with('0') {
        return None;
    }
    let length: usize = digits.parse().ok()?;
    let record = bytes.get(space + 1..length)?;
    let record = record.strip_suffix(b"\n")?;
    Some((record, &bytes[length..]))
}

fn allowed(key: &str) -> bool {
    KNOWN.contains(&key) || ATTRIBUTES.iter().any(|prefix| key.starts_with(prefix))
}

/// The number in a record, as every reader reads it.
pub(super) fn number(value: &[u8]) -> Result<u64, Refusal> {
    let text = std::str::from_utf8(value).map_err(|_| Refusal::PaxMalformed)?;
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::PaxMalformed);
    }
    text.parse().map_err(|_| Refusal::PaxMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_records() {
        let records = parse(b"9 path=a\n20 SCHILY.xattr.x==\n").unwrap();
        assert_eq!(records["path"], b"a");
        assert_eq!(records["SCHILY.xattr.x"], b"=");
    }

    #[test]
    fn vendors_records_pass_only_if_no_reader_takes_content_from_them() {
        for key in ["LIBARCHIVE.creationtime", "LIBARCHIVE.xattr.user.a", "SCHILY.acl.access"] {
            assert!(allowed(key), "{key}");
        }
        for key in [
            "GNU.sparse.map",
            "LIBARCHIVE.symlinktype",
            "SCHILY.filetype",
            "SCHILY.realsize",
            "SCHILY.xattr",
            "SUN.holesdata",
            "VENDOR.unknown",
            "schily.xattr.a",
        ] {
            assert!(!allowed(key), "{key}");
        }
    }

    #[test]
    fn a_number_has_digits_alone() {
        assert!(matches!(number(b"18446744073709551615"), Ok(u64::MAX)));
        for text in ["", "+1", "-1", " 1", "0x1", "18446744073709551616"] {
            assert!(number(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_tricks() {
        for bytes in [
            &b"9 path=a"[..],
            b"09 path=a\n",
            b"011 path=a\n",
            b"+11 path=a\n",
            b"99 path=a\n",
            b"+9 path=a\n",
            b"8 path=\n",
            b"9 path=a\n9 path=b\n",
            b"15 linkpath=/x\n",
            b"23 GNU.sparse.realsize=9\n",
            b"1 \n",
            b"18 hdrcharset=BIN\n",
            b" \n",
        ] {
            assert!(parse(bytes).is_err(), "{}", bytes.escape_ascii());
        }
    }
}
