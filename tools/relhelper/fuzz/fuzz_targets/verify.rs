//! Any files as a release: no panic, a verdict that follows from what was found, and no pass without `SHA256SUMS`.
//!
//! The files follow each other: a line with the name, a line with the number of bytes, these bytes.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::num::NonZeroUsize;

use libfuzzer_sys::fuzz_target;
use relhelper::io::gather;
use relhelper::io::origin::{Capped, Origin, OriginError};
use relhelper::release::FileName;
use relhelper::verify::Verdict;

struct Memory<'a>(BTreeMap<String, &'a [u8]>);

impl Origin for Memory<'_> {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        Ok(Some(self.0.keys().cloned().collect()))
    }

    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let missing = || OriginError::Missing { file: file.to_string(), origin: self.name() };
        Ok(Box::new(Capped::new(*self.0.get(file.as_str()).ok_or_else(missing)?, limit)))
    }
}

fn line(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..]))
}

fn file(bytes: &[u8]) -> Option<(String, &[u8], &[u8])> {
    let (name, rest) = line(bytes)?;
    let (length, rest) = line(rest)?;
    let (content, rest) = rest.split_at(length.parse().unwrap_or(0).min(rest.len()));
    Some((name, content, rest))
}

fuzz_target!(|bytes: &[u8]| {
    let (mut files, mut rest) = (BTreeMap::new(), bytes);
    while let Some((name, content, behind)) = file(rest) {
        files.insert(name, content);
        rest = behind;
    }
    let with_sums = files.contains_key("SHA256SUMS");
    let report = gather::verify(&Memory(files), NonZeroUsize::MIN);
    assert_eq!(report.verdict, Verdict::of(&report.problems, &report.unchecked));
    assert!(report.verdict != Verdict::Pass || (with_sums && report.release.is_some()));
    assert!(!report.to_string().contains(['\u{1b}', '\u{202e}']));
});
