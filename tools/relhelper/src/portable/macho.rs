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
