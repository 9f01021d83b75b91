//! Real and changed signatures. Bytes of every file are flipped one at a time.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::sync::OnceLock;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::fixtures::{macho_aarch64, macho_x86_64, pe_signed, pe_x86_64, universal};
use crate::macho::sign_ad_hoc;

fn signed(program: Vec<u8>, identifier: &str) -> Vec<u8> {
    sign_ad_hoc(program, identifier).unwrap()
}

/// A name, a published file, a rebuilt one.
type Pair = (&'static str, Vec<u8>, Vec<u8>);

/// Signed and unsigned files, or two that are signed differently.
fn pairs() -> &'static [Pair] {
    static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
    PAIRS.get_or_init(make_pairs)
}

fn make_pairs() -> Vec<Pair> {
    let again = |program: &[u8]| signed(program.to_vec(), "org.example.hello");
    let (x86_64, aarch64) = (macho_x86_64(), macho_aarch64());
    vec![
        ("authenticode", pe_signed(), pe_x86_64()),
        ("ad-hoc", again(&x86_64), x86_64.clone()),
        ("two signatures", again(&aarch64), aarch64.clone()),
        (
            "universal",
            universal(&[again(&x86_64), again(&aarch64)]),
            universal(&[x86_64.clone(), aarch64]),
        ),
        ("universal, one slice", universal(&[again(&x86_64)]), universal(&[x86_64])),
    ]
}

/// What a proof says, checked again: its pieces and runs fill both files, and the runs are equal.
#[track_caller]
fn check_proof(proof: &Proof, published: &[u8], rebuilt: &[u8]) {
    let filled = |pieces: &[Piece], runs: Vec<(u64, u64)>, file: &[u8]| {
        let mut ranges: Vec<_> = pieces.iter().map(|piece| (piece.start, piece.end)).collect();
        ranges.extend(runs);
        ranges.retain(|(start, end)| start != end);
        ranges.sort_unstable();
        let mut position = 0;
        for (start, end) in ranges {
            assert_eq!(start, position);
            position = end;
        }
        assert_eq!(position, file.len() as u64);
    };
    let runs = |start: fn(&Equal) -> u64| {
        proof.equal.iter().map(|run| (start(run), start(run) + run.bytes)).collect()
    };
    filled(&proof.published, runs(|run| run.published), published);
    filled(&proof.rebuilt, runs(|run| run.rebuilt), rebuilt);
    for run in &proof.equal {
        let slice = |file: &'static str, bytes: &[u8], start: u64| {
            let start = usize::try_from(start).unwrap();
            let end = start + usize::try_from(run.bytes).unwrap();
            bytes.get(start..end).unwrap_or_else(|| panic!("{file} is shorter")).to_vec()
        };
        let (one, other) =
            (slice("published", published, run.published), slice("rebuilt", rebuilt, run.rebuilt));
        assert!(one == other);
    }
}

#[test]
fn proves_that_only_the_signature_differs() {
    for (name, published, rebuilt) in pairs() {
        let proof = prove(published, rebuilt).unwrap_or_else(|error| panic!("{name}: {error}"));
        check_proof(&proof, published, rebuilt);
        let proof = prove(rebuilt, published).unwrap();
        check_proof(&proof, rebuilt, published);
    }
}

