//! Writer and checker against each other, and the checker against another linker's signature.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use expect_test::expect;

use super::*;
use crate::fixtures::{macho_aarch64, macho_x86_64};

fn signed(program: Vec<u8>) -> Vec<u8> {
    sign_ad_hoc(program, "hello").unwrap()
}

#[test]
fn signs_both_architectures() {
    for program in [macho_x86_64(), macho_aarch64()] {
        let signature = verify_ad_hoc(&signed(program), "hello").unwrap();
        assert_eq!(signature.flags, CS_ADHOC | CS_LINKER_SIGNED);
    }
}

#[test]
fn accepts_the_signature_of_another_linker() {
    let signature = verify_ad_hoc(&macho_aarch64(), "hello-aarch64").unwrap();
    assert_eq!(signature.flags, CS_ADHOC | CS_LINKER_SIGNED);
}

#[test]
fn an_earlier_signature_leaves_no_trace() {
    for program in [macho_x86_64(), macho_aarch64()] {
        let longer = sign_ad_hoc(program.clone(), &"long".repeat(40)).unwrap();
        assert!(signed(longer) == signed(program.clone()));
        assert!(signed(signed(program.clone())) == signed(program));
    }
}

#[test]
fn only_load_commands_change_in_front_of_the_signature() {
    let (before, after) = (macho_x86_64(), signed(macho_x86_64()));
    let header = image::Image::parse(&after).unwrap();
    let end = image::HEADER_BYTES + header.commands_bytes as usize;
    assert!(before[end..] == after[end..before.len()]);
}

/// Found by the fuzz target `executable`: what was signed could not be read again.
#[test]
fn refuses_a_header_that_is_wrong_about_the_size_of_the_load_commands() {
    for mut program in [macho_x86_64(), macho_aarch64()] {
        program[22] = 6;
        let found = u32::from_le_bytes(program[20..24].try_into().unwrap()) as usize - 0x6_0000;
        let expected = u32::try_from(found + 0x6_0000).unwrap();
        let error = SignError::Image(image::ImageError::Commands { found, expected });
        assert_eq!(sign_ad_hoc(program, "hello"), Err(error));
    }
}

#[test]
fn refuses_a_signature_outside_of_the_last_segment() {
    let mut program = signed(macho_x86_64());
    let command = image::Image::parse(&program).unwrap().signature.unwrap().command_offset;
    let end = u32::try_from(program.len()).unwrap();
    program[command + 8..command + 12].copy_from_slice(&64_u32.to_le_bytes());
    program[command + 12..command + 16].copy_from_slice(&(end - 64).to_le_bytes());
    let error = sign_ad_hoc(program, "hello").unwrap_err();
    assert!(matches!(error, SignError::SignaturePlace { found: 64, .. }), "{error}");
}

#[test]
fn an_unsigned_program_is_told_apart() {
    assert_eq!(verify(&macho_x86_64()), Err(SignatureProblem::Unsigned));
}

#[test]
fn notices_every_flipped_byte_of_the_code() {
    let program = signed(macho_x86_64());
    let code = image::Image::parse(&program).unwrap().signature.unwrap().data_offset as usize;
    for position in 0..code {
        let mut flipped = program.clone();
        flipped[position] ^= 0x01;
        assert!(verify_ad_hoc(&flipped, "hello").is_err(), "byte {position:#x}");
    }
}

/// What stays unnoticed decides nothing when the program is loaded: padding (20, 118), a higher
/// version (32), flags other than ad-hoc (36), the number of special slots, which cover other files
/// (48), platform and spare fields (62, 64), flags of the executable segment that only entitled
/// programs have (104).
#[test]
fn notices_flipped_bytes_of_the_signature_that_matter() {
    let program = signed(macho_x86_64());
    let start = image::Image::parse(&program).unwrap().signature.unwrap().data_offset as usize;
    let mut unnoticed: Vec<std::ops::Range<usize>> = Vec::new();
    for position in 0..program.len() - start {
        let mut flipped = program.clone();
        flipped[start + position] ^= 0x01;
        if verify_ad_hoc(&flipped, "hello").is_ok() {
            match unnoticed.last_mut() {
                Some(last) if last.end == position => last.end += 1,
                _ => unnoticed.push(position..position + 1),
            }
        }
    }
    expect!["[20..24, 32..40, 48..52, 62..63, 64..88, 104..111, 118..128]"]
        .assert_eq(&format!("{unnoticed:?}"));
}

#[test]
fn each_defect_has_its_own_outcome() {
    use SignatureProblem::{End, Flags, Hash, Identifier};
    let program = signed(macho_aarch64());
    let file_end = program.len() as u64;

    let mut longer = program.clone();
    longer.push(0);
    let end = End { signature_end: file_end, file_end: file_end + 1 };
    assert_eq!(verify(&longer), Err(end));

    assert_eq!(verify(&program[..program.len() - 1]), Err(SignatureProblem::Range));

    let mut text = program.clone();
    text[0x1000] ^= 1;
    assert_eq!(verify(&text), Err(Hash { page: 1, offset: 0x1000 }));

    let other = Identifier { found: "hello".to_owned(), expected: "other".to_owned() };
    assert_eq!(verify_ad_hoc(&program, "other"), Err(other));

    let start = image::Image::parse(&program).unwrap().signature.unwrap().data_offset as usize;
    let mut identity = program.clone();
    identity[start + 24 + 15] ^= 0x02;
    assert_eq!(verify_ad_hoc(&identity, "hello"), Err(Flags { found: CS_LINKER_SIGNED }));
    assert!(verify(&identity).is_ok());
}

#[test]
fn refuses_what_it_cannot_sign() {
    let check =
        |program: Vec<u8>, expected| assert_eq!(sign_ad_hoc(program, "hello"), Err(expected));

    check(b"\x7fELF".to_vec(), SignError::Image(image::ImageError::Magic));
    check(
        macho_x86_64()[..100].to_vec(),
        SignError::Image(image::ImageError::Truncated { offset: 32 }),
    );

    let mut longer = macho_x86_64();
    let linkedit_end = longer.len() as u64;
    longer.push(0);
    let file_end = longer.len();
    check(longer, SignError::TrailingBytes { linkedit_end, file_end });

    let mut full = macho_x86_64();
    let header = image::Image::parse(&full).unwrap();
    let end = image::HEADER_BYTES + header.commands_bytes as usize;
    full[end + 15] = 1;
    check(full, SignError::HeaderFull { free: header.first_section - end as u64 });
}
