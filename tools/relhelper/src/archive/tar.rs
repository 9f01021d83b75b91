//! POSIX tar: a ustar header for each entry, with a PAX record before it only where ustar has no
//! room for the path or the size.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{self, Read as _, Write};

use ::tar::{EntryType, Header};

use super::entry::{Content, Entry, Open};
use crate::facts::SourceDate;

/// The largest size ustar can say: eleven octal digits.
const MAX_USTAR_SIZE: u64 = 0o777_7777_7777;

/// Writes `entries`, in their order, and the end of the archive.
///
/// # Errors
///
/// Those of `output` and `files`, and when a file does not have the size its entry says.
pub fn write(
    entries: &[Entry],
    date: SourceDate,
    files: &impl Open,
    mut output: impl Write,
) -> io::Result<()> {
    for entry in entries {
        let path = entry.archive_path();
        let mut header = header(date, entry.mode());
        let mut records = Vec::new();
        if header.set_path(&path).is_err() {
            records.push(pax_record("path", &path));
            // Readers that do not know PAX see a cut name; POSIX leaves it to the writer.
            set_cut_name(&mut header, &path);
        }
        match &entry.content {
            Content::Directory => {
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                write_header(&mut output, header, &records, date)?;
            }
            Content::File { from, size, .. } => {
                header.set_entry_type(EntryType::Regular);
                if *size > MAX_USTAR_SIZE {
                    records.push(pax_record("size", &size.to_string()));
                }
                header.set_size(if *size > MAX_USTAR_SIZE { 0 } else { *size });
                write_header(&mut output, header, &records, date)?;
                let mut content = files.open(from)?;
                let copied = io::copy(&mut content.by_ref().take(*size), &mut output)?;
                if copied != *size || content.read(&mut [0])? != 0 {
                    return Err(io::Error::other(format!(
                        "{} changed while it was read",
                        from.display()
                    )));
                }
                pad(&mut output, *size)?;
            }
        }
    }
    output.write_all(&[0; 1024])
}

fn header(date: SourceDate, mode: u32) -> Header {
    let mut header = Header::new_ustar();
    header.set_mode(mode);
    header.set_mtime(date.seconds());
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn write_header(
    output: &mut impl Write,
    mut header: Header,
    records: &[String],
    date: SourceDate,
) -> io::Result<()> {
    if !records.is_empty() {
        let records = records.concat();
        let mut extension = self::header(date, 0o644);
        extension.set_entry_type(EntryType::XHeader);
        extension.set_path("PaxHeader")?;
        extension.set_size(records.len() as u64);
        extension.set_cksum();
        output.write_all(extension.as_bytes())?;
        output.write_all(records.as_bytes())?;
        pad(output, records.len() as u64)?;
    }
    header.set_cksum();
    output.write_all(header.as_bytes())
}

/// `<length> <key>=<value>\n`, where the length counts itself.
fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

fn set_cut_name(header: &mut Header, path: &str) {
    let name = &mut header.as_old_mut().name;
    let cut = path.as_bytes();
    let cut = &cut[..cut.len().min(name.len() - 1)];
    name.fill(0);
    name[..cut.len()].copy_from_slice(cut);
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.prefix.fill(0);
    }
}

fn pad(output: &mut impl Write, size: u64) -> io::Result<()> {
    let over = usize::try_from(size % 512).map_err(io::Error::other)?;
    output.write_all(&[0; 512][..(512 - over) % 512])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::entry::tests_support::Named;
    use std::path::PathBuf;

    fn archive(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(entries, SourceDate::from_seconds(1_700_000_000).unwrap(), &Named, &mut bytes)
            .unwrap();
        bytes
    }

    fn file(path: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            content: Content::File {
                from: PathBuf::from(path),
                size: path.len() as u64,
                executable: false,
            },
        }
    }

    #[test]
    fn an_independent_reader_finds_the_same() {
        let long = format!("{}/{}", "d".repeat(120), "f".repeat(180));
        let split = format!("{}/{}", "d".repeat(120), "f".repeat(80));
        let unicode = "grüße/ß".to_owned();
        let folder = Entry { path: "top".to_owned(), content: Content::Directory };
        let entries = [folder, file("top/a"), file(&long), file(&split), file(&unicode)];
        let bytes = archive(&entries);
        let mut reader = ::tar::Archive::new(bytes.as_slice());
        let mut seen = Vec::new();
        for member in reader.entries().unwrap() {
            let mut member = member.unwrap();
            let path = String::from_utf8(member.path_bytes().into_owned()).unwrap();
            let mut content = String::new();
            member.read_to_string(&mut content).unwrap();
            let header = member.header();
            assert_eq!(
                (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()),
                (0, 0, 1_700_000_000)
            );
            assert_eq!((header.username(), header.groupname()), (Ok(Some("")), Ok(Some(""))));
            if header.entry_type().is_file() {
                assert_eq!((content.as_str(), header.mode().unwrap()), (path.as_str(), 0o644));
            }
            seen.push(path);
        }
        assert_eq!(seen, ["top/", "top/a", &long, &split, &unicode]);
        assert_eq!(bytes.len() % 512, 0);
    }

    #[test]
    fn refuses_a_file_of_another_size() {
        for size in [0, 4] {
            let entry = Entry {
                path: "abc".to_owned(),
                content: Content::File { from: PathBuf::from("abc"), size, executable: false },
            };
            let date = SourceDate::from_seconds(0).unwrap();
            let error = write(&[entry], date, &Named, io::sink()).unwrap_err();
            assert_eq!(error.to_string(), "abc changed while it was read");
        }
    }

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(pax_record("path", "a"), "9 path=a\n");
        assert_eq!(pax_record("path", &"a".repeat(90)), format!("99 path={}\n", "a".repeat(90)));
        assert_eq!(pax_record("path", &"a".repeat(91)), format!("101 path={}\n", "a".repeat(91)));
    }
}
