//! Giving a Mach-O program an ad-hoc signature, in place of the one it may have.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::CS_EXECSEG_MAIN_BINARY;
use super::code_directory::Claims;
use super::image::{
    HEADER_BYTES, Image, ImageError, LC_CODE_SIGNATURE, MH_EXECUTE, Segment, SignatureCommand,
};

/// Where the signature begins is a multiple of this, as Apple's linker has it.
const SIGNATURE_ALIGN: usize = 16;
/// Size of `LC_CODE_SIGNATURE`.
const COMMAND_BYTES: u32 = 16;

/// Why a file cannot be signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum SignError {
    #[error(
        "there is no room for one more load command: {free} bytes before the first section, {COMMAND_BYTES} needed"
    )]
    HeaderFull { free: u64 },
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("it has {found} bytes, but a signature covers at most 4 GiB")]
    Length { found: usize },
    #[error("its segment {0} is missing")]
    SegmentMissing(&'static str),
    #[error("its signature begins at {found:#x}, before its last segment at {linkedit:#x}")]
    SignaturePlace { found: usize, linkedit: u64 },
    #[error("its last segment ends at {linkedit_end:#x}, but the file ends at {file_end:#x}")]
    TrailingBytes { linkedit_end: u64, file_end: usize },
}

/// The program with an ad-hoc signature over its final bytes, named `identifier`.
///
/// # Errors
///
/// When the file is not a thin 64-bit Mach-O file, or has no room for the signature.
pub fn sign_ad_hoc(mut program: Vec<u8>, identifier: &str) -> Result<Vec<u8>, SignError> {
    let image = Image::parse(&program)?;
    let text = image.text.ok_or(SignError::SegmentMissing("__TEXT"))?;
    let linkedit = image.linkedit.ok_or(SignError::SegmentMissing("__LINKEDIT"))?;
    let linkedit_end = linkedit.file_offset.saturating_add(linkedit.file_bytes);
    if linkedit_end != program.len() as u64 {
        return Err(SignError::TrailingBytes { linkedit_end, file_end: program.len() });
    }
    let command = match image.signature {
        Some(command) => {
            // Signatures come last in __LINKEDIT, so what begins there is the old one.
            let old = command.data_offset as usize;
            if (old as u64) < linkedit.file_offset {
                return Err(SignError::SignaturePlace {
                    found: old,
                    linkedit: linkedit.file_offset,
                });
            }
            if old as u64 + u64::from(command.data_bytes) != linkedit_end {
                return Err(SignError::TrailingBytes {
                    linkedit_end: old as u64 + u64::from(command.data_bytes),
                    file_end: program.len(),
                });
            }
            program.truncate(old);
            command
        }
        None => add_command(&mut program, &image)?,
    };
    program.resize(program.len().next_multiple_of(SIGNATURE_ALIGN), 0);

    let main = if image.file_type == MH_EXECUTE { CS_EXECSEG_MAIN_BINARY } else { 0 };
    let claims = Claims {
        identifier,
        exec_segment: (text.file_offset, text.file_bytes),
        exec_segment_flags: main,
    };
    let length = claims.signature_bytes(program.len());
    let too_long = SignError::Length { found: program.len() + length };
    let (Ok(data_offset), Ok(data_bytes)) = (u32::try_from(program.len()), u32::try_from(length))
    else {
        return Err(too_long);
    };
    if data_offset.checked_add(data_bytes).is_none() {
        return Err(too_long);
    }
    // The load commands are part of what is signed, so they get their final values first.
    put_u32(&mut program, command.command_offset + 8, data_offset);
    put_u32(&mut program, command.command_offset + 12, data_bytes);
    resize_linkedit(&mut program, linkedit, length, image.vm_page_bytes());
    let signature = claims.signature(&program);
    program.extend(signature);
    Ok(program)
}

/// Adds `LC_CODE_SIGNATURE` behind the last load command, in the padding before the first section.
fn add_command(program: &mut [u8], image: &Image) -> Result<SignatureCommand, SignError> {
    let end = HEADER_BYTES + image.commands_bytes as usize;
    let free = image.first_section.min(program.len() as u64).saturating_sub(end as u64);
    let padding = program.get(end..end + COMMAND_BYTES as usize).unwrap_or_default();
    if free < COMMAND_BYTES.into() || padding.iter().any(|byte| *byte != 0) {
        return Err(SignError::HeaderFull { free });
    }
    put_u32(program, 16, image.command_count + 1);
    put_u32(program, 20, image.commands_bytes + COMMAND_BYTES);
    put_u32(program, end, LC_CODE_SIGNATURE);
    put_u32(program, end + 4, COMMAND_BYTES);
    Ok(SignatureCommand { command_offset: end, data_offset: 0, data_bytes: 0 })
}

/// Makes `__LINKEDIT` end where the signature will.
fn resize_linkedit(
    program: &mut [u8],
    linkedit: Segment,
    signature_bytes: usize,
    vm_page_bytes: u64,
) {
    let file_bytes = (program.len() + signature_bytes) as u64 - linkedit.file_offset;
    put_u64(program, linkedit.command_offset + 32, file_bytes.next_multiple_of(vm_page_bytes));
    put_u64(program, linkedit.command_offset + 48, file_bytes);
}

fn put_u32(program: &mut [u8], offset: usize, value: u32) {
    program[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(program: &mut [u8], offset: usize, value: u64) {
    program[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
}
