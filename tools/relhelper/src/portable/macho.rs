//! What the dynamic loader of macOS would follow, and whether the kernel would run it at all.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use object::macho::{CPU_TYPE_ARM64, MachHeader32, MachHeader64};
use object::read::macho::{
    FatArch as _, LoadCommandVariant, MachHeader, MachOFatFile32, MachOFatFile64,
};
use object::{Endianness, FileKind};

use super::finding::{Kind, excerpt};
use crate::macho::{SignatureProblem, verify};

/// Folders whose libraries every macOS has.
const SYSTEM_FOLDERS: [&[u8]; 2] = [b"/usr/lib/", b"/System/Library/"];

/// Libraries, search paths and signature, of each architecture in the file.
pub(super) fn inspect(content: &[u8], kind: FileKind) -> object::Result<Vec<(Kind, String)>> {
    match kind {
        FileKind::MachO32 => paths::<MachHeader32<Endianness>>(content),
        FileKind::MachO64 => {
            let mut found = paths::<MachHeader64<Endianness>>(content)?;
            found.extend(signature(content)?);
            Ok(found)
        }
        FileKind::MachOFat32 => {
            let arches = MachOFatFile32::parse(content)?;
            slices(arches.arches().iter().map(|arch| arch.data(content)))
        }
        _ => {
            let arches = MachOFatFile64::parse(content)?;
            slices(arches.arches().iter().map(|arch| arch.data(content)))
        }
    }
}

fn slices<'a>(
    slices: impl Iterator<Item = object::Result<&'a [u8]>>,
) -> object::Result<Vec<(Kind, String)>> {
    let mut found = Vec::new();
    for slice in slices {
        let slice = slice?;
        let kind = FileKind::parse(slice)?;
        // Other slices are libraries of object files (`.a`): nothing is loaded from them.
        if matches!(kind, FileKind::MachO32 | FileKind::MachO64) {
            found.extend(inspect(slice, kind)?);
        }
    }
    Ok(found)
}

fn paths<Mach: MachHeader<Endian = Endianness>>(
    content: &[u8],
) -> object::Result<Vec<(Kind, String)>> {
    let header = Mach::parse(content, 0)?;
    let endian = header.endian()?;
    let mut commands = header.load_commands(endian, content, 0)?;
    let mut found = Vec::new();
    while let Some(command) = commands.next()? {
        let (kind, path) = match command.variant()? {
            LoadCommandVariant::Dylib(dylib) => {
                (Kind::MachoDylib, command.string(endian, dylib.dylib.name)?)
            }
            LoadCommandVariant::LoadDylinker(linker) => {
                (Kind::MachoDylib, command.string(endian, linker.name)?)
            }
            LoadCommandVariant::DyldEnvironment(variable) => {
                (Kind::MachoRunPath, command.string(endian, variable.name)?)
            }
            LoadCommandVariant::Rpath(folder) => {
                (Kind::MachoRunPath, command.string(endian, folder.path)?)
            }
            _ => continue,
        };
        let of_the_system = SYSTEM_FOLDERS.iter().any(|folder| path.starts_with(folder))
            && !path.windows(3).any(|part| part == b"/..");
        if kind == Kind::MachoRunPath || !of_the_system {
            found.push((kind, excerpt(path)));
        }
    }
    Ok(found)
}

/// arm64 programs without a signature are killed when they start; on `x86_64` they run.
fn signature(content: &[u8]) -> object::Result<Option<(Kind, String)>> {
    let header = MachHeader64::<Endianness>::parse(content, 0)?;
    let needed = header.cputype(header.endian()?) == CPU_TYPE_ARM64;
    Ok(match verify(content) {
        Ok(_) => None,
        Err(SignatureProblem::Unsigned) if !needed => None,
        Err(problem) => Some((Kind::MachoSignature, problem.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{macho_aarch64, macho_x86_64, patch, universal};
    use crate::macho::sign_ad_hoc;

    const LIBSYSTEM: &[u8] = b"/usr/lib/libSystem.B.dylib";

    #[track_caller]
    fn check(program: &[u8], expected: &[(Kind, &str)]) {
        let found = inspect(program, FileKind::parse(program).unwrap()).unwrap();
        let found: Vec<_> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(found, expected);
    }

    /// The program with another number for the load command that loads libSystem.
    fn with_command(number: u32) -> Vec<u8> {
        let mut program = macho_x86_64();
        let path = memchr::memmem::find(&program, LIBSYSTEM).unwrap();
        program[path - 24..path - 20].copy_from_slice(&number.to_le_bytes());
        program
    }

    #[test]
    fn accepts_what_real_linkers_make() {
        check(&macho_x86_64(), &[]);
        check(&macho_aarch64(), &[]);
    }

    #[test]
    fn reports_a_library_outside_of_the_system() {
        for path in [
            "/opt/lib/libSystem.B.dylib",
            "@rpath/x/libSystem.B.dylib",
            "/usr/lib/../../tmp/B.dylib",
        ] {
            let program = patch(macho_x86_64(), LIBSYSTEM, path.as_bytes());
            check(&program, &[(Kind::MachoDylib, path)]);
        }
    }

    #[test]
    fn reports_search_paths() {
        let path = "/usr/lib/libSystem.B.dylib";
        check(&with_command(object::macho::LC_RPATH.0), &[(Kind::MachoRunPath, path)]);
        check(&with_command(object::macho::LC_DYLD_ENVIRONMENT.0), &[(Kind::MachoRunPath, path)]);
    }

    #[test]
    fn reports_an_unsigned_program_where_the_system_kills_it() {
        let mut program = macho_aarch64();
        // LC_CODE_SIGNATURE becomes LC_FUNCTION_STARTS, which has the same form.
        let command = b"\x1d\0\0\0\x10\0\0\0";
        program = patch(program, command, b"\x26\0\0\0\x10\0\0\0");
        check(&program, &[(Kind::MachoSignature, "it has no signature")]);
    }

    #[test]
    fn reports_a_signature_that_does_not_fit() {
        for program in [macho_x86_64(), macho_aarch64()] {
            let mut program = sign_ad_hoc(program, "hello").unwrap();
            program[0x1000] ^= 1;
            let expected = "page 1 (at 0x1000) does not have the hash that was signed";
            check(&program, &[(Kind::MachoSignature, expected)]);
        }
    }

    #[test]
    fn looks_into_every_architecture_of_a_universal_program() {
        let bad = patch(macho_aarch64(), LIBSYSTEM, b"/opt/lib/libSystem.B.dylib");
        let universal = universal(&[macho_x86_64(), bad]);
        let signature = "page 0 (at 0x0) does not have the hash that was signed";
        check(
            &universal,
            &[(Kind::MachoDylib, "/opt/lib/libSystem.B.dylib"), (Kind::MachoSignature, signature)],
        );
    }
}
