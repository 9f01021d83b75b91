//! Good archives as our writers and other tools make them, and a corpus of hostile ones.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod edges;

use std::io::{Cursor, Write as _};
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use ::tar::{EntryType, Header};
use expect_test::{Expect, expect};
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;

use super::*;
use crate::archive::entry::{Content as New, Entry, tests_support::Named};
use crate::archive::{Effort, Level};
use crate::facts::SourceDate;

type Seen = Vec<(String, MemberKind, bool, Vec<u8>)>;

fn list(bytes: &[u8], limits: &Limits) -> Result<(Seen, Summary), String> {
    let head = &bytes[..bytes.len().min(Format::HEAD_BYTES)];
    let format = Format::detect(head).ok_or("no format")?;
    let mut seen = Seen::new();
    let visit = |member: &Member, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        seen.push((member.path.to_string(), member.kind, member.is_executable(), bytes));
        Ok::<_, String>(())
    };
    let summary =
        walk(format, Cursor::new(bytes), limits, visit).map_err(|error| error.to_string())?;
    Ok((seen, summary))
}

#[track_caller]
fn refused(bytes: &[u8], expected: Expect) {
    let limits = Limits { members: 20, member_bytes: 1 << 20, ..Limits::default() };
    expected.assert_eq(&list(bytes, &limits).unwrap_err());
    // It is refused as well when nobody looks at the members.
    let format = Format::detect(&bytes[..bytes.len().min(Format::HEAD_BYTES)]).unwrap();
    let error =
        walk(format, Cursor::new(bytes), &limits, |_, _| Ok::<_, ReadError>(())).unwrap_err();
    expected.assert_eq(&error.to_string());
}

fn entries() -> Vec<Entry> {
    let file = |path: &str, executable| Entry {
        path: path.to_owned(),
        content: New::File { from: path.into(), size: path.len() as u64, executable },
    };
    let folder = |path: &str| Entry { path: path.to_owned(), content: New::Directory };
    vec![
        folder("top"),
        file("top/.hidden", false),
        file("top/bin", true),
        file(&format!("top/{}/{}", "d".repeat(120), "n".repeat(120)), false),
        file("top/größe", false),
    ]
}

fn date() -> SourceDate {
    SourceDate::from_seconds(1_700_000_000).unwrap()
}

fn effort() -> Effort {
    Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN }
}

fn our_tar() -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::archive::tar::write(&entries(), date(), &Named, &mut bytes).unwrap();
    bytes
}

