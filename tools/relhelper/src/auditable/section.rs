//! Finding the section in the bytes of a program, and filling it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use object::{File, Object as _, ObjectSection as _};

use super::content;
use crate::cargo::Crates;

/// What the section is called in all formats.
const NAME: &[u8] = b".dep-v0";

/// What became of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Filled {
    /// Its section, at this offset, says now of which crates it is made.
    At(usize),
    /// It has no such section and is unchanged.
    NoSection,
}

/// Why a program cannot be told of which crates it is made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AuditableError {
    #[error("its sections cannot be read: {0}")]
    Format(#[from] object::Error),
    #[error("the section .dep-v0 at {offset:#x} is not empty: something else has filled it before")]
    NotEmpty { offset: usize },
    #[error("the list of its crates has {needed} bytes, but the section .dep-v0 has {room}")]
    Room { needed: usize, room: usize },
    #[error("there is more than one section .dep-v0, at {first:#x} and {second:#x}")]
    Several { first: usize, second: usize },
    #[error("the section .dep-v0 at {offset:#x} is cut short")]
    Short { offset: usize },
}

/// Writes the crates that `program` is made of into its section, if it has one.
///
/// # Errors
///
/// When the program cannot be read, has more than one such section, or one that is not empty or too small.
pub fn fill(program: &mut [u8], crates: &Crates) -> Result<Filled, AuditableError> {
    let Some(Range { start, end }) = find(program)? else {
        return Ok(Filled::NoSection);
    };
    let section = program.get_mut(start..end).ok_or(AuditableError::Short { offset: start })?;
    if section.iter().any(|byte| *byte != 0) {
        return Err(AuditableError::NotEmpty { offset: start });
    }
    let content = content::encode(crates);
    let room = section.len();
    section
        .get_mut(..content.len())
        .ok_or(AuditableError::Room { needed: content.len(), room })?
        .copy_from_slice(&content);
    Ok(Filled::At(start))
}

