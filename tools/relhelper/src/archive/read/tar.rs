//! tar (POSIX.1-2024, pax, "ustar Interchange Format"), with PAX headers and GNU's long names.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::io::Read;

use ::tar::Header;

use super::content::{Content, fill};
use super::number;
use super::path::Names;
use super::pax;
use super::{
    Facts, Limits, Member, MemberKind, MemberPath, ReadError, Refusal, Summary, TarFacts,
    TarFormat, WalkError,
};

const BLOCK_BYTES: usize = 512;
/// Most bytes of a PAX header or long name.
const MAX_EXTENSION_BYTES: u64 = 1024 * 1024;
/// Most zero bytes behind the end: GNU tar fills up to 10 KiB, or to what `--blocking-factor` says.
const MAX_END_BYTES: u64 = 1024 * 1024;
/// The largest size that ustar can say.
const MAX_USTAR_SIZE: u64 = 0o777_7777_7777;

/// Headers that stand in front of the member they speak of.
#[derive(Debug, Default)]
struct Extensions {
    long_name: Option<Vec<u8>>,
    pax: Option<BTreeMap<String, Vec<u8>>>,
}

impl Extensions {
    fn is_empty(&self) -> bool {
        self.long_name.is_none() && self.pax.is_none()
    }
}

pub(super) fn walk<E>(
    input: &mut dyn Read,
    limits: &Limits,
    visit: &mut dyn FnMut(&Member, &mut dyn Read) -> Result<(), E>,
) -> Result<Summary, WalkError<E>> {
    let mut names = Names::default();
    let mut offset = 0_u64;
    let mut extensions = Extensions::default();
    loop {
        let block = block(input).map_err(ReadError::whole)?.ok_or(Refusal::Truncated);
        let block = block.map_err(ReadError::whole)?;
        if block == [0; BLOCK_BYTES] {
            if !extensions.is_empty() {
                return Err(ReadError::whole(Refusal::Truncated).into());
            }
            let tar_padding = end(input).map_err(ReadError::whole)?;
            return Ok(Summary { members: names.members(), tar_padding, ..Summary::default() });
        }
        let header = Header::from_byte_slice(&block);
        let at_header = |refusal| ReadError::member(header.path_bytes(), refusal);
        if !has_checksum(&block) {
            return Err(at_header(Refusal::Checksum).into());
        }
        let header_offset = offset;
        offset += BLOCK_BYTES as u64;
        let size = number::parse("size", &header.as_old().size).map_err(at_header)?;
        let size = u64::try_from(size).map_err(|_| {
            at_header(Refusal::HeaderNumber { field: "size", found: size.to_string() })
        })?;
        let type_flag = header.as_old().linkflag[0];
        if matches!(type_flag, b'L' | b'g' | b'x') {
            names.spend(size.saturating_add(BLOCK_BYTES as u64), limits).map_err(at_header)?;
            let bytes = extension(input, size).map_err(at_header)?;
            offset += padded(size);
            extensions.add(type_flag, bytes).map_err(at_header)?;
            continue;
        }
        let extensions = std::mem::take(&mut extensions);
        let Some(member) =
            member(header, &block, size, &extensions, header_offset).map_err(at_header)?
        else {
            continue;
        };
        let refused = |refusal| ReadError::member(member.path.as_str(), refusal);
        if member.size > limits.member_bytes {
            let limit = limits.member_bytes;
            return Err(refused(Refusal::TooMuch { what: "bytes", limit }).into());
        }
        names.count(BLOCK_BYTES as u64, limits).map_err(refused)?;
        names.add(&member.path, member.kind == MemberKind::Directory, limits).map_err(refused)?;
        Content::new(input, member.size).visit(&member, visit)?;
        padding(input, member.size).map_err(refused)?;
        offset = offset.saturating_add(padded(member.size));
    }
}

impl Extensions {
    fn add(&mut self, type_flag: u8, bytes: Vec<u8>) -> Result<(), Refusal> {
        match type_flag {
            b'L' if self.is_empty() => self.long_name = Some(bytes),
            b'x' if self.is_empty() => self.pax = Some(pax::parse(&bytes)?),
            // A global header speaks of all that follow. The one that `git archive` writes says the commit.
            b'g' if self.is_empty() => {
                if let Some(key) = pax::parse(&bytes)?.into_keys().find(|key| key != "comment") {
                    return Err(Refusal::PaxKey { key });
                }
            }
            _ => return Err(Refusal::RepeatedExtension),
        }
        Ok(())
    }
}