fn our_zip() -> Vec<u8> {
    let zip =
        crate::archive::zip::write(effort(), &entries(), date(), &Named, Cursor::new(Vec::new()));
    zip.unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn reads_what_we_write() {
    let tar = our_tar();
    for bytes in [gzip(&tar), tar, our_zip()] {
        let (seen, summary) = list(&bytes, &Limits::default()).unwrap();
        let expected: Seen = entries()
            .into_iter()
            .map(|entry| match entry.content {
                New::Directory => (entry.path, MemberKind::Directory, false, Vec::new()),
                New::File { executable, .. } => {
                    let content = entry.path.clone().into_bytes();
                    (entry.path, MemberKind::File, executable, content)
                }
            })
            .collect();
        assert_eq!(seen, expected);
        assert_eq!(summary.members, 5);
    }
}

#[test]
fn detects_formats_by_their_first_bytes() {
    let tar = our_tar();
    assert_eq!(Format::detect(&tar), Some(Format::Tar));
    assert_eq!(Format::detect(&gzip(&tar)), Some(Format::TarGz));
    assert_eq!(Format::detect(&gzip(b"text")), Some(Format::Gzip));
    assert_eq!(Format::detect(&our_zip()), Some(Format::Zip));
    assert_eq!(Format::detect(&gzip(&[0; 1024])), Some(Format::Gzip));
    assert_eq!(Format::detect(b"text"), None);
    assert_eq!(Format::detect(b""), None);
}

#[test]
fn a_plain_gzip_file_has_one_member() {
    let (seen, summary) = list(&gzip(b"text"), &Limits::default()).unwrap();
    assert_eq!(seen, [("content".to_owned(), MemberKind::File, false, b"text".to_vec())]);
    assert_eq!((summary.members, summary.total_bytes), (1, 4));
    assert_eq!(summary.gzip.unwrap().mtime(), 0);
}

#[test]
fn tells_how_much_there_is_and_where() {
    let records = record("mtime", "1700000000.25");
    let members: [(&[u8], _, &[u8]); 3] =
        [(b"pax", EntryType::XHeader, records.as_bytes()), (b"a", FILE, b"x"), (b"b", FILE, b"")];
    let filled = [tar(&members), vec![0; 512 * 9]].concat();
    let mut offsets = Vec::new();
    let visit = |member: &Member, _: &mut dyn Read| {
        let Facts::Tar(facts) = &member.facts else { panic!("{member:?}") };
        offsets.push(facts.header_offset);
        Ok::<_, ReadError>(())
    };
    let summary = walk(Format::Tar, Cursor::new(&filled), &Limits::default(), visit).unwrap();
    assert_eq!(offsets, [1024, 2048]);
    assert_eq!((summary.members, summary.tar_padding), (2, 512 * 9));
    assert_eq!(summary.total_bytes, filled.len() as u64);

    let mut bytes = zip(&[Zip::new(b"a", b"content"), Zip::new(b"b", b"content")]);
    let length = bytes.len() - 2;
    bytes[length..].copy_from_slice(&[5, 0]);
    bytes.extend(b"words");
    let (_, summary) = list(&bytes, &Limits::default()).unwrap();
    assert_eq!(
        (summary.members, summary.total_bytes, &summary.comment[..]),
        (2, 14, &b"words"[..])
    );
}

#[test]
fn a_zip_file_is_no_stream() {
    let error =
        walk_stream(Format::Zip, &our_zip()[..], &Limits::default(), |_, _| Ok::<_, ReadError>(()));
    assert_eq!(error.unwrap_err().to_string(), "a zip file cannot be read as a stream");
}

#[test]
fn the_error_of_a_visitor_comes_back() {
    let result = walk(Format::Tar, Cursor::new(our_tar()), &Limits::default(), |member, _| {
        Err(member.path.to_string())
    });
    assert!(matches!(result, Err(WalkError::Visit(path)) if path == "top"));
}

/// Whatever is cut off or changed: it is refused, or what is read is what was there. Names and metadata may be other
/// good ones.
fn changed(good: &[u8], bad: &[u8]) {
    let content = |seen: Seen| seen.into_iter().map(|(.., content)| content).collect::<Vec<_>>();
    let good = content(list(good, &Limits::default()).unwrap().0);
    if let Ok((seen, _)) = list(bad, &Limits::default()) {
        assert_eq!(content(seen), good);
    }
}

/// Made once: the property tests need them often.
static GOOD: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| [our_tar(), gzip(&our_tar()), our_zip()]);

#[test]
fn an_appended_byte_is_refused() {
    for good in &*GOOD {
        assert!(list(&[&good[..], b"x"].concat(), &Limits::default()).is_err());
    }
}

