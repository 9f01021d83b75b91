//! Single fields of real programs are changed: each must be named, and nothing else. Differences as whole tools make them
//! are in `.ci/judges/differences.py`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use proptest::prelude::*;

use super::*;
use crate::fixtures::{
    auditable_elf, auditable_macho, auditable_pe, macho_aarch64, macho_x86_64, patch, pe_signed,
    pe_x86_64, universal,
};
use crate::macho::sign_ad_hoc;

/// `cause: place` of every difference.
#[track_caller]
fn told(published: &[u8], rebuilt: &[u8]) -> Vec<String> {
    let explanation = explain(published, rebuilt).unwrap();
    assert_eq!(explanation.omitted, 0);
    let line = |one: &Difference| format!("{}: {}", one.cause.id(), one.place.join(" / "));
    explanation.differences.iter().map(line).collect()
}

/// What is told of a program with one byte flipped.
#[track_caller]
fn check(program: &[u8], at: usize, expected: &str) {
    let mut changed = program.to_vec();
    changed[at] ^= 0x01;
    assert_eq!(told(program, &changed), [expected]);
    assert_eq!(told(&changed, program), [expected]);
}

#[test]
fn names_the_fields_of_windows_programs() {
    let program = pe_x86_64();
    let header = usize::from(program[0x3c]);
    check(&program, header + 8, "pe-timestamp: COFF header / TimeDateStamp");
    check(&program, header + 24 + 64, "pe-checksum: optional header / CheckSum");
    check(&program, header + 24 + 2, "compiler-comment: optional header / linker version");
    check(&program, header + 24 + 16, "layout: optional header");
    check(&program, 0x50, "data: DOS program");
    let rsds = memchr::memmem::find(&program, b"RSDS").unwrap();
    let section = "section .buildid";
    check(&program, rsds + 4, &format!("pe-debug: {section} / GUID of the PDB"));
    check(&program, rsds + 24, &format!("pdb-path: {section} / path of the PDB"));
    let text = memchr::memmem::find(&program, b".text\0\0\0").unwrap();
    let start = u32::from_le_bytes(program[text + 20..text + 24].try_into().unwrap()) as usize;
    check(&program, start, "code: section .text");
    let signed = pe_signed();
    check(&signed, signed.len() - 100, "pe-certificate: certificate table");
    assert_eq!(
        told(&signed, &program),
        [
            "pe-certificate: certificate table",
            "pe-checksum: optional header / CheckSum",
            "pe-certificate: optional header / entry of the certificate table"
        ]
    );
}

#[test]
fn names_load_commands_and_sections() {
    let program = macho_x86_64();
    let command = |number: u32, bytes: u32| {
        let start = [number.to_le_bytes(), bytes.to_le_bytes()].concat();
        memchr::memmem::find(&program, &start).unwrap()
    };
    check(&program, command(0x1b, 24) + 8, "macho-uuid: load command LC_UUID");
    check(&program, command(0x32, 32) + 12, "macho-build-version: load command LC_BUILD_VERSION");
    check(&program, 0x10, "unreadable: ");
    let signed = sign_ad_hoc(macho_x86_64(), "hello").unwrap();
    let (last, what) = (signed.len() - 1, "code-signature: data of LC_CODE_SIGNATURE");
    check(&signed, last, what);
    let (one, two) =
        (universal(&[macho_aarch64(), program]), universal(&[macho_aarch64(), signed]));
    let told = told(&one, &two);
    assert_eq!(told[0], "code-signature: slice of processor 0x1000007 / data of LC_CODE_SIGNATURE");
    assert!(told.iter().all(|line| line.contains("slice of processor 0x1000007")), "{told:?}");
}

#[test]
fn names_crate_lists_stamps_and_headers() {
    let sections = [
        (auditable_elf(), 0x158, "crate-list: section .dep-v0"),
        (auditable_pe(), 0xc00, "crate-list: section .dep-v0"),
    ];
    for (program, at, expected) in sections {
        check(&program, at, expected);
    }
    let macho = auditable_macho();
    let file = object::File::parse(&*macho).unwrap();
    let section = object::Object::section_by_name(&file, ".dep-v0").unwrap();
    let at = object::ObjectSection::file_range(&section).unwrap().0;
    check(&macho, usize::try_from(at).unwrap(), "crate-list: section __DATA,.dep-v0");
    check(&auditable_elf(), 0x11, "architecture: ELF header / identification, type and machine");
    check(&auditable_elf(), 0x12, "architecture: ");
    let mut stamped = pe_x86_64();
    stamped[0x50..0x70].copy_from_slice(&crate::stamp::magic());
    check(&stamped, 0x71, "build-stamp: DOS program / build stamp");
}

#[test]
fn a_file_full_of_stamps_has_some_of_them() {
    let magics = crate::stamp::magic().repeat(200);
    let map = Map::default().covering(&magics);
    assert_eq!(map.fields.len(), map::MOST_STAMPS);
    let (mut one, mut other) = (auditable_elf(), auditable_elf());
    one.extend(&magics);
    other.extend(magics.iter().map(|byte| byte ^ 1));
    assert_eq!(told(&one, &other), ["build-stamp: overlay / build stamp", "overlay: overlay"]);
}

#[test]
fn tells_what_is_appended_and_what_is_no_pair() {
    let mut longer = auditable_elf();
    longer.extend(b"more");
    assert_eq!(told(&auditable_elf(), &longer), ["overlay: overlay"]);
    assert_eq!(told(&auditable_elf(), &auditable_pe()), ["architecture: "]);
    assert_eq!(told(&macho_x86_64(), &macho_aarch64()), ["architecture: "]);
    assert_eq!(told(&auditable_elf(), b"#!/bin/sh"), ["architecture: "]);
    assert_eq!(explain(b"a", b"b"), None);
    assert_eq!(explain(&auditable_elf(), &auditable_elf()), Some(Explanation::default()));
}

#[test]
fn names_a_path_and_its_section() {
    let rebuilt = patch(pe_x86_64(), b"small-debug.pdb", br"C:\work\deb.pdb");
    let explanation = explain(&pe_x86_64(), &rebuilt).unwrap();
    assert_eq!(explanation.differences[0].cause, Cause::PdbPath);
    let excerpt = explanation.differences[0].rebuilt.as_ref().unwrap();
    assert_eq!(excerpt.bytes, "433a5c776f726b5c6465622e70646200");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is written over a program, or cut off: no panic, and a difference is never none.
    #[test]
    fn every_difference_is_told(
        program in 0_usize..6,
        writes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let program = match program {
            0 => auditable_elf(),
            1 => auditable_macho(),
            2 => pe_signed(),
            3 => pe_x86_64(),
            4 => macho_x86_64(),
            _ => universal(&[macho_x86_64(), macho_aarch64()]),
        };
        let mut changed = program.clone();
        for (at, byte) in writes {
            // Half of them in the headers.
            let room = if byte & 1 == 0 { changed.len() } else { 0x300 };
            changed[at.index(room)] = byte;
        }
        if let Some(at) = cut {
            changed.truncate(at.index(changed.len()));
        }
        let told = explain(&program, &changed).unwrap();
        prop_assert_eq!(told.differences.is_empty(), program == changed);
        let told = explain(&changed, &program).unwrap();
        prop_assert_eq!(told.differences.is_empty(), program == changed);
    }
}
