//! Any two files, one behind the other with the length of the first in front: no panic; they match if and only if they are
//! equal; every difference is explained, by bytes that are there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::compare::{Verdict, judge};

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (one, other) = rest.split_at(length);
    let judged = judge(one, other);
    assert_eq!(judged.verdict == Verdict::Match, one == other);
    assert_eq!(judged.explanation.differences.is_empty(), one == other);
    assert_eq!(judge(one, one).verdict, Verdict::Match);
});
