//! Writer and checker against each other, and the checker against another linker's signature.

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

/// The few bytes of a signature that decide nothing, counted from its beginning.
#[test]
fn notices_flipped_bytes_of_the_signature() {
    let program = signed(macho_x86_64());
    let start = image::Image::parse(&program).unwrap().signature.unwrap().data_offset as usize;
    let unnoticed: Vec<_> = (start..program.len())
        .filter(|position| {
            let mut flipped = program.clone();
            flipped[*position] ^= 0x01;
            verify_ad_hoc(&flipped, "hello").is_ok()
        })
        .map(|position| position - start)
        .collect();
    expect!["[20, 21, 22, 23, 32, 33, 34, 35, 36, 37, 38, 39, 48, 49, 50, 51, 62, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 104, 105, 106, 107, 108, 109, 110, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127]"].assert_eq(&format!("{unnoticed:?}"));
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
    check(longer, SignError::TrailingBytes { linkedit_end, file_end: linkedit_end as usize + 1 });

    let mut full = macho_x86_64();
    let header = image::Image::parse(&full).unwrap();
    let end = image::HEADER_BYTES + header.commands_bytes as usize;
    full[end + 15] = 1;
    check(full, SignError::HeaderFull { free: header.first_section - end as u64 });
}