/// The member of a header; nothing for the folder `./`, in which all others are.
fn member(
    header: &Header,
    block: &[u8; BLOCK_BYTES],
    header_size: u64,
    extensions: &Extensions,
    header_offset: u64,
) -> Result<Option<Member>, Refusal> {
    let none = BTreeMap::new();
    let pax = extensions.pax.as_ref().unwrap_or(&none);
    let size = match pax.get("size").map(|size| pax::number(size)).transpose()? {
        // Readers that do not know PAX would read on elsewhere, where the header has a size of its own.
        Some(size) if size != header_size && (header_size != 0 || size <= MAX_USTAR_SIZE) => {
            return Err(Refusal::Size { expected: header_size, found: size });
        }
        Some(size) => size,
        None => header_size,
    };
    let name = match (&extensions.long_name, pax.get("path")) {
        (Some(long), _) => match long.split_last() {
            Some((0, name)) => name.to_vec(),
            _ => long.clone(),
        },
        (None, Some(path)) => path.clone(),
        (None, None) => header.path_bytes().into_owned(),
    };
    let name = String::from_utf8(name).map_err(|_| Refusal::NotUtf8)?;
    let slash = name.ends_with('/');
    let kind = match header.as_old().linkflag[0] {
        b'0' | 0 if slash => return Err(Refusal::FileAndFolder),
        b'0' | 0 => MemberKind::File,
        b'5' => MemberKind::Directory,
        b'1' | b'2' | b'K' => return Err(Refusal::Link),
        b'3' | b'4' => return Err(Refusal::Device),
        b'6' => return Err(Refusal::Fifo),
        b'S' => return Err(Refusal::Sparse),
        other => return Err(Refusal::TypeFlag(other)),
    };
    if kind == MemberKind::Directory && size != 0 {
        return Err(Refusal::DirectoryWithContent);
    }
    let path = name.strip_suffix('/').unwrap_or(&name);
    if kind == MemberKind::Directory && path == "." {
        return Ok(None);
    }
    let path = MemberPath::parse(path.strip_prefix("./").unwrap_or(path))?;
    let mode = number::parse("mode", &header.as_old().mode)?;
    let mode = u32::try_from(mode & 0o7777).unwrap_or_default();
    let mtime = number::parse("mtime", &header.as_old().mtime)?;
    let facts = TarFacts {
        format: match (header.as_ustar(), header.as_gnu()) {
            (Some(_), _) => TarFormat::Ustar,
            (_, Some(_)) => TarFormat::Gnu,
            _ => TarFormat::V7,
        },
        header: Box::new(*block),
        header_offset,
        uid: number::parse("uid", &header.as_old().uid)?,
        gid: number::parse("gid", &header.as_old().gid)?,
        uname: header.username_bytes().unwrap_or_default().to_vec(),
        gname: header.groupname_bytes().unwrap_or_default().to_vec(),
        long_name: extensions.long_name.is_some(),
        pax: pax.clone(),
    };
    let facts = Facts::Tar(Box::new(facts));
    Ok(Some(Member { path, kind, size, mode: Some(mode), mtime: Some(mtime), facts }))
}

/// Whether the checksum of a header is right: the sum of its bytes, with spaces where the checksum is.
pub(super) fn has_checksum(block: &[u8; BLOCK_BYTES]) -> bool {
    let sum: i64 = block[..148].iter().chain(&block[156..]).map(|byte| i64::from(*byte)).sum();
    number::parse("checksum", &block[148..156])
        .is_ok_and(|found| found == sum + 8 * i64::from(b' '))
}

/// The next block; nothing at the end.
fn block(input: &mut dyn Read) -> Result<Option<[u8; BLOCK_BYTES]>, Refusal> {
    let mut block = [0; BLOCK_BYTES];
    match fill(input, &mut block)? {
        0 => Ok(None),
        BLOCK_BYTES => Ok(Some(block)),
        _ => Err(Refusal::Truncated),
    }
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK_BYTES as u64).unwrap_or(u64::MAX)
}

fn padding(input: &mut dyn Read, size: u64) -> Result<(), Refusal> {
    let mut rest = [0; BLOCK_BYTES];
    let length = usize::try_from(padded(size) - size).unwrap_or_default();
    if fill(input, &mut rest[..length])? < length {
        return Err(Refusal::Truncated);
    }
    if rest == [0; BLOCK_BYTES] { Ok(()) } else { Err(Refusal::Padding) }
}

fn extension(input: &mut dyn Read, size: u64) -> Result<Vec<u8>, Refusal> {
    if size > MAX_EXTENSION_BYTES {
        return Err(Refusal::TooMuch {
            what: "bytes of extended header",
            limit: MAX_EXTENSION_BYTES,
        });
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    if fill(input, &mut bytes)? < bytes.len() {
        return Err(Refusal::Truncated);
    }
    padding(input, size)?;
    Ok(bytes)
}

/// What is behind the first of the two zero blocks at the end: the second, and nothing but zeros. Returns how many
/// bytes stand behind the two.
fn end(input: &mut dyn Read) -> Result<u64, Refusal> {
    if block(input)? != Some([0; BLOCK_BYTES]) {
        return Err(Refusal::Truncated);
    }
    let mut length = 0_u64;
    let mut rest = vec![0; 16 * 1024];
    loop {
        let read = fill(input, &mut rest)?;
        length += read as u64;
        if rest[..read].iter().any(|byte| *byte != 0) || length > MAX_END_BYTES {
            return Err(Refusal::Trailing);
        }
        if read < rest.len() {
            return Ok(length);
        }
    }
}
