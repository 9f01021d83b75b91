//! What stands exactly at a limit and one beyond it, readers that fail, and the two records of ZIP64.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io;
use std::rc::Rc;

use super::content::Guard;
use super::*;

fn accepts(bytes: &[u8], limits: Limits) -> bool {
    list(bytes, &limits).is_ok()
}

/// Is interrupted before every byte, and fails behind `left` of them.
struct Broken<'a> {
    inner: Cursor<&'a [u8]>,
    interrupt: bool,
    left: usize,
}

impl<'a> Broken<'a> {
    fn new(bytes: &'a [u8], left: usize) -> Self {
        Self { inner: Cursor::new(bytes), interrupt: false, left }
    }
}

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.left == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let most = buffer.len().min(self.left);
        let length = self.inner.read(&mut buffer[..most])?;
        self.left -= length;
        Ok(length)
    }
}

impl Seek for Broken<'_> {
    fn seek(&mut self, place: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(place)
    }
}

const FORMATS: [Format; 3] = [Format::Tar, Format::TarGz, Format::Zip];

#[test]
fn what_is_interrupted_goes_on() {
    let good = [(Format::Gzip, gzip(b"text"))];
    for (format, bytes) in FORMATS.into_iter().zip(GOOD.iter().cloned()).chain(good) {
        for is_read in [false, true] {
            let visit = |_: &Member, content: &mut dyn Read| {
                if is_read { io::copy(content, &mut io::sink()).map(drop) } else { Ok(()) }
            };
            walk(format, Broken::new(&bytes, usize::MAX), &Limits::default(), visit).unwrap();
        }
    }
}

#[test]
fn a_buffer_is_filled_though_it_is_interrupted() {
    let mut buffer = [0; 3];
    assert_eq!(fill(&mut Broken::new(b"ab", usize::MAX), &mut buffer).unwrap(), 2);
    assert_eq!(&buffer, b"ab\0");
}

#[test]
fn what_cannot_be_read_is_not_called_bad() {
    let error = |format, reader: Broken<'_>| {
        let visit = |_: &Member, _: &mut dyn Read| Ok::<_, ReadError>(());
        match walk(format, reader, &Limits::default(), visit).unwrap_err() {
            WalkError::Archive(error) | WalkError::Visit(error) => error,
        }
    };
    for (format, bytes) in FORMATS.into_iter().zip(&*GOOD) {
        for left in [0, 5, bytes.len() / 2, bytes.len() - 1] {
            let found = error(format, Broken::new(bytes, left));
            assert!(found.is_unreadable(), "{format:?} {left}: {found}");
            assert!(found.to_string().ends_with("it cannot be read: permission denied"), "{found}");
        }
        let cut = &bytes[..bytes.len() - 30];
        assert!(!error(format, Broken::new(cut, usize::MAX)).is_unreadable());
    }
}

#[test]
fn the_error_of_a_visitor_comes_before_what_is_wrong_behind_it() {
    let whole = tar(&[(b"a", FILE, &[b'x'; 600])]);
    let cut = Cursor::new(&whole[..700]);
    let result = walk(Format::Tar, cut, &Limits::default(), |_, _| Err("enough"));
    assert!(matches!(result, Err(WalkError::Visit("enough"))));
}

#[test]
fn names_are_as_long_as_file_systems_hold() {
    let name = |length| "n".repeat(length);
    assert!(MemberPath::parse(&name(255)).is_ok());
    assert_eq!(MemberPath::parse(&name(256)), Err(PathDefect::Length { found: 256 }));
    let deep = |depth| vec!["d"; depth].join("/");
    assert!(MemberPath::parse(&deep(128)).is_ok());
    assert_eq!(MemberPath::parse(&deep(129)), Err(PathDefect::Depth));
    let long = format!("{}{}", format!("{}/", name(127)).repeat(31), name(128));
    assert_eq!(MemberPath::parse(&long).unwrap().as_str().len(), 4096);
    let long = format!("{long}n");
    assert_eq!(MemberPath::parse(&long), Err(PathDefect::Length { found: 4097 }));
    let path = MemberPath::parse("a/b").unwrap();
    assert_eq!(path.below("top".as_ref()), std::path::Path::new("top").join("a").join("b"));
}

