//! The walk through files and archives: each kind of container, each kind of finding in it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::*;
use crate::archive::entry::{Content, Entry, Open};
use crate::archive::{Effort, Level, gzip, tar, zip};
use crate::facts::SourceDate;
use crate::fixtures::{macho_aarch64, patch, pe_x86_64};

/// Files by name, for the archive writers.
struct Files(Vec<(&'static str, Vec<u8>)>);

impl Open for Files {
    fn open(&self, from: &Path) -> std::io::Result<Box<dyn Read>> {
        let (_, content) = self.0.iter().find(|(name, _)| Path::new(name) == from).unwrap();
        Ok(Box::new(Cursor::new(content.clone())))
    }
}

impl Files {
    fn entries(&self) -> Vec<Entry> {
        let entry = |(name, content): &(&str, Vec<u8>)| Entry {
            path: (*name).to_owned(),
            content: Content::File {
                from: PathBuf::from(name),
                size: content.len() as u64,
                executable: false,
            },
        };
        self.0.iter().map(entry).collect()
    }

    fn tar_gz(&self) -> Vec<u8> {
        gzip::write(EFFORT, Vec::new(), |feed| tar::write(&self.entries(), date(), self, feed))
            .unwrap()
    }

    fn zip(&self) -> Vec<u8> {
        zip::write(EFFORT, &self.entries(), date(), self, Cursor::new(Vec::new()))
            .unwrap()
            .into_inner()
    }
}

const EFFORT: Effort = Effort { level: Level::DEFAULT, threads: NonZeroUsize::MIN };

fn date() -> SourceDate {
    SourceDate::from_seconds(1_700_000_000).unwrap()
}

fn walk(path: &str, content: &[u8]) -> Report {
    let patterns = Patterns::new([]);
    let mut walk = Walk::new(&patterns);
    walk.file(path, Cursor::new(content));
    walk.finish()
}

#[track_caller]
fn check(path: &str, content: &[u8], expected: Expect) {
    let report = walk(path, content);
    let mut text = format!("{} looked into\n", report.checked);
    for Finding { path, kind, offset, excerpt } in report.findings {
        writeln!(text, "{path} {offset:?} {kind:?}: {excerpt}").unwrap();
    }
    for Unchecked { path, reason } in report.unchecked {
        writeln!(text, "{path} unchecked: {reason}").unwrap();
    }
    expected.assert_eq(&text);
}

fn leaky() -> Files {
    Files(vec![
        ("top/clean.txt", b"nothing here".to_vec()),
        ("top/install.sh", b"#!/nix/store/abc-bash/bin/bash\nexit\n".to_vec()),
        (
            "top/lib.dylib",
            patch(macho_aarch64(), b"/usr/lib/libSystem.B.dylib", b"/opt/lib/libSystem.B.dylib"),
        ),
        ("top/program.exe", patch(pe_x86_64(), b"small-debug.pdb", b"/build/x/de.pdb")),
    ])
}

#[test]
fn looks_into_every_member_of_a_tar_gz() {
    check(
        "a.tar.gz",
        &leaky().tar_gz(),
        expect![[r#"
        4 looked into
        a.tar.gz!top/install.sh None Shebang: /nix/store/abc-bash/bin/bash
        a.tar.gz!top/install.sh Some(2) StorePath: /nix/store/abc-bash/bin/bash
        a.tar.gz!top/lib.dylib None MachoDylib: /opt/lib/libSystem.B.dylib
        a.tar.gz!top/lib.dylib None MachoSignature: page 0 (at 0x0) does not have the hash that was signed
        a.tar.gz!top/program.exe Some(2128) BuildPath: /build/x/de.pdb
        a.tar.gz!top/program.exe None PePdbPath: /build/x/de.pdb
    "#]],
    );
}

#[test]
fn looks_into_every_member_of_a_zip() {
    check(
        "a.zip",
        &leaky().zip(),
        expect![[r#"
        4 looked into
        a.zip!top/install.sh None Shebang: /nix/store/abc-bash/bin/bash
        a.zip!top/install.sh Some(2) StorePath: /nix/store/abc-bash/bin/bash
        a.zip!top/lib.dylib None MachoDylib: /opt/lib/libSystem.B.dylib
        a.zip!top/lib.dylib None MachoSignature: page 0 (at 0x0) does not have the hash that was signed
        a.zip!top/program.exe Some(2128) BuildPath: /build/x/de.pdb
        a.zip!top/program.exe None PePdbPath: /build/x/de.pdb
    "#]],
    );
}

#[test]
fn looks_into_archives_inside_archives() {
    let leak = Files(vec![("leak", b"see /build/source".to_vec())]);
    let inner = Files(vec![("in.tar.gz", leak.tar_gz()), ("in.zip", leak.zip())]);
    check(
        "a.tar.gz",
        &inner.tar_gz(),
        expect![[r#"
        2 looked into
        a.tar.gz!in.tar.gz!leak Some(4) BuildPath: /build/source
        a.tar.gz!in.zip!leak Some(4) BuildPath: /build/source
    "#]],
    );
    check(
        "a.zip",
        &inner.zip(),
        expect![[r#"
        2 looked into
        a.zip!in.tar.gz!leak Some(4) BuildPath: /build/source
        a.zip!in.zip!leak Some(4) BuildPath: /build/source
    "#]],
    );
}

#[test]
fn looks_into_what_is_only_compressed() {
    let page = gzip::write(EFFORT, Vec::new(), |feed| feed.write_all(b"/nix/store/x")).unwrap();
    check(
        "page.1.gz",
        &page,
        expect![[r#"
        1 looked into
        page.1.gz Some(0) StorePath: /nix/store/x
    "#]],
    );
}

#[test]
fn member_names_count_too() {
    let named = Files(vec![("build/x", Vec::new()), ("top/nix/store/x", Vec::new())]);
    check(
        "a.tar.gz",
        &named.tar_gz(),
        expect![[r#"
        2 looked into
        a.tar.gz!top/nix/store/x Some(3) StorePath: /nix/store/x
    "#]],
    );
    check(
        "a.zip",
        &named.zip(),
        expect![[r#"
        2 looked into
        a.zip!top/nix/store/x Some(3) StorePath: /nix/store/x
    "#]],
    );
}

#[test]
fn links_count_too() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, target) in
        [("absolute", "/etc/passwd"), ("relative", "absolute"), ("store", "/nix/store/x")]
    {
        let mut header = ::tar::Header::new_ustar();
        header.set_entry_type(::tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    }
    check(
        "a.tar",
        &builder.into_inner().unwrap(),
        expect![[r#"
        3 looked into
        a.tar!absolute None SymbolicLink: /etc/passwd
        a.tar!store Some(0) StorePath: /nix/store/x
        a.tar!store None SymbolicLink: /nix/store/x
    "#]],
    );
}

#[test]
fn what_cannot_be_looked_into_is_no_pass() {
    check(
        "a.xz",
        b"\xfd7zXZ\0rest",
        expect![[r#"
        0 looked into
        a.xz unchecked: it is compressed with xz, which cannot be looked into
    "#]],
    );
    check(
        "a.tar.gz",
        &leaky().tar_gz()[..300],
        expect![[r#"
        2 looked into
        a.tar.gz!top/install.sh None Shebang: /nix/store/abc-bash/bin/bash
        a.tar.gz!top/install.sh Some(2) StorePath: /nix/store/abc-bash/bin/bash
        a.tar.gz!top/lib.dylib unchecked: incomplete deflate stream
        a.tar.gz unchecked: incomplete deflate stream
    "#]],
    );
    check(
        "a.zip",
        b"PK\x03\x04 and no end",
        expect![[r#"
        0 looked into
        a.zip unchecked: Missing end of central directory
    "#]],
    );
    check(
        "a.exe",
        b"MZ and nothing else",
        expect![[r#"
            0 looked into
            a.exe unchecked: it begins like a program, but: Unknown MS-DOS file
        "#]],
    );
    let mut program = macho_aarch64();
    program.truncate(200);
    check(
        "a.out",
        &program,
        expect![[r#"
            0 looked into
            a.out unchecked: it begins like a program, but: Invalid Mach-O load command table size
        "#]],
    );
}

#[test]
fn a_wrong_checksum_in_a_zip_is_no_pass() {
    let mut archive = Files(vec![("a", b"content".to_vec())]).zip();
    // The CRC-32 in the central header: 16 bytes behind its signature.
    let central = memchr::memmem::find(&archive, b"PK\x01\x02").unwrap();
    archive[central + 16] ^= 1;
    let report = walk("a.zip", &archive);
    assert_eq!(report.unchecked.len(), 1, "{report:?}");
}

#[test]
fn archives_nested_too_deep_are_no_pass() {
    let mut content = b"/build/".to_vec();
    for _ in 0..10 {
        content = gzip::write(EFFORT, Vec::new(), |feed| feed.write_all(&content)).unwrap();
    }
    check(
        "deep.gz",
        &content,
        expect![[r#"
        0 looked into
        deep.gz unchecked: archives are nested more than 8 deep
    "#]],
    );
}

#[test]
fn scripts_and_java_classes_are_not_taken_for_programs() {
    check(
        "a.class",
        b"\xca\xfe\xba\xbe\0\0\0\x41rest",
        expect![[r#"
        1 looked into
    "#]],
    );
    check(
        "a.sh",
        b"#!/usr/bin/env sh\n",
        expect![[r#"
        1 looked into
    "#]],
    );
}