proptest! {
    #[test]
    fn a_cut_archive_is_refused(part: prop::sample::Index) {
        for bytes in &*GOOD {
            let length = part.index(bytes.len());
            // A tar that lacks nothing but the filling behind its end would be whole; ours has none.
            prop_assert!(list(&bytes[..length], &Limits::default()).is_err());
        }
    }

    #[test]
    fn a_changed_byte_never_changes_content(place: prop::sample::Index, bit in 0..8_u32) {
        for good in &GOOD[1..] {
            let mut bad = good.clone();
            bad[place.index(good.len())] ^= 1_u8 << bit;
            changed(good, &bad);
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes: Vec<u8>, head in prop::sample::select(vec![&b""[..], b"PK\x05\x06", b"PK\x03\x04", b"\x1f\x8b\x08"])) {
        let bytes = [head, &bytes].concat();
        for format in [Format::Gzip, Format::Tar, Format::TarGz, Format::Zip] {
            let _ = walk(format, Cursor::new(&bytes), &Limits::default(), |_, _| Ok::<_, ReadError>(()));
        }
    }
}

// tar

fn header(name: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_cksum();
    header
}

fn add(tar: &mut Vec<u8>, header: &Header, content: &[u8]) {
    tar.extend(header.as_bytes());
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn tar(members: &[(&[u8], EntryType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in members {
        add(&mut bytes, &header(name, *kind, content.len() as u64), content);
    }
    bytes.extend([0; 1024]);
    bytes
}

fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let length = rest.len() + 2;
    format!("{length:02}{rest}")
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn refuses_names_in_tar_that_lead_elsewhere() {
    let named = |name: &[u8]| tar(&[(name, FILE, b"x")]);
    refused(
        &named(b"a/../../b"),
        expect!["`a/../../b`: the name has `.` or `..`, which lead elsewhere"],
    );
    refused(&named(b"/etc/passwd"), expect!["`/etc/passwd`: the name is absolute"]);
    refused(
        &named(b"a\\b"),
        expect![[
            r"`a\\b`: the name has the character `\u{5c}`, which separates, hides or reorders text"
        ]],
    );
    refused(
        &named(b"C:a"),
        expect![[
            r"`C:a`: the name has the character `\u{3a}`, which separates, hides or reorders text"
        ]],
    );
    refused(
        &named("a\u{202e}b".as_bytes()),
        expect![[
            r"`a\u{202e}b`: the name has the character `\u{202e}`, which separates, hides or reorders text"
        ]],
    );
    refused(&named(b"a//b"), expect!["`a//b`: the name, or a part of it, is empty"]);
    refused(&named(b""), expect!["``: the name, or a part of it, is empty"]);
    refused(
        &named(b"a."),
        expect!["`a.`: a part of the name ends with a dot or a space, which Windows drops"],
    );
    refused(
        &named(b"a\xff"),
        expect!["`a\u{fffd}`: the name is not UTF-8, or does not say that it is"],
    );
    refused(&named(b"a/"), expect!["`a/`: a file and a folder have this name"]);
}

#[test]
fn refuses_names_that_are_there_twice() {
    let twice = |a: &[u8], b: &[u8]| tar(&[(a, FILE, b"x"), (b, FILE, b"y")]);
    refused(&twice(b"a", b"a"), expect!["`a`: the name was there before, as `a`"]);
    refused(&twice(b"a/b", b"A/c"), expect!["`A/c`: the name was there before, as `a`"]);
    refused(
        &twice("Ä".as_bytes(), "ä".as_bytes()),
        expect!["`ä`: the name was there before, as `Ä`"],
    );
    refused(&twice(b"a", b"a/b"), expect!["`a/b`: a file and a folder have this name"]);
    refused(&twice(b"a/b", b"a"), expect!["`a`: a file and a folder have this name"]);
    let folder: (&[u8], _, &[u8]) = (b"a/", EntryType::Directory, b"");
    refused(
        &tar(&[folder, (b"a/b", FILE, b"x"), folder]),
        expect!["`a`: the name was there before, as `a`"],
    );
}

#[test]
fn refuses_what_is_neither_file_nor_folder() {
    let kind = |kind: u8| tar(&[(b"x", EntryType::new(kind), b"")]);
    for (byte, expected) in [
        (b'1', "`x`: it is a link"),
        (b'2', "`x`: it is a link"),
        (b'3', "`x`: it is a device"),
        (b'4', "`x`: it is a device"),
        (b'6', "`x`: it is a named pipe"),
        (b'7', "`x`: the type `7` is not supported"),
        (b'K', "`x`: it is a link"),
        (b'S', "`x`: it is a sparse file"),
        (b'V', "`x`: the type `V` is not supported"),
    ] {
        assert_eq!(list(&kind(byte), &Limits::default()).unwrap_err(), expected);
    }
    refused(&tar(&[(b"d/", EntryType::Directory, b"x")]), expect!["`d/`: a folder with content"]);
}

#[test]
fn refuses_extended_headers_that_readers_read_differently() {
    let with = |records: &str| {
        tar(&[(b"pax", EntryType::XHeader, records.as_bytes()), (b"a", FILE, b"x")])
    };
    refused(&with(&record("size", "999")), expect!["`a`: its size is 999, its headers say 1"]);
    refused(&with(&record("size", "-12")), expect!["`a`: its PAX header is malformed"]);
    refused(
        &with(&record("path", "../../../x")),
        expect!["`a`: the name has `.` or `..`, which lead elsewhere"],
    );
    refused(
        &with(&record("linkpath", "/etc")),
        expect!["`pax`: its PAX header has `linkpath`, which changes what readers see"],
    );
    refused(
        &with(&record("GNU.sparse.major", "1")),
        expect!["`pax`: its PAX header has `GNU.sparse.major`, which changes what readers see"],
    );
    refused(
        &with(&record("SCHILY.realsize", "0")),
        expect!["`pax`: its PAX header has `SCHILY.realsize`, which changes what readers see"],
    );
    refused(
        &with(&record("SUN.holesdata", "0 1")),
        expect!["`pax`: its PAX header has `SUN.holesdata`, which changes what readers see"],
    );
    refused(&with("garbage"), expect!["`pax`: its PAX header is malformed"]);
    let path = record("path", "other");
    let global = tar(&[(b"pax", EntryType::XGlobalHeader, path.as_bytes()), (b"a", FILE, b"x")]);
    refused(&global, expect!["`pax`: its PAX header has `path`, which changes what readers see"]);
    let both = tar(&[
        (b"pax", EntryType::XHeader, path.as_bytes()),
        (b"long", EntryType::GNULongName, b"third\0"),
        (b"a", FILE, b"x"),
    ]);
    refused(&both, expect!["`long`: two headers in front of it say the same thing"]);
    let only = tar(&[(b"pax", EntryType::XHeader, path.as_bytes())]);
    refused(&only, expect!["it ends too early"]);
    let long = tar(&[(b"long", EntryType::GNULongName, b"../x\0"), (b"a", FILE, b"x")]);
    refused(&long, expect!["`a`: the name has `.` or `..`, which lead elsewhere"]);
    let nul = tar(&[(b"long", EntryType::GNULongName, b"a\0b\0"), (b"a", FILE, b"x")]);
    refused(
        &nul,
        expect![[
            r"`a`: the name has the character `\u{0}`, which separates, hides or reorders text"
        ]],
    );
    let mut huge = header(b"pax", EntryType::XHeader, 1 << 40);
    huge.set_cksum();
    refused(
        huge.as_bytes(),
        expect!["`pax`: it has more than 67108864 bytes of names and headers"],
    );
}

#[test]
fn accepts_extended_headers_of_real_tools() {
    let long = "n".repeat(120);
    let with_null = format!("{long}\0");
    let bytes = tar(&[
        (
            b"pax_global_header",
            EntryType::XGlobalHeader,
            record("comment", &"c".repeat(40)).as_bytes(),
        ),
        (b"./", EntryType::Directory, b""),
        (b"././@LongLink", EntryType::GNULongName, with_null.as_bytes()),
        (b"nnn", FILE, b"x"),
        (
            b"pax",
            EntryType::XHeader,
            // bsdtar on macOS, and GNU tar with --xattrs --acls --selinux.
            [
                record("mtime", "1700000000.25"),
                record("LIBARCHIVE.creationtime", "1700000000"),
                record("LIBARCHIVE.xattr.user.a", "Yg"),
                record("RHT.security.selinux", "unconfined_u:object_r:user_home_t:s0"),
                record("SCHILY.acl.access", "user::rw-"),
                record("SCHILY.dev", "65026"),
                record("SCHILY.fflags", "nodump"),
                record("SCHILY.ino", "42"),
                record("SCHILY.nlink", "1"),
                record("SCHILY.xattr.user.a", "b"),
            ]
            .concat()
            .as_bytes(),
        ),
        (b"./a", FILE, b"y"),
    ]);
    let (seen, _) = list(&bytes, &Limits::default()).unwrap();
    assert_eq!(seen.iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(), [&long, "a"]);
}

#[test]
fn refuses_damaged_tars() {
    let good = tar(&[(b"a", FILE, b"x")]);
    let change = |place: usize, byte| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    // `detect` would not call it a tar any more, so a good member comes first.
    let mut wrong_sum = good[..1024].to_vec();
    wrong_sum.extend(change(0, b'b'));
    refused(&wrong_sum, expect!["`b`: the checksum of the tar header is wrong"]);
    refused(&change(600, 1), expect!["`a`: the padding behind it is not zero"]);
    refused(&change(1600, 1), expect!["it ends too early"]);
    refused(&good[..1536], expect!["it ends too early"]);
    refused(&good[..1024], expect!["it ends too early"]);
    refused(&good[..700], expect!["`a`: it ends too early"]);
    refused(&[&good[..], &[0; 512], b"x"].concat(), expect!["there is data behind its end"]);
    refused(&[&good[..], &good].concat(), expect!["there is data behind its end"]);
    let mut number = header(b"a", FILE, 0);
    number.as_old_mut().size.copy_from_slice(b"+0000000001\0");
    number.set_cksum();
    refused(
        number.as_bytes(),
        expect![[r"`a`: the field `size` of its header is not a number: `+0000000001\x00`"]],
    );
    let mut negative = header(b"a", FILE, 0);
    negative.as_old_mut().size = [0xff; 12];
    negative.set_cksum();
    refused(
        negative.as_bytes(),
        expect!["`a`: the field `size` of its header is not a number: -1"],
    );
    let mut lying = Vec::new();
    add(&mut lying, &header(b"a", FILE, 1 << 19), b"x");
    refused(&lying, expect!["`a`: its size is 512, its headers say 524288"]);
    let mebibyte = vec![0; 1 << 20];
    assert!(list(&[&good[..], &mebibyte].concat(), &Limits::default()).is_ok());
    refused(&[&good[..], &mebibyte, &[0]].concat(), expect!["there is data behind its end"]);
}

#[test]
fn refuses_more_than_the_limits() {
    let many: Vec<_> = (0..21_u8).map(|n| [b'a' + n]).collect();
    let many: Vec<_> = many.iter().map(|name| (&name[..], FILE, &b""[..])).collect();
    refused(&tar(&many), expect!["`u`: it has more than 20 members"]);
    let large = vec![b'x'; (1 << 20) + 1];
    refused(&tar(&[(b"a", FILE, &large)]), expect!["`a`: it has more than 1048576 bytes"]);
    let limits = Limits { total_bytes: 2000, ..Limits::default() };
    let error = list(&tar(&[(b"a", FILE, &[b'x'; 3000])]), &limits).unwrap_err();
    assert_eq!(error, "`a`: it has more than 2000 bytes");
    let limits = Limits { metadata_bytes: 100, ..Limits::default() };
    let deep = format!("{}a", "d/".repeat(40));
    let error = list(&tar(&[(deep.as_bytes(), FILE, b"")]), &limits).unwrap_err();
    assert!(error.ends_with("it has more than 100 bytes of names and headers"), "{error}");
}

#[test]
fn refuses_bombs() {
    // 66 MiB of zeros in 70 KiB: a thousand to one.
    let zeros = vec![0; 66 << 20];
    let bomb = gzip(&tar(&[(b"a", FILE, &zeros)]));
    assert!(bomb.len() < 100_000);
    let expected = "`a`: it has more than 250 times the bytes it is compressed to";
    assert_eq!(list(&bomb, &Limits::default()).unwrap_err(), expected);
    assert_eq!(list(&zip(&[Zip::new(b"a", &zeros)]), &Limits::default()).unwrap_err(), expected);
    assert!(list(&bomb, &Limits { ratio: 2000, ..Limits::default() }).is_ok());
}

// gzip

#[test]
fn refuses_gzip_with_anything_behind_it() {
    let good = gzip(&our_tar());
    refused(&[&good[..], &good].concat(), expect!["there is another gzip member behind the first"]);
    refused(&[&good[..], b"x"].concat(), expect!["there is data behind its end"]);
    let mut bad = good.clone();
    let crc = bad.len() - 8;
    bad[crc] ^= 1;
    refused(
        &bad,
        expect![
            "its compressed data is damaged: corrupt gzip stream does not have a matching checksum"
        ],
    );
    let mut reserved = good;
    reserved[3] |= 0x80;
    let error = list(&reserved, &Limits::default()).unwrap_err();
    assert_eq!(error, "its compressed data is damaged: it has no header of gzip");
}

// zip

/// A zip file made byte by byte, so that it can lie.
#[derive(Clone)]
struct Zip {
    name: Vec<u8>,
    local_name: Vec<u8>,
    flags: u16,
    method: u16,
    crc32: u32,
    data: Vec<u8>,
    local_compressed: u32,
    local_size: u32,
    compressed: u32,
    size: u32,
    attributes: u32,
    offset: Option<u32>,
    behind: Vec<u8>,
    extra: Vec<u8>,
}

impl Zip {
    fn new(name: &[u8], content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        let data = encoder.finish().unwrap();
        let (compressed, size) =
            (data.len().try_into().unwrap(), content.len().try_into().unwrap());
        Self {
            name: name.to_vec(),
            local_name: name.to_vec(),
            flags: 0,
            method: 8,
            crc32: crc32fast::hash(content),
            data,
            local_compressed: compressed,
            local_size: size,
            compressed,
            size,
            attributes: 0o100_644 << 16,
            offset: None,
            behind: Vec::new(),
            extra: Vec::new(),
        }
    }

    fn put(&self, bytes: &mut Vec<u8>, sizes: [u32; 2]) {
        bytes.extend(20_u16.to_le_bytes());
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0, 0, 0x21, 0]);
        bytes.extend(self.crc32.to_le_bytes());
        bytes.extend(sizes.map(u32::to_le_bytes).concat());
    }
}

fn lengths(bytes: &mut Vec<u8>, name: &[u8], extra: &[u8]) {
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(extra.len()).unwrap().to_le_bytes());
}

fn zip(members: &[Zip]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let offset = member.offset.unwrap_or(u32::try_from(bytes.len()).unwrap());
        bytes.extend(b"PK\x03\x04");
        member.put(&mut bytes, [member.local_compressed, member.local_size]);
        lengths(&mut bytes, &member.local_name, &member.extra);
        bytes
            .extend([&member.local_name[..], &member.extra, &member.data, &member.behind].concat());
        directory.extend(b"PK\x01\x02\x14\x03");
        member.put(&mut directory, [member.compressed, member.size]);
        lengths(&mut directory, &member.name, &member.extra);
        directory.extend([0; 6]);
        directory.extend(member.attributes.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend([&member.name[..], &member.extra].concat());
    }
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[track_caller]
fn refused_zip(change: impl FnOnce(&mut Zip), expected: Expect) {
    let mut member = Zip::new(b"a", b"content");
    change(&mut member);
    refused(&zip(&[member]), expected);
}

#[test]
fn the_zip_of_these_tests_is_good_before_it_is_made_bad() {
    let good = zip(&[Zip::new(b"a", b"content"), Zip { attributes: 0, ..Zip::new(b"d/", b"") }]);
    assert_eq!(list(&good, &Limits::default()).unwrap().0.len(), 2);
    assert_eq!(list(&zip(&[]), &Limits::default()).unwrap().0.len(), 0);
}

#[test]
fn refuses_names_in_zip_that_lead_elsewhere() {
    let named = |name: &'static [u8]| {
        move |zip: &mut Zip| {
            zip.name = name.to_vec();
            zip.local_name = name.to_vec();
        }
    };
    refused_zip(named(b"../a"), expect!["`../a`: the name has `.` or `..`, which lead elsewhere"]);
    refused_zip(named(b"/a"), expect!["`/a`: the name is absolute"]);
    refused_zip(
        named(b"..\\a"),
        expect![[
            r"`..\\a`: the name has the character `\u{5c}`, which separates, hides or reorders text"
        ]],
    );
    refused_zip(
        named("ä".as_bytes()),
        expect!["`ä`: the name is not UTF-8, or does not say that it is"],
    );
    let twice = [Zip::new(b"a", b"1"), Zip::new(b"A", b"2")];
    refused(&zip(&twice), expect!["`A`: the name was there before, as `a`"]);
}

#[test]
fn refuses_a_zip_that_says_two_things() {
    refused_zip(
        |zip| zip.local_name = b"b".to_vec(),
        expect!["`a`: local header and central directory do not agree on its name"],
    );
    refused_zip(
        |zip| zip.local_size = 3,
        expect!["`a`: local header and central directory do not agree on its size"],
    );
    refused_zip(
        |zip| zip.local_compressed = 3,
        expect!["`a`: local header and central directory do not agree on its compressed size"],
    );
    refused_zip(
        |zip| (zip.local_size, zip.size) = (3, 3),
        expect!["`a`: its size is 4, its headers say 3"],
    );
    refused_zip(
        |zip| (zip.local_size, zip.size) = (30, 30),
        expect!["`a`: its size is 7, its headers say 30"],
    );
    refused_zip(
        |zip| zip.crc32 = 1,
        expect!["`a`: its compressed data is damaged: its CRC-32 is wrong"],
    );
    refused_zip(
        |zip| (zip.local_size, zip.size) = (2 << 20, 2 << 20),
        expect!["`a`: it has more than 1048576 bytes"],
    );
    refused_zip(
        |zip| zip.extra = b"\x75\x70\x06\0\x01\0\0\0\0b".to_vec(),
        expect!["`a`: local header and central directory do not agree on its name"],
    );
    refused_zip(
        |zip| zip.extra = b"\x75\x70\x06".to_vec(),
        expect!["`a`: the zip records are malformed: its extra field is malformed"],
    );
    refused_zip(
        |zip| zip.attributes = 0o040_755 << 16,
        expect!["`a`: a file and a folder have this name"],
    );
}

#[test]
fn refuses_kinds_and_compressions_that_it_cannot_read() {
    refused_zip(|zip| zip.attributes = 0o120_777 << 16, expect!["`a`: it is a link"]);
    refused_zip(|zip| zip.attributes = 0o020_777 << 16, expect!["`a`: it is a device"]);
    refused_zip(|zip| zip.attributes = 0o010_777 << 16, expect!["`a`: it is a named pipe"]);
    refused_zip(|zip| zip.flags = 1, expect!["`a`: it is encrypted"]);
    refused_zip(
        |zip| zip.flags = 1 << 5,
        expect!["`a`: the general-purpose flags 0x0020 are not supported"],
    );
    refused_zip(|zip| zip.method = 93, expect!["`a`: compression method 93 is not supported"]);
}

#[test]
fn refuses_data_that_belongs_to_nothing_or_to_two() {
    refused_zip(
        |zip| zip.behind = b"x".to_vec(),
        expect!["`a`: bytes at offset 40 belong to no member"],
    );
    let good = zip(&[Zip::new(b"a", b"content")]);
    refused(&[&good[..], b"x"].concat(), expect!["there is data behind its end"]);
    // Readers that correct the offsets would accept this one.
    let prefixed = [&good[..4], b"xxxx", &good[..]].concat();
    assert!(list(&prefixed, &Limits::default()).is_err());
    let overlapping =
        [Zip::new(b"a", b"content"), Zip { offset: Some(0), ..Zip::new(b"a", b"content") }];
    assert!(list(&zip(&overlapping), &Limits::default()).is_err());
    // A member inside the stored data of another: each header is right by itself.
    let inner = zip(&[Zip::new(b"b", b"inner")]);
    let inner_end = inner.len() - 22 - 47;
    let mut outer = Zip::new(b"a", b"");
    outer.method = 0;
    outer.data = inner[..inner_end].to_vec();
    outer.crc32 = crc32fast::hash(&outer.data);
    let size = u32::try_from(inner_end).unwrap();
    (outer.compressed, outer.size, outer.local_compressed, outer.local_size) =
        (size, size, size, size);
    let mut bytes = zip(&[outer, Zip::new(b"b", b"inner")]);
    // The central directory's last record points into the first member, the second is cut out.
    let second = 31 + inner_end;
    bytes.drain(second..second + inner_end);
    let start = bytes.len() - 22 - 2 * 47;
    let patch = |bytes: &mut Vec<u8>, place: usize, value: usize| {
        bytes[place..place + 4].copy_from_slice(&u32::try_from(value).unwrap().to_le_bytes());
    };
    patch(&mut bytes, start + 47 + 42, 31);
    let end = bytes.len();
    patch(&mut bytes, end - 6, start);
    refused(&bytes, expect!["`a`: its data overlaps that of another member"]);
    // Deflate ends before its data does.
    refused_zip(
        |zip| {
            zip.data.extend(b"hidden");
            zip.compressed += 6;
            zip.local_compressed += 6;
        },
        expect!["`a`: there is data behind its end"],
    );
}

#[test]
fn data_descriptors_must_say_the_same() {
    let with = |descriptor: Vec<u8>| {
        let mut member = Zip::new(b"a", b"content");
        member.flags = 8;
        (member.local_compressed, member.local_size) = (0, 0);
        member.behind = descriptor;
        zip(&[member])
    };
    let member = Zip::new(b"a", b"content");
    let good = [member.crc32, member.compressed, member.size].map(u32::to_le_bytes).concat();
    assert!(list(&with(good.clone()), &Limits::default()).is_ok());
    assert!(list(&with([b"PK\x07\x08", &good[..]].concat()), &Limits::default()).is_ok());
    let mut bad = good.clone();
    bad[8] += 1;
    refused(
        &with(bad),
        expect!["`a`: local header and central directory do not agree on its data descriptor"],
    );
    refused(&with(Vec::new()), expect!["`a`: bytes at offset 40 belong to no member"]);
    refused(
        &with([&good[..], b"x"].concat()),
        expect!["`a`: bytes at offset 40 belong to no member"],
    );
}

#[test]
fn end_records_must_say_what_the_file_has() {
    let good = zip(&[Zip::new(b"a", b"content"), Zip::new(b"b", b"content")]);
    let end = good.len() - 22;
    // The number of members, twice; size and place of the directory; the numbers of disks.
    for place in [4, 6, 8, 10, 12] {
        let mut bad = good.clone();
        bad[end + place] ^= 1;
        assert!(list(&bad, &Limits::default()).is_err(), "{place}");
    }
    let comment = [&good[..end + 20], &22_u16.to_le_bytes(), &good[end..]].concat();
    assert!(list(&comment, &Limits::default()).is_err());
}

/// Puts `hidden` between the directory and the end record, as the comment of the last member.
fn with_last_comment(good: &[u8], hidden: &[u8]) -> Vec<u8> {
    let end = good.len() - 22;
    let mut bytes = [&good[..end], hidden, &good[end..]].concat();
    // One member with a name of one byte: its record has 47 bytes, and the comment's length is at 32.
    let length = u16::try_from(hidden.len()).unwrap().to_le_bytes();
    bytes[end - 47 + 32..end - 47 + 34].copy_from_slice(&length);
    let size = u32::try_from(47 + hidden.len()).unwrap().to_le_bytes();
    let place = bytes.len() - 10;
    bytes[place..place + 4].copy_from_slice(&size);
    bytes
}

#[test]
fn a_last_comment_must_not_lead_to_another_directory() {
    let good = zip(&[Zip::new(b"a", b"content")]);
    let harmless = with_last_comment(&good, &[b' '; 200]);
    assert_eq!(list(&harmless, &Limits::default()).unwrap().0.len(), 1);

    // For zipfile of CPython 3.11 this archive has the file `b` alone: it is all there, in the comment.
    let front = good.len() - 22;
    let evil = Zip { offset: Some(front.try_into().unwrap()), ..Zip::new(b"b", b"evil") };
    let other = zip(&[evil]);
    let (local, record) = other[..other.len() - 22].split_at(other.len() - 22 - 47);
    let start = front + local.len();
    let number = |value: usize| (value as u64).to_le_bytes();
    let end = [
        &b"PK\x06\x06"[..],
        &number(44),
        &[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &number(1),
        &number(1),
        &number(record.len()),
        &number(start),
    ]
    .concat();
    let locator =
        [&b"PK\x06\x07\0\0\0\0"[..], &number(start + record.len()), &[1, 0, 0, 0]].concat();
    let hidden = [local, record, &end, &locator].concat();
    refused(
        &with_last_comment(&good, &hidden),
        expect!["the zip records are malformed: in front of its end record is a ZIP64 locator"],
    );
}
