//! Programs of real linkers with some bytes changed, cut or added: no panic in what explains, proves, looks for leaks, signs and
//! finds sections; a match if and only if nothing changed; what is signed passes the check of signatures.
//!
//! The first byte chooses the program; then follow changes of five bytes: where (4, little endian), and what to put there. What
//! is left in the end is put behind the program.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relhelper::compare::{Verdict, judge};
use relhelper::macho::{self, sign_ad_hoc, verify_ad_hoc};
use relhelper::portable;

const PROGRAMS: [&[u8]; 7] = [
    include_bytes!("../../tests/fixtures/auditable/elf.gz"),
    include_bytes!("../../tests/fixtures/auditable/macho.gz"),
    include_bytes!("../../tests/fixtures/auditable/pe.exe.gz"),
    include_bytes!("../../tests/fixtures/macho/hello-aarch64.gz"),
    include_bytes!("../../tests/fixtures/macho/hello-x86_64.gz"),
    include_bytes!("../../tests/fixtures/pe/start-debug-signed.exe.gz"),
    include_bytes!("../../tests/fixtures/pe/start-debug.exe.gz"),
];

/// The headers of all formats, where a change means most, are in the first bytes.
const HEADER_BYTES: usize = 4096;

static UNPACKED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let unpack = |packed: &&[u8]| {
        let mut bytes = Vec::new();
        relhelper::archive::read::walk(
            relhelper::archive::read::Format::Gzip,
            std::io::Cursor::new(*packed),
            &relhelper::archive::read::Limits {
                members: 1,
                member_bytes: 1 << 24,
                metadata_bytes: 1 << 16,
                ratio: 100_000,
                total_bytes: 1 << 24,
            },
            |_, content| content.read_to_end(&mut bytes).map(|_| ()),
        )
        .expect("a fixture");
        bytes
    };
    PROGRAMS.iter().map(unpack).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, changes)) = bytes.split_first() else { return };
    let original = &UNPACKED[usize::from(*choice) % UNPACKED.len()];
    let mut program = original.clone();
    let (changes, rest) = changes.as_chunks::<5>();
    for [a, b, c, d, value] in changes {
        let place = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let end = if place % 2 == 0 { HEADER_BYTES.min(program.len()) } else { program.len() };
        if let Some(byte) = program.get_mut(place / 2 % end.max(1)) {
            *byte = *value;
        }
    }
    match rest {
        [] => {}
        // Cut off: up to all of it.
        [length] => program.truncate(program.len() * usize::from(*length) / 255),
        more => program.extend_from_slice(more),
    }
    for (published, rebuilt) in [(original, &program), (&program, original)] {
        let judged = judge(published, rebuilt);
        assert_eq!(judged.verdict == Verdict::Match, published == rebuilt);
        assert_eq!(judged.explanation.differences.is_empty(), published == rebuilt);
    }
    let _findings = portable::inspect(&program);
    let _signature = macho::verify(&program);
    if let Ok(signed) = sign_ad_hoc(program, "fuzzed") {
        assert!(verify_ad_hoc(&signed, "fuzzed").is_ok());
    }
});