#[test]
fn what_is_exactly_as_large_as_the_limits_is_read() {
    let one = tar(&[(b"abc", FILE, b"content")]);
    let packed = zip(&[Zip::new(b"abc", b"content")]);
    // Header, and twice the name.
    let whole = one.len() as u64;
    for (bytes, metadata, total) in
        [(&one, 512 + 6, whole), (&gzip(&one), 512 + 6, whole), (&packed, 46 + 3 + 6, 7)]
    {
        for (metadata_bytes, total_bytes, member_bytes) in [
            (metadata, total, 7),
            (metadata - 1, total, 7),
            (metadata, total - 1, 7),
            (metadata, total, 6),
        ] {
            let limits = Limits { member_bytes, metadata_bytes, total_bytes, ..Limits::default() };
            let is_enough = (metadata_bytes, total_bytes, member_bytes) == (metadata, total, 7);
            assert_eq!(accepts(bytes, limits), is_enough, "{limits:?}");
        }
    }
    assert!(accepts(&gzip(b"text"), Limits { member_bytes: 4, ..Limits::default() }));
    assert!(!accepts(&gzip(b"text"), Limits { member_bytes: 3, ..Limits::default() }));
}

#[test]
fn a_ratio_counts_only_in_large_archives() {
    assert!(accepts(&gzip(&vec![0; 1 << 20]), Limits { ratio: 1, ..Limits::default() }));
    let free = Limits::RATIO_FREE_BYTES;
    let came_out = |before, compressed| {
        let limits = Limits { ratio: 2, ..Limits::default() };
        let compressed = Rc::new(std::cell::Cell::new(compressed));
        Guard::inflated(&b"x"[..], compressed, before, &limits).read(&mut [0]).is_ok()
    };
    assert!(came_out(free - 1, 0) && !came_out(free, 0));
    assert!(came_out(free + 1, free / 2 + 1) && !came_out(free + 2, free / 2 + 1));
}

#[test]
fn headers_that_speak_of_a_member_fit_it_and_their_limits() {
    let extended = |kind, size, content: &[u8]| {
        let mut bytes = Vec::new();
        add(&mut bytes, &header(b"extended", kind, size), content);
        bytes.extend(tar(&[(b"a", FILE, b"x")]));
        bytes
    };
    let name = |size: usize| extended(EntryType::GNULongName, size as u64, &vec![b'n'; size]);
    refused(
        &name(1 << 20),
        expect!["`a`: the name, or a part of it, has 1048576 bytes, more than a file system holds"],
    );
    refused(
        &name((1 << 20) + 1),
        expect!["`extended`: it has more than 1048576 bytes of extended header"],
    );
    let cut = extended(EntryType::GNULongName, 512, b"n");
    refused(&cut[..600], expect!["`extended`: it ends too early"]);

    let [long, pax] = [EntryType::GNULongName, EntryType::XHeader];
    let (path, comment) = (record("path", "b"), record("comment", "c"));
    for (first, second) in [
        ((long, &b"b"[..]), (long, &b"b"[..])),
        ((long, b"b"), (pax, path.as_bytes())),
        ((pax, path.as_bytes()), (pax, path.as_bytes())),
        ((pax, path.as_bytes()), (EntryType::XGlobalHeader, comment.as_bytes())),
    ] {
        let members = [(&b"one"[..], first.0, first.1), (b"two", second.0, second.1)];
        refused(&tar(&members), expect!["`two`: two headers in front of it say the same thing"]);
    }
}

#[test]
fn a_size_in_pax_is_that_of_the_header_or_one_that_it_cannot_say() {
    let sized = |pax: u64, size: u64| {
        let records = format!("{} size={pax}\n", format!("00 size={pax}\n").len());
        let mut bytes = Vec::new();
        add(
            &mut bytes,
            &header(b"pax", EntryType::XHeader, records.len() as u64),
            records.as_bytes(),
        );
        add(&mut bytes, &header(b"a", FILE, size), b"x");
        bytes.extend([0; 1024]);
        let limits = Limits { member_bytes: u64::MAX, ..Limits::default() };
        list(&bytes, &limits).err().unwrap_or_default()
    };
    let largest = 0o777_7777_7777;
    assert_eq!(sized(1, 1), "");
    assert_eq!(sized(largest + 1, 1), "`a`: its size is 8589934592, its headers say 1");
    assert_eq!(sized(largest, 0), "`a`: its size is 8589934591, its headers say 0");
    // What is there then is too little.
    assert_eq!(sized(largest + 1, 0), "`a`: its size is 1536, its headers say 8589934592");
}

#[test]
fn knows_the_three_kinds_of_tar() {
    for (mut header, expected) in [
        (Header::new_ustar(), TarFormat::Ustar),
        (Header::new_gnu(), TarFormat::Gnu),
        (Header::new_old(), TarFormat::V7),
    ] {
        header.as_old_mut().name[0] = b'a';
        header.set_entry_type(FILE);
        for set in [Header::set_mtime, Header::set_uid, Header::set_gid, Header::set_size] {
            set(&mut header, 0);
        }
        header.set_mode(0o644);
        header.set_cksum();
        let bytes = [header.as_bytes(), &[0; 1024][..]].concat();
        let visit = |member: &Member, _: &mut dyn Read| match &member.facts {
            Facts::Tar(facts) => Err(facts.format),
            _ => Ok(()),
        };
        let found = walk(Format::Tar, Cursor::new(&bytes), &Limits::default(), visit);
        assert!(matches!(found, Err(WalkError::Visit(format)) if format == expected));
    }
    assert_eq!(Format::detect(&[0; 1024]), Some(Format::Tar));
    assert_eq!(Format::detect(&[0; 1023]), None);
    assert_eq!(Format::detect(&[[0; 1023].as_slice(), &[1]].concat()), None);
}

