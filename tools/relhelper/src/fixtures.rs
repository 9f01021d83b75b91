//! Programs made by real tools, for the tests; `tests/fixtures/README.md` says which and how.

use std::io::Read as _;

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

/// Mach-O program, unsigned.
pub(crate) fn macho_x86_64() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/macho/hello-x86_64.gz"))
}

/// Mach-O program, signed by Zig's linker.
pub(crate) fn macho_aarch64() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/macho/hello-aarch64.gz"))
}

/// PE program whose debug directory names `small-debug.pdb`.
pub(crate) fn pe_x86_64() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/pe/start-debug.exe.gz"))
}

/// `program` with the one occurrence of `old` replaced by `new`, of the same length.
#[track_caller]
pub(crate) fn patch(mut program: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let found: Vec<_> = memchr::memmem::find_iter(&program, old).collect();
    assert_eq!(found.len(), 1, "the fixture has it once");
    program[found[0]..found[0] + new.len()].copy_from_slice(new);
    program
}