/// Where the one section is in the file.
fn find(program: &[u8]) -> Result<Option<Range<usize>>, AuditableError> {
    let mut found: Option<Range<usize>> = None;
    for section in File::parse(program)?.sections() {
        if section.name_bytes()? != NAME {
            continue;
        }
        let (offset, size) = section.file_range().unwrap_or_default();
        // What does not fit is cut short as well; `get_mut` finds out.
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        if let Some(first) = found {
            return Err(AuditableError::Several { first: first.start, second: start });
        }
        found = Some(start..end);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auditable::content::version_info;
    use crate::cargo::{CratePackage, CrateRole, CrateSource, License};
    use crate::fixtures::{auditable_elf, auditable_macho, auditable_pe, macho_x86_64, patch};
    use auditable_info::Limits;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn package(name: &str, source: CrateSource, role: CrateRole) -> CratePackage {
        CratePackage {
            name: name.to_owned(),
            version: semver::Version::new(1, 2, 3),
            source,
            role,
            root: false,
            license: License::Missing,
            authors: Vec::new(),
            description: None,
            repository: None,
            features: BTreeSet::new(),
            links: BTreeSet::new(),
            builds: BTreeSet::new(),
        }
    }

    /// `hello` is the product; it needs `cc` to be built, `libc` and std.
    fn crates() -> Crates {
        let cc = package("cc", CrateSource::Registry, CrateRole::Build);
        let hello = CratePackage {
            root: true,
            links: BTreeSet::from([2, 3]),
            builds: BTreeSet::from([0]),
            ..package("hello", CrateSource::Workspace, CrateRole::Linked)
        };
        let libc = package("libc", CrateSource::Registry, CrateRole::Linked);
        let std = package("std", CrateSource::Toolchain, CrateRole::Linked);
        Crates { packages: vec![cc, hello, libc, std] }
    }

    fn programs() -> [Vec<u8>; 3] {
        [auditable_elf(), auditable_macho(), auditable_pe()]
    }

    #[test]
    fn says_what_is_linked_and_what_only_built_it() {
        let json = serde_json::to_string(&version_info(&crates())).unwrap();
        // The format's word for the registry is its address.
        let json = json.replace(&String::from(auditable_serde::Source::CratesIo), "REGISTRY");
        expect![[r#"{"packages":[{"name":"cc","version":"1.2.3","source":"REGISTRY","kind":"build"},{"name":"hello","version":"1.2.3","source":"local","dependencies":[0,2,3],"root":true},{"name":"libc","version":"1.2.3","source":"REGISTRY"},{"name":"std","version":"1.2.3","source":"local"}],"format":8}"#]].assert_eq(&json);
    }

    #[test]
    fn fills_the_section_and_changes_nothing_else() {
        for before in programs() {
            let mut after = before.clone();
            let Filled::At(offset) = fill(&mut after, &crates()).unwrap() else {
                panic!("the program has a section");
            };
            assert_ne!(before, after);
            assert_eq!(before[..offset], after[..offset]);
            assert_eq!(before[offset + 4096..], after[offset + 4096..]);
        }
    }

    #[test]
    fn leaves_a_program_without_section_alone() {
        let mut program = macho_x86_64();
        assert_eq!(fill(&mut program, &crates()).unwrap(), Filled::NoSection);
        assert_eq!(program, macho_x86_64());
    }

    #[track_caller]
    fn check_error(mut program: Vec<u8>, expected: Expect) {
        expected.assert_eq(&fill(&mut program, &crates()).unwrap_err().to_string());
    }

    #[test]
    fn refuses_what_it_cannot_fill() {
        let mut filled = auditable_elf();
        fill(&mut filled, &crates()).unwrap();
        check_error(
            filled,
            expect![
                "the section .dep-v0 at 0x158 is not empty: something else has filled it before"
            ],
        );
        check_error(
            patch(auditable_elf(), b".comment\0", b".dep-v0\0\0"),
            expect!["there is more than one section .dep-v0, at 0x158 and 0x11b4"],
        );
        check_error(
            patch(auditable_pe(), b".rdata\0\0", b".dep-v0\0"),
            expect!["there is more than one section .dep-v0, at 0x600 and 0xc00"],
        );
        check_error(
            b"#!/bin/sh\n".to_vec(),
            expect!["its sections cannot be read: Could not read file magic"],
        );
        let mut short = auditable_pe();
        short.truncate(short.len() - 1);
        check_error(short, expect!["the section .dep-v0 at 0xc00 is cut short"]);
    }

    #[test]
    fn refuses_more_crates_than_there_is_room_for() {
        let name = |number: u64| format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let package = |number| package(&name(number), CrateSource::Registry, CrateRole::Linked);
        let crates = Crates { packages: (0..400).map(package).collect() };
        for mut program in programs() {
            let error = fill(&mut program, &crates).unwrap_err();
            assert!(matches!(error, AuditableError::Room { room: 4096, .. }), "{error}");
        }
    }

    /// A list in which each crate may need those after it.
    fn any_crates() -> impl Strategy<Value = Crates> {
        let source = prop::sample::select(vec![
            CrateSource::Registry,
            CrateSource::Toolchain,
            CrateSource::Workspace,
        ]);
        let role = prop::sample::select(vec![CrateRole::Build, CrateRole::Linked]);
        let one = ("[a-z][a-z0-9_-]{0,20}", source, role, any::<u32>());
        prop::collection::vec(one, 1..30).prop_map(|rows| {
            let count = rows.len();
            let packages =
                rows.into_iter().enumerate().map(|(index, (name, source, role, needs))| {
                    let links = (index + 1..count).filter(|other| needs >> (other % 32) & 1 == 1);
                    CratePackage {
                        root: index == 0,
                        links: links.collect(),
                        ..package(&name, source, if index == 0 { CrateRole::Linked } else { role })
                    }
                });
            Crates { packages: packages.collect() }
        })
    }

    proptest! {
        /// By the code of `cargo auditable` itself, which refuses cycles and a second root.
        #[test]
        fn what_is_written_is_what_others_read(crates in any_crates()) {
            for mut program in programs() {
                fill(&mut program, &crates).unwrap();
                let limit = Limits::default().decompressed_json_size;
                let read = auditable_info::audit_info_from_slice(&program, limit).unwrap();
                prop_assert_eq!(read, version_info(&crates));
            }
        }
    }
}
