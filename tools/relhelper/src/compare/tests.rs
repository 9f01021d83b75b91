//! Archives that differ in one thing, made byte by byte; those of real tools are in `.ci/judges/packed.py`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::Write as _;

use ::tar::Header;
use expect_test::{Expect, expect};
use flate2::{Compression, GzBuilder};
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(one: &[u8], other: &[u8], expected: Expect) {
    let judged = judge(one, other);
    assert_eq!(judged.verdict, Verdict::Mismatch);
    let list = |one: &[u8], other: &[u8]| {
        let found = explain(one, other);
        let lines = found
            .differences
            .iter()
            .map(|found| format!("{}: {}\n", found.place.join(" > "), found.cause.id()));
        (lines.collect::<String>(), found.omitted)
    };
    let (text, omitted) = list(one, other);
    expected.assert_eq(&if omitted > 0 { format!("{text}and {omitted} more\n") } else { text });
    assert!(!list(other, one).0.is_empty());
}

fn member(name: &str, content: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(1_700_000_000);
    header.set_uid(0);
    header.set_gid(0);
    change(&mut header);
    header.set_cksum();
    let mut bytes = [header.as_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    [&members.concat()[..], &[0; 1024]].concat()
}

fn gzip(bytes: &[u8], level: u32, header: GzBuilder) -> Vec<u8> {
    let mut encoder = header.operating_system(255).write(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn names_what_a_tar_says_of_its_members() {
    let good = tar(&[member("a", b"x", |_| {}), member("b", b"y", |_| {})]);
    let with =
        |change: fn(&mut Header)| tar(&[member("a", b"x", change), member("b", b"y", |_| {})]);
    check(
        &good,
        &with(|header| header.set_mtime(1)),
        expect![[r#"
        a > tar header: mtime: member-time
    "#]],
    );
    check(
        &good,
        &with(|header| header.set_mode(0o755)),
        expect![[r#"
        a > tar header: mode: member-mode
    "#]],
    );
    check(
        &good,
        &with(|header| {
            header.set_uid(7);
            header.set_gid(8);
        }),
        expect![[r#"
        a > tar header: uid: member-owner
        a > tar header: gid: member-owner
    "#]],
    );
    check(
        &good,
        &with(|header| header.set_username("ann").unwrap()),
        expect![[r#"
        a > tar header: uname: member-owner
    "#]],
    );
    check(
        &good,
        &with(|header| header.set_device_major(1).unwrap()),
        expect![[r#"
        a > tar header: other fields: tar-format
    "#]],
    );
    let order = tar(&[member("b", b"y", |_| {}), member("a", b"x", |_| {})]);
    check(
        &good,
        &order,
        expect![[r#"
        order of the members: member-order
    "#]],
    );
    check(
        &good,
        &tar(&[member("a", b"x", |_| {})]),
        expect![[r#"
        b: member-missing
    "#]],
    );
    check(
        &good,
        &[&good[..], &[0; 512]].concat(),
        expect![[r#"
        end of the tar: tar-padding
    "#]],
    );
    check(
        &good,
        &good[..700],
        expect![[r#"
        : truncated
    "#]],
    );
}

#[test]
fn tells_three_of_many_members_with_one_cause() {
    let many = |time| {
        let members: Vec<_> = (0..200)
            .map(|n| member(&format!("{n:03}"), b"", |header| header.set_mtime(time)))
            .collect();
        tar(&members)
    };
    check(
        &many(1),
        &many(2),
        expect![[r#"
        000 > tar header: mtime: member-time
        001 > tar header: mtime: member-time
        002 > tar header: mtime: member-time
        and 197 more
    "#]],
    );
}

#[test]
fn names_what_gzip_says_and_how_it_compressed() {
    let content = tar(&[member("a", &b"some text, ".repeat(500), |_| {})]);
    let good = gzip(&content, 6, GzBuilder::new());
    check(
        &good,
        &gzip(&content, 6, GzBuilder::new().mtime(1_700_000_000)),
        expect![[r#"
        gzip header: time: gzip-time
    "#]],
    );
    check(
        &good,
        &gzip(&content, 6, GzBuilder::new().filename("a.tar")),
        expect![[r#"
        gzip header: name: gzip-name
    "#]],
    );
    check(
        &good,
        &gzip(&content, 6, GzBuilder::new().comment("hello")),
        expect![[r#"
        gzip header: comment or extra field: gzip-header
    "#]],
    );
    check(
        &good,
        &gzip(&content, 0, GzBuilder::new()),
        expect![[r#"
        gzip header: level: gzip-header
        : compression
    "#]],
    );
    check(
        &good,
        &[&good[..], &good].concat(),
        expect![[r#"
        : trailing-data
    "#]],
    );
    // Without a tar inside it is the same.
    let good = gzip(b"text, text, text", 6, GzBuilder::new());
    check(
        &good,
        &gzip(b"text, text, text", 0, GzBuilder::new().mtime(7)),
        expect![[r#"
        gzip header: time: gzip-time
        gzip header: level: gzip-header
        : compression
    "#]],
    );
    check(
        &good,
        &gzip(b"text, text, more", 6, GzBuilder::new()),
        expect![[r#"
        content > line 1: text
    "#]],
    );
}

#[test]
fn goes_into_archives_in_archives() {
    let with = |text: &[u8]| {
        let inner = gzip(&tar(&[member("deep/built", text, |_| {})]), 6, GzBuilder::new());
        tar(&[member("in.tar.gz", &inner, |_| {})])
    };
    check(
        &with(b"on 2026-11-21\n"),
        &with(b"on 2026-11-22\n"),
        expect![[r#"
        in.tar.gz > deep/built > line 1: build-date
    "#]],
    );
}

#[test]
fn hostile_archives_are_not_looked_into() {
    let hostile =
        tar(&[member("a", b"x", |header| header.as_old_mut().name[..4].copy_from_slice(b"../a"))]);
    check(
        &hostile,
        &tar(&[member("a", b"x", |_| {})]),
        expect![[r#"
        : archive-refused
    "#]],
    );
}

#[test]
fn tells_texts_and_bytes_apart() {
    check(
        b"a\nb\n",
        b"b\na\n",
        expect![[r#"
        line 1: line-order
    "#]],
    );
    check(
        b"a\nb\n",
        b"a\r\nb\r\n",
        expect![[r#"
        line 1: line-endings
    "#]],
    );
    check(
        b"{\"a\": 1, \"b\": [1, 2]}",
        b"{\"b\":[1,2],\"a\":1}",
        expect![[r#"
        : json-format
    "#]],
    );
    check(
        br#"{"a/b": {"~": [1, {"c": true}]}}"#,
        br#"{"a/b": {"~": [1, {"c": false}]}}"#,
        expect![[r#"
        /a~1b/~0/1/c: json-value
    "#]],
    );
    check(
        br#"{"host": "a", "x": 1}"#,
        br#"{"host": "b", "y": 1}"#,
        expect![[r#"
        /host: host-name
        /x: json-value
        /y: json-value
    "#]],
    );
    // Both begin with what can be read as a time. Random bytes often do.
    let random = |first: &[u8; 4], step: u8| -> Vec<u8> {
        let rest = (0..=255_u8).map(|index| index.wrapping_mul(step));
        first.iter().copied().chain(rest).collect()
    };
    check(
        &random(b"\x01\x02\x03\x50", 77),
        &random(b"\x02\x02\x03\x60", 91),
        expect![[r#"
        : random
    "#]],
    );
    check(
        b"\x01\x02\x03\x50\0\0",
        b"\x02\x02\x03\x60\0\0",
        expect![[r#"
        : build-date
    "#]],
    );
    check(
        b"\x01\x02\x03\x90\0\0",
        b"\x02\x02\x03\xa0\0\0",
        expect![[r#"
        : data
    "#]],
    );
    check(
        b"\x01\x02",
        b"\x01\x02\0\0",
        expect![[r#"
        : padding
    "#]],
    );
    check(
        b"\x01\x02",
        b"\x01\x02\x03",
        expect![[r#"
        : truncated
    "#]],
    );
    check(
        b"\x01\x02",
        b"\x01\x03",
        expect![[r#"
        : data
    "#]],
    );
    check(
        b"\0in /build/one/x.c\0",
        b"\0in /build/two/x.c\0",
        expect![[r#"
        : build-path
    "#]],
    );
}

proptest! {
    #[test]
    fn every_change_of_an_archive_is_explained(place: prop::sample::Index, byte: u8, packed: bool) {
        let tar = tar(&[member("a", b"one\ntwo\n", |_| {}), member("b", b"{\"a\": 1}", |_| {})]);
        let good = if packed { gzip(&tar, 6, GzBuilder::new()) } else { tar };
        let mut bad = good.clone();
        bad[place.index(good.len())] = byte;
        let found = explain(&good, &bad);
        prop_assert_eq!(found.differences.is_empty(), good == bad);
        for difference in found.differences {
            prop_assert!(difference.published.is_some() || difference.rebuilt.is_some());
        }
    }
}