fn shown(pieces: &[Piece]) -> String {
    let lines =
        pieces.iter().map(|piece| format!("{:#x}..{:#x} {}", piece.start, piece.end, piece.what));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn says_where_the_signature_is() {
    let proof = prove(&pe_signed(), &pe_x86_64()).unwrap();
    expect![[r#"
        0xd0..0xd4 check sum
        0x120..0x128 entry of the security directory
        0xc00..0xc00 padding
        0xc00..0x11b0 certificate table"#]]
    .assert_eq(&shown(&proof.published));
    let proof = prove(&signed(macho_x86_64(), "a"), &macho_x86_64()).unwrap();
    expect![[r#"
        0x10..0x18 number and size of the load commands
        0x2f0..0x2f8 size in memory of __LINKEDIT
        0x300..0x308 size in the file of __LINKEDIT
        0x488..0x498 LC_CODE_SIGNATURE
        0x40f7..0x4100 padding
        0x4100..0x4220 signature"#]]
    .assert_eq(&shown(&proof.published));
}

/// Flips bytes that are in no piece, one at a time: each must be found, and be a mismatch.
#[track_caller]
fn check_flips(file: &[u8], pieces: &[Piece], proves: impl Fn(&[u8]) -> Result<Proof, Unproven>) {
    let inside =
        |at: &usize| pieces.iter().any(|piece| (piece.start..piece.end).contains(&(*at as u64)));
    let mut changed = file.to_vec();
    // All that mean something; among the many zeros of Mach-O files, every 61st.
    let worth = |at: &usize| *at < 0x600 || file[*at] != 0 || at.is_multiple_of(61);
    for at in (0..file.len()).filter(worth).filter(|at| !inside(at)) {
        changed[at] ^= 0x20;
        let outcome = proves(&changed);
        assert!(outcome.as_ref().is_err_and(Unproven::is_mismatch), "{at:#x}: {outcome:?}");
        changed[at] ^= 0x20;
    }
}

#[test]
fn finds_every_byte_that_is_changed_outside_of_the_signature() {
    for (_, published, rebuilt) in pairs() {
        let proof = prove(published, rebuilt).unwrap();
        check_flips(published, &proof.published, |file| prove(file, rebuilt));
        check_flips(rebuilt, &proof.rebuilt, |file| prove(published, file));
    }
}

#[track_caller]
fn check_flip(published: &[u8], rebuilt: &[u8], at: usize, expected: Expect) {
    let mut changed = published.to_vec();
    changed[at] ^= 0x20;
    expected.assert_eq(&prove(&changed, rebuilt).unwrap_err().to_string());
}

#[test]
fn says_what_is_wrong() {
    let (signed, unsigned) = (pe_signed(), pe_x86_64());
    check_flip(
        &signed,
        &unsigned,
        0x401,
        expect![
            "the files differ outside of the signature, at 0x401 of the published and 0x401 of the rebuilt file"
        ],
    );
    check_flip(
        &signed,
        &unsigned,
        0xd0,
        expect![
            "the signature of the published file is not right: its check sum is 0xbe1f, but it should be 0xbe3f or none"
        ],
    );
    check_flip(
        &signed,
        &unsigned,
        0x120,
        expect!["the published file: its certificate table ends at 0x11d0, but the file at 0x11b0"],
    );
    check_flip(
        &signed,
        &unsigned,
        0x124,
        expect!["the published file: its certificate table ends at 0x1190, but the file at 0x11b0"],
    );
    check_flip(
        &signed,
        &unsigned,
        0xc04,
        expect![
            "the signature of the published file is not right: its certificate table holds something else than PKCS #7 signatures"
        ],
    );
    check_flip(
        &signed,
        &unsigned,
        0xc08,
        expect![
            "the signature of the published file is not right: its signature has a value of kind 0x10, expected 0x30"
        ],
    );
    check_flip(
        &signed,
        &unsigned,
        0x11af,
        expect![
            "the signature of the published file is not right: bytes follow a signature in its certificate table"
        ],
    );
    let (signed, unsigned) = (self::signed(macho_x86_64(), "a"), macho_x86_64());
    check_flip(
        &signed,
        &unsigned,
        0x10,
        expect!["the published file: the load command at 0x498 has 0 bytes"],
    );
    check_flip(
        &signed,
        &unsigned,
        0x1000,
        expect![
            "the files differ outside of the signature, at 0x1000 of the published and 0x1000 of the rebuilt file"
        ],
    );
    check_flip(
        &signed,
        &unsigned,
        signed.len() - 1,
        expect![
            "the signature of the published file is not right: page 4 (at 0x4000) does not have the hash that was signed"
        ],
    );
}

#[test]
fn a_changed_certificate_is_still_only_the_signature() {
    let (mut signed, unsigned) = (pe_signed(), pe_x86_64());
    // The name in the self-signed certificate; the check sum is left out.
    let name = memchr::memmem::find(&signed, b"\x0c\x04Test").unwrap();
    signed[name + 2] = b'B';
    signed[0xd0..0xd4].fill(0);
    prove(&signed, &unsigned).unwrap();
}

#[test]
fn refuses_bytes_behind_the_signature() {
    for (name, published, rebuilt) in pairs() {
        let mut published = published.clone();
        published.push(0);
        let error = prove(&published, rebuilt).unwrap_err();
        assert!(error.is_mismatch(), "{name}: {error}");
    }
}

#[test]
fn refuses_what_has_no_signature() {
    let mut other = pe_x86_64();
    other[0x500] ^= 1;
    assert_eq!(prove(&other, &pe_x86_64()), Err(Unproven::Unsigned));
    let mut other = macho_x86_64();
    other[0x1000] ^= 1;
    assert_eq!(prove(&other, &macho_x86_64()), Err(Unproven::Unsigned));
    let (one, two) = (universal(&[other]), universal(&[macho_x86_64()]));
    assert_eq!(prove(&one, &two), Err(Unproven::Unsigned));
    assert_eq!(prove(b"a", b"b"), Err(Unproven::Unsigned));
    assert_eq!(prove(b"a", b"a"), Err(Unproven::Equal));
    let kind = Unproven::Kind("the files have different formats");
    assert_eq!(prove(&pe_x86_64(), &macho_x86_64()), Err(kind));
}

#[test]
fn refuses_the_signature_of_another_program() {
    // The right place and form, over other bytes: the code is changed on both sides.
    let (mut signed, mut unsigned) = (pe_signed(), pe_x86_64());
    for file in [&mut signed, &mut unsigned] {
        file[0x401] ^= 1;
    }
    signed[0xd0..0xd4].fill(0);
    let error = prove(&signed, &unsigned).unwrap_err();
    expect!["the signature of the published file is not right: its signature is over other bytes than those of the file"].assert_eq(&error.to_string());
    assert!(!error.is_mismatch());
}

/// Where flips make structure: headers, load commands, tables of slices, blobs.
fn changed() -> impl Strategy<Value = (usize, Vec<(prop::sample::Index, u8)>, prop::sample::Index)>
{
    let writes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (0_usize..5, writes, any::<prop::sample::Index>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is written over a file, or cut off: no panic, and what is proven is true.
    #[test]
    fn what_is_proven_is_true((pair, writes, length) in changed(), cut in any::<bool>()) {
        let (_, published, rebuilt) = &pairs()[pair];
        let mut published = published.clone();
        for (at, byte) in writes {
            // Half of them in the headers.
            let room = if byte & 1 == 0 { published.len() } else { 0x500 };
            published[at.index(room)] = byte;
        }
        if cut {
            published.truncate(length.index(published.len()));
        }
        if let Ok(proof) = prove(&published, rebuilt) {
            check_proof(&proof, &published, rebuilt);
        }
        if let Ok(proof) = prove(rebuilt, &published) {
            check_proof(&proof, rebuilt, &published);
        }
    }
}