#[test]
fn tells_what_the_header_of_gzip_says() {
    let builder = flate2::GzBuilder::new().mtime(7).operating_system(9);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"text").unwrap();
    let bytes = encoder.finish().unwrap();
    let header = list(&bytes, &Limits::default()).unwrap().1.gzip.unwrap();
    assert_eq!((header.mtime(), header.extra_flags(), header.operating_system()), (7, 2, 9));
    refused(&bytes[..bytes.len() - 1], expect!["it ends too early"]);
}

#[test]
fn a_local_header_says_the_same_or_with_a_descriptor_nothing() {
    // Of the local header: CRC-32, compressed size, size.
    for (place, field) in [(14, "CRC-32"), (18, "compressed size"), (22, "size")] {
        for has_descriptor in [false, true] {
            let mut member = Zip::new(b"a", b"content");
            if has_descriptor {
                member.flags = 8;
                member.behind =
                    [member.crc32, member.compressed, member.size].map(u32::to_le_bytes).concat();
            }
            let good = zip(&[member]);
            assert!(accepts(&good, Limits::default()));
            let with = |value: [u8; 4]| {
                let mut bytes = good.clone();
                bytes[place..place + 4].copy_from_slice(&value);
                list(&bytes, &Limits::default()).map(drop)
            };
            let refusal =
                format!("`a`: local header and central directory do not agree on its {field}");
            let nothing = if has_descriptor { Ok(()) } else { Err(refusal.clone()) };
            assert_eq!(with([0; 4]), nothing);
            assert_eq!(with([1, 0, 0, 0]), Err(refusal));
        }
    }
}

#[test]
fn extra_fields_that_say_nothing_else_are_read() {
    // A time; the same name once more.
    for extra in [&b"UT\x05\0\x01\0\0\0\0"[..], b"\x75\x70\x06\0\x01\0\0\0\0a"] {
        let member = Zip { extra: extra.to_vec(), ..Zip::new(b"a", b"content") };
        assert!(accepts(&zip(&[member.clone(), Zip::new(b"b", b"")]), Limits::default()));
    }
}

#[test]
fn a_member_that_would_stand_behind_the_end_is_not_there() {
    let length = u32::try_from(zip(&[Zip::new(b"a", b"content")]).len()).unwrap();
    for offset in [length - 10, length, length + 1000] {
        let lost = Zip { offset: Some(offset), ..Zip::new(b"a", b"content") };
        refused(&zip(&[lost]), expect!["`a`: it ends too early"]);
    }
}

/// `zip` with the two records of ZIP64 in front of its end record.
fn zip64(zip: &[u8]) -> Vec<u8> {
    let (front, end) = zip.split_at(zip.len() - 22);
    let number = |from: usize, length: usize| {
        end[from..from + length].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    };
    let (count, size, start) = (number(8, 2), number(12, 4), number(16, 4));
    let record = [
        &b"PK\x06\x06"[..],
        &44_u64.to_le_bytes(),
        &[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[count, count, size, start].map(u64::to_le_bytes).concat(),
    ];
    let place = (front.len() as u64).to_le_bytes();
    let locator = [&b"PK\x06\x07\0\0\0\0"[..], &place, &[1, 0, 0, 0]];
    [front, &record.concat(), &locator.concat(), end].concat()
}

#[test]
fn the_records_of_zip64_must_say_what_the_file_has() {
    let plain = zip64(&zip(&[Zip::new(b"a", b"content"), Zip::new(b"b", b"content")]));
    let end = plain.len() - 22;
    let mut marked = plain.clone();
    marked[end + 8..end + 20].fill(0xff);
    for good in [&plain, &marked] {
        assert_eq!(list(good, &Limits::default()).unwrap().0.len(), 2);
        // All but the versions, and the number of disks, which is 0 or 1.
        let record = (0..12).chain(16..72);
        for place in record.map(|place| end - 76 + place).chain(end + 4..end + 20) {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(!accepts(&bad, Limits::default()), "{}", place - (end - 76));
        }
        for (disks, is_good) in [(0, true), (2, false)] {
            let mut bytes = good.clone();
            bytes[end - 4] = disks;
            assert_eq!(accepts(&bytes, Limits::default()), is_good);
        }
        for place in [end - 76, end - 20, end] {
            let between = [&good[..place], b"x", &good[place..]].concat();
            assert!(!accepts(&between, Limits::default()));
        }
    }
}
