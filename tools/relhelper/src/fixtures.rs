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

/// The same, signed by osslsigncode.
pub(crate) fn pe_signed() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/pe/start-debug-signed.exe.gz"))
}

/// A Mach-O file for several architectures, as `lipo` makes it: each slice at a multiple of 16 KiB.
pub(crate) fn universal(slices: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(slices.len()).unwrap();
    let mut universal = [0xcafe_babe_u32, count].map(u32::to_be_bytes).concat();
    let mut offset = 0x4000_u32;
    for slice in slices {
        let cpu_type = u32::from_le_bytes(slice[4..8].try_into().unwrap());
        let size = u32::try_from(slice.len()).unwrap();
        universal.extend([cpu_type, 0, offset, size, 14].map(u32::to_be_bytes).concat());
        offset += size.next_multiple_of(0x4000);
    }
    for slice in slices {
        universal.resize(universal.len().next_multiple_of(0x4000), 0);
        universal.extend(slice);
    }
    universal
}

/// ELF program with an empty section `.dep-v0`.
pub(crate) fn auditable_elf() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/auditable/elf.gz"))
}

/// Mach-O program with an empty section `.dep-v0`.
pub(crate) fn auditable_macho() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/auditable/macho.gz"))
}

/// PE program with an empty section `.dep-v0`.
pub(crate) fn auditable_pe() -> Vec<u8> {
    gunzip(include_bytes!("../tests/fixtures/auditable/pe.exe.gz"))
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

/// The content of the `.drv` files of a small closure, by name.
pub(crate) const DERIVATIONS: [(&str, &[u8]); 6] = [
    (
        "6mhrn1b72gj0f852ng5hsnifhas888b0-top-1.2.drv",
        include_bytes!("../tests/fixtures/nix/store/6mhrn1b72gj0f852ng5hsnifhas888b0-top-1.2.drv"),
    ),
    (
        "8m9hclcs9h31rp6kjvd9akmdjb148fjm-tree.drv",
        include_bytes!("../tests/fixtures/nix/store/8m9hclcs9h31rp6kjvd9akmdjb148fjm-tree.drv"),
    ),
    (
        "gmlhgs75nkdl4i3hpd5656sp85qv16iz-old-tree.drv",
        include_bytes!("../tests/fixtures/nix/store/gmlhgs75nkdl4i3hpd5656sp85qv16iz-old-tree.drv"),
    ),
    (
        "rsqa7bn2r97vy6knmyv2mi2bd89n5jci-flat-1.0.crate.drv",
        include_bytes!(
            "../tests/fixtures/nix/store/rsqa7bn2r97vy6knmyv2mi2bd89n5jci-flat-1.0.crate.drv"
        ),
    ),
    (
        "vaw6wyf3amhyn9wdxab5i3m84yr3k14y-old.tar.gz.drv",
        include_bytes!(
            "../tests/fixtures/nix/store/vaw6wyf3amhyn9wdxab5i3m84yr3k14y-old.tar.gz.drv"
        ),
    ),
    (
        "wnc91h25b9bm6wdgqaxp5hbbnhakpnvn-several.drv",
        include_bytes!("../tests/fixtures/nix/store/wnc91h25b9bm6wdgqaxp5hbbnhakpnvn-several.drv"),
    ),
];
