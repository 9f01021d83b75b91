//! The few fields of a Mach-O file that signing reads and changes, with their offsets.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

// `mach-o/loader.h`, `mach/machine.h`. The checker takes them from the crate `object`.
pub(super) const LC_CODE_SIGNATURE: u32 = 0x1d;
const LC_SEGMENT_64: u32 = 0x19;
pub(super) const MH_EXECUTE: u32 = 2;
const CPU_TYPE_ARM64: u32 = 0x0100_000c;

/// Size of the 64-bit header; the load commands follow it.
pub(super) const HEADER_BYTES: usize = 32;

/// What signing needs to know of a file.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub cpu_type: u32,
    pub file_type: u32,
    pub command_count: u32,
    /// Size of all load commands.
    pub commands_bytes: u32,
    /// Where the first section begins: load commands have room up to there.
    pub first_section: u64,
    pub text: Option<Segment>,
    pub linkedit: Option<Segment>,
    pub signature: Option<SignatureCommand>,
}

/// `LC_SEGMENT_64`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub command_offset: usize,
    pub file_offset: u64,
    pub file_bytes: u64,
}

/// `LC_CODE_SIGNATURE`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignatureCommand {
    pub command_offset: usize,
    pub data_offset: u32,
    pub data_bytes: u32,
}

/// A file that cannot be read as Mach-O.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum ImageError {
    #[error("its load commands have {found} bytes, but its header says {expected}")]
    Commands { found: usize, expected: u32 },
    #[error("it is not a 64-bit Mach-O file for one architecture")]
    Magic,
    #[error("a field at {offset:#x} lies outside of the file or its load command")]
    Truncated { offset: usize },
}

impl Image {
    /// Reads the header and the load commands.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        if !super::is_thin(bytes) {
            return Err(ImageError::Magic);
        }
        let mut image = Self {
            cpu_type: read_u32(bytes, 4)?,
            file_type: read_u32(bytes, 12)?,
            command_count: read_u32(bytes, 16)?,
            commands_bytes: read_u32(bytes, 20)?,
            first_section: u64::MAX,
            text: None,
            linkedit: None,
            signature: None,
        };
        let mut offset = HEADER_BYTES;
        for _ in 0..image.command_count {
            let length = read_u32(bytes, offset + 4)? as usize;
            let command = bytes
                .get(offset..offset.saturating_add(length))
                .filter(|command| command.len() >= 8);
            let command = command.ok_or(ImageError::Truncated { offset })?;
            image.take(command, offset)?;
            offset += length;
        }
        // Signing adds a command where the header says that they end.
        let (found, expected) = (offset - HEADER_BYTES, image.commands_bytes);
        if found == expected as usize {
            Ok(image)
        } else {
            Err(ImageError::Commands { found, expected })
        }
    }

    fn take(&mut self, command: &[u8], command_offset: usize) -> Result<(), ImageError> {
        match read_u32(command, 0)? {
            LC_SEGMENT_64 => {
                let name =
                    command.get(8..24).ok_or(ImageError::Truncated { offset: command_offset })?;
                let file_offset = read_u64(command, 40)?;
                let segment =
                    Segment { command_offset, file_offset, file_bytes: read_u64(command, 48)? };
                if name == b"__TEXT\0\0\0\0\0\0\0\0\0\0" {
                    self.text = Some(segment);
                } else if name == b"__LINKEDIT\0\0\0\0\0\0" {
                    self.linkedit = Some(segment);
                }
                for index in 0..read_u32(command, 64)? as usize {
                    let section = read_u32(command, 72 + 80 * index + 48)?;
                    // Sections without content in the file have the offset 0.
                    if section != 0 {
                        self.first_section = self.first_section.min(section.into());
                    }
                }
            }
            LC_CODE_SIGNATURE => {
                let (data_offset, data_bytes) = (read_u32(command, 8)?, read_u32(command, 12)?);
                self.signature = Some(SignatureCommand { command_offset, data_offset, data_bytes });
            }
            _ => {}
        }
        Ok(())
    }

    /// The unit in which the kernel maps this file.
    pub(super) fn vm_page_bytes(&self) -> u64 {
        if self.cpu_type == CPU_TYPE_ARM64 { 0x4000 } else { 0x1000 }
    }
}

fn read_u32(bytes: &[u8], offset: usize) -> Result<u32, ImageError> {
    let field = bytes.get(offset..offset + 4).ok_or(ImageError::Truncated { offset })?;
    Ok(u32::from_le_bytes(field.try_into().expect("four bytes")))
}

fn read_u64(bytes: &[u8], offset: usize) -> Result<u64, ImageError> {
    Ok(u64::from(read_u32(bytes, offset)?) | u64::from(read_u32(bytes, offset + 4)?) << 32)
}
