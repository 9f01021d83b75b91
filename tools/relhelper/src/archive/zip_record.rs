//! The records of a zip file, as PKWARE's APPNOTE.TXT 6.3.10 lays them out.
//!
//! No extra field is written except the ZIP64 one (section 4.5.3), and that only where 32 bits are
//! too few.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::facts::SourceDate;

/// In a 32-bit field: "look into the ZIP64 field".
const IN_ZIP64: u32 = u32::MAX;
const UTF8_FLAG: u16 = 1 << 11;
const UNIX: u16 = 3 << 8;
const DOS_DIRECTORY: u32 = 0x10;
/// PKZIP 2.0 knows deflate and folders; 4.5 knows ZIP64.
const VERSION_DEFLATE: u16 = 20;
const VERSION_ZIP64: u16 = 45;

/// One member; the local header and the central directory are both written from it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub path: String,
    /// File type and permission bits, as in `st_mode`.
    pub unix_mode: u32,
    pub deflated: bool,
    pub time: DosTime,
    pub crc32: u32,
    pub compressed_bytes: u64,
    pub input_bytes: u64,
    /// Where the local header begins.
    pub offset: u64,
    /// Whether room for 64-bit sizes is kept; decided before the sizes are known.
    pub zip64: bool,
}

impl Member {
    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(64 + self.path.len());
        put32(&mut record, 0x0403_4b50);
        put16(&mut record, self.version());
        self.common(&mut record);
        let extra = if self.zip64 {
            zip64_extra(&[self.input_bytes, self.compressed_bytes])
        } else {
            Vec::new()
        };
        put_len16(&mut record, extra.len());
        record.extend(self.path.as_bytes());
        record.extend(extra);
        record
    }

    pub(super) fn central_header(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(64 + self.path.len());
        let far = self.offset >= u64::from(IN_ZIP64);
        let mut wide =
            if self.zip64 { vec![self.input_bytes, self.compressed_bytes] } else { Vec::new() };
        wide.extend(far.then_some(self.offset));
        let version = if far { VERSION_ZIP64 } else { self.version() };
        put32(&mut record, 0x0201_4b50);
        put16(&mut record, UNIX | version);
        put16(&mut record, version);
        self.common(&mut record);
        let extra = if wide.is_empty() { Vec::new() } else { zip64_extra(&wide) };
        put_len16(&mut record, extra.len());
        // No comment, first disk, no internal attributes.
        record.extend([0; 6]);
        let directory = if self.path.ends_with('/') { DOS_DIRECTORY } else { 0 };
        put32(&mut record, self.unix_mode << 16 | directory);
        put32(&mut record, narrow(self.offset));
        record.extend(self.path.as_bytes());
        record.extend(extra);
        record
    }

    fn version(&self) -> u16 {
        if self.zip64 { VERSION_ZIP64 } else { VERSION_DEFLATE }
    }

    /// The fields both headers share, from the flags to the length of the name.
    fn common(&self, record: &mut Vec<u8>) {
        put16(record, UTF8_FLAG);
        put16(record, if self.deflated { 8 } else { 0 });
        put16(record, self.time.time);
        put16(record, self.time.date);
        put32(record, self.crc32);
        for size in [self.compressed_bytes, self.input_bytes] {
            put32(record, if self.zip64 { IN_ZIP64 } else { narrow(size) });
        }
        put_len16(record, self.path.len());
    }
}

/// What closes the archive, given the number of members and where their central headers are.
pub(super) fn end(members: u64, offset: u64, length: u64) -> Vec<u8> {
    let mut record = Vec::new();
    let limit = u64::from(IN_ZIP64);
    if members >= u64::from(u16::MAX) || offset >= limit || length >= limit {
        put32(&mut record, 0x0606_4b50);
        put64(&mut record, 44);
        put16(&mut record, UNIX | VERSION_ZIP64);
        put16(&mut record, VERSION_ZIP64);
        // This disk, and the disk on which the central directory begins.
        record.extend([0; 8]);
        for value in [members, members, length, offset] {
            put64(&mut record, value);
        }
        // Locator: disk of the record above, where it is, number of disks.
        put32(&mut record, 0x0706_4b50);
        put32(&mut record, 0);
        put64(&mut record, offset + length);
        put32(&mut record, 1);
    }
    put32(&mut record, 0x0605_4b50);
    record.extend([0; 4]);
    let members = u16::try_from(members).unwrap_or(u16::MAX);
    put16(&mut record, members);
    put16(&mut record, members);
    put32(&mut record, narrow(length));
    put32(&mut record, narrow(offset));
    put16(&mut record, 0);
    record
}

/// A date and time as MS-DOS kept them: no zone (we mean UTC), two-second steps, 1980 to 2107.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DosTime {
    time: u16,
    date: u16,
}

impl From<SourceDate> for DosTime {
    fn from(date: SourceDate) -> Self {
        let utc = date.utc();
        match utc.year {
            ..1980 => Self::pack(0, 1, 1, 0, 0, 0),
            1980..=2107 => {
                Self::pack(utc.year - 1980, utc.month, utc.day, utc.hour, utc.minute, utc.second)
            }
            2108.. => Self::pack(127, 12, 31, 23, 59, 58),
        }
    }
}

impl DosTime {
    fn pack(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> Self {
        let narrow = |bits: u64| u16::try_from(bits).expect("each part has its bits");
        Self {
            time: narrow((hour << 11) | (minute << 5) | (second / 2)),
            date: narrow((year << 9) | (month << 5) | day),
        }
    }
}

fn zip64_extra(values: &[u64]) -> Vec<u8> {
    let mut extra = Vec::new();
    put16(&mut extra, 1);
    put_len16(&mut extra, values.len() * 8);
    for value in values {
        put64(&mut extra, *value);
    }
    extra
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(IN_ZIP64)
}

fn put_len16(record: &mut Vec<u8>, length: usize) {
    put16(record, u16::try_from(length).expect("paths are checked to be shorter"));
}

fn put16(record: &mut Vec<u8>, value: u16) {
    record.extend(value.to_le_bytes());
}

fn put32(record: &mut Vec<u8>, value: u32) {
    record.extend(value.to_le_bytes());
}

fn put64(record: &mut Vec<u8>, value: u64) {
    record.extend(value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_time(seconds: i64, date: u16, time: u16) {
        let dos = DosTime::from(SourceDate::from_seconds(seconds).unwrap());
        assert_eq!((dos.date, dos.time), (date, time));
    }

    // The right-hand sides are what Python 3.11's zipfile writes for the same UTC time.
    #[test]
    fn times_are_utc_and_clamped() {
        check_time(0, 0x0021, 0);
        check_time(1_700_000_000, 0x576e, 0xb1aa);
        check_time(5_000_000_000, 0xff9f, 0xbf7d);
    }

    #[test]
    fn large_archives_get_zip64_records() {
        assert_eq!(end(1, 10, 10).len(), 22);
        assert_eq!(end(65_535, 10, 10).len(), 22 + 56 + 20);
        assert_eq!(end(1, 1 << 32, 10).len(), 22 + 56 + 20);
    }
}
