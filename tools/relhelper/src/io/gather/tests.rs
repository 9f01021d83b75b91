use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::changes::{changed, changes};
use super::samples::{Files, Memory, release, release_with, sign_off, verify};
use crate::release::layout::{BUNDLE_CHECKSUMS, MANIFEST, ROLLBACK, SHA256SUMS, is_sbom};
use crate::verify::{Report, Verdict};

static RELEASE: LazyLock<Files> = LazyLock::new(release);

#[track_caller]
fn assert_fails(files: Files, what: &str) -> Report {
    let report = verify(files);
    assert_eq!(report.verdict, Verdict::Fail, "{what}: {report}");
    report
}

#[test]
fn a_good_release_passes() {
    let report = verify(RELEASE.clone());
    assert_eq!(report.verdict, Verdict::Pass, "{report}");
    assert_eq!((report.files, RELEASE.len()), (29, 29));
    let bytes: usize = RELEASE.values().map(Vec::len).sum();
    assert_eq!(report.bytes, bytes as u64);
}

#[test]
fn a_good_release_passes_where_it_cannot_be_listed() {
    let memory = Memory { files: RELEASE.clone(), listed: false };
    let report = super::verify(&memory, std::num::NonZeroUsize::MIN);
    assert_eq!((report.verdict, report.listed), (Verdict::Pass, false));
    assert!(report.to_string().contains("not looked for"), "{report}");
}

#[test]
fn what_signing_adds_may_be_there() {
    let mut files = RELEASE.clone();
    for name in ["SHA256SUMS.sig", "hello-1.2.3.intoto.jsonl", "trust.toml"] {
        files.insert(name.to_owned(), b"anything".to_vec());
    }
    assert_eq!(verify(files.clone()).verdict, Verdict::Pass);
    // Only the list of signatures is looked into.
    files.insert("signatures.json".to_owned(), b"anything".to_vec());
    assert_fails(files, "a list of signatures that is none");
}

#[test]
fn a_signature_that_is_demanded_is_a_file_with_something_in_it() {
    use crate::signature::Mechanism;
    use crate::signature::required::{Kind, Signing};
    let signing = Signing { mechanisms: [Mechanism::Ed25519].into(), files: [Kind::Sums].into() };
    for (signature, verdict) in [
        (None, Verdict::Fail),
        (Some(&b""[..]), Verdict::Fail),
        // Who made it, and over what, only a key tells.
        (Some(&b"x"[..]), Verdict::Pass),
    ] {
        let mut files = RELEASE.clone();
        files.extend(signature.map(|bytes| ("SHA256SUMS.sig".to_owned(), bytes.to_vec())));
        let memory = Memory { files, listed: true };
        let report = super::verify_signed(&memory, &signing, std::num::NonZeroUsize::MIN);
        assert_eq!(report.verdict, verdict, "{signature:?}: {report}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_bit_is_seen(name in prop::sample::select(RELEASE.keys().cloned().collect::<Vec<_>>()), place: prop::sample::Index, bit in 0..8_u32) {
        let mut files = RELEASE.clone();
        let content = files.get_mut(&name).unwrap();
        let place = place.index(content.len());
        content[place] ^= 1_u8 << bit;
        assert_fails(files, &format!("bit {bit} of byte {place} of {name}"));
    }

    #[test]
    fn any_truncated_or_longer_file_is_seen(name in prop::sample::select(RELEASE.keys().cloned().collect::<Vec<_>>()), place: prop::sample::Index, more in 0..3_usize) {
        let mut files = RELEASE.clone();
        let content = files.get_mut(&name).unwrap();
        let length = place.index(content.len());
        if more == 0 { content.truncate(length) } else { content.extend(vec![b'\n'; more]) }
        assert_fails(files, &format!("{name} with {length} bytes"));
    }

    #[test]
    fn any_two_files_in_each_others_place_are_seen(one: prop::sample::Index, other: prop::sample::Index) {
        let mut files = RELEASE.clone();
        let names: Vec<_> = files.keys().cloned().collect();
        let (one, other) = (one.get(&names), other.get(&names));
        if files[one] != files[other] {
            let content = files.insert(one.clone(), files[other].clone()).unwrap();
            files.insert(other.clone(), content);
            assert_fails(files, &format!("{one} and {other}"));
        }
    }

    #[test]
    fn any_file_under_another_name_is_seen(name in prop::sample::select(RELEASE.keys().cloned().collect::<Vec<_>>()), to in "[a-z][a-z0-9.-]{0,12}", copied: bool) {
        let mut files = RELEASE.clone();
        let content = if copied { files[&name].clone() } else { files.remove(&name).unwrap() };
        files.insert(to.clone(), content);
        assert_fails(files, &format!("{name} as {to}"));
    }
}

#[test]
fn any_missing_file_is_seen() {
    for name in RELEASE.keys() {
        for consistent in [false, true] {
            let mut files = RELEASE.clone();
            files.remove(name);
            if consistent && name != SHA256SUMS {
                sign_off(&mut files);
            }
            let report = assert_fails(files, name);
            assert!(report.problems.iter().any(|problem| problem.file == *name), "{report}");
        }
    }
}

#[test]
fn a_file_that_sha256sums_knows_and_the_manifest_does_not_is_seen() {
    for name in ["setup.exe", "hello-1.2.3-installer.sh", "hello-1.2.3-notes.md"] {
        let mut files = RELEASE.clone();
        files.insert(name.to_owned(), b"curl".to_vec());
        sign_off(&mut files);
        assert_fails(files, name);
    }
}

/// Everything that somebody can change in one document, mending its name and `SHA256SUMS`, without being seen.
fn unseen(name: &str, every: usize, offset: usize) -> Vec<String> {
    let text = String::from_utf8(RELEASE[name].clone()).unwrap();
    let mut unseen = Vec::new();
    let all = changes(&text);
    assert!(!all.is_empty(), "{name} has nothing to change");
    for (index, line) in all.into_iter().skip(offset).step_by(every) {
        let content = changed(&text, index, &line);
        if content == RELEASE[name] {
            // The name of the document itself, mended.
            continue;
        }
        let mut files = RELEASE.clone();
        files.insert(name.to_owned(), content);
        sign_off(&mut files);
        let report = verify(files);
        assert!(report.release.is_none() || report.files > 0);
        if report.verdict == Verdict::Pass {
            unseen.push(format!("{name}: {line}"));
        }
    }
    unseen
}

#[test]
fn no_single_fact_of_our_own_documents_can_be_changed() {
    for name in [MANIFEST, "index.json", "provenance.json"] {
        assert_eq!(unseen(name, 1, 0), [""; 0]);
    }
}

#[test]
fn no_single_fact_of_a_bill_of_materials_can_be_changed() {
    let sboms = RELEASE.keys().filter(|name| is_sbom(name));
    for (offset, name) in sboms.enumerate() {
        // Some of each document, others in each; the test below takes all, and long.
        assert_eq!(unseen(name, 29, offset), [""; 0]);
    }
}

#[test]
#[ignore = "takes minutes"]
fn no_single_fact_of_a_bill_of_materials_can_be_changed_exhaustively() {
    let sboms = RELEASE.keys().filter(|name| is_sbom(name));
    let unseen: Vec<_> = sboms.flat_map(|name| unseen(name, 1, 0)).collect();
    assert_eq!(unseen, [""; 0]);
}

#[test]
fn no_line_of_a_text_can_be_changed_left_out_or_doubled() {
    let text = String::from_utf8(RELEASE["BUILD_META.txt"].clone()).unwrap();
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    for index in 0..lines.len() {
        for change in ["", "twice", "other"] {
            let mut lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            lines[index] = match change {
                "twice" => lines[index].repeat(2),
                "other" => format!("x{}", lines[index]),
                _ => String::new(),
            };
            let mut files = RELEASE.clone();
            files.insert("BUILD_META.txt".to_owned(), lines.concat().into_bytes());
            sign_off(&mut files);
            assert_fails(files, &format!("line {index} of BUILD_META.txt, {change}"));
        }
    }
}

#[test]
fn a_release_of_another_format_is_neither_good_nor_bad() {
    let mut files = RELEASE.clone();
    let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
    let later = manifest.replacen("\"formatVersion\": 1", "\"formatVersion\": 2", 1);
    files.insert(MANIFEST.to_owned(), later.into_bytes());
    // The layout of this text goes with the manifest's number.
    files.insert("BUILD_META.txt".to_owned(), b"another layout\n".to_vec());
    sign_off(&mut files);
    let report = verify(files.clone());
    assert_eq!(report.verdict, Verdict::Unknown, "{report}");
    assert_eq!(report.problems, []);
    let told = report.unchecked.iter().find(|one| one.file == MANIFEST).unwrap();
    assert!(told.reason.contains("formatVersion 2"), "{report}");
    // With the number of this format, the same text is no `BUILD_META.txt`.
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    sign_off(&mut files);
    assert_fails(files, "another layout");
}

/// Changes a file of one bundle before it is packed; all outside agrees with the archive.
fn with_file(
    path: &'static str,
    archive: &'static str,
    content: impl Fn(&[u8]) -> Vec<u8>,
) -> Files {
    release_with(move |name, files| {
        if name.ends_with(archive) {
            let old = files.get(path).cloned().unwrap_or_default();
            files.insert(path.to_owned(), content(&old));
        }
    })
}

#[test]
fn a_bundle_has_to_agree_with_what_is_in_it() {
    for archive in [".tar.gz", ".zip"] {
        for path in ["README.md", "bin/other", MANIFEST, BUNDLE_CHECKSUMS, ROLLBACK] {
            let files = with_file(path, archive, |old| [old, b"x\n"].concat());
            let report = assert_fails(files, path);
            assert!(report.problems.iter().all(|problem| problem.file.contains('!')), "{report}");
        }
    }
}

#[test]
fn no_fact_of_the_manifest_in_a_bundle_can_be_changed() {
    let good = release_with(|_, _| {});
    assert_eq!(verify(good).verdict, Verdict::Pass);
    let texts = std::sync::Mutex::new(BTreeMap::new());
    release_with(|name, files| {
        texts.lock().unwrap().insert(name.to_owned(), files[MANIFEST].clone());
    });
    let text =
        String::from_utf8(texts.into_inner().unwrap().into_values().next().unwrap()).unwrap();
    for (index, line) in changes(&text) {
        // The attacker mends checksums.txt as well.
        let files = release_with(|name, files| {
            if name.strip_suffix(".zip").is_some() {
                files.insert(MANIFEST.to_owned(), changed(&text, index, &line));
                files.remove(BUNDLE_CHECKSUMS);
                let sums = files
                    .iter()
                    .map(|(path, content)| (path.as_str(), crate::facts::Sha256::of(content)));
                let sums = crate::document::checksums(sums);
                files.insert(BUNDLE_CHECKSUMS.to_owned(), sums);
            }
        });
        let report = verify(files);
        assert_ne!(report.verdict, Verdict::Pass, "{line}");
    }
}

#[test]
fn a_program_that_is_not_the_one_in_the_bundle_is_seen() {
    // All documents agree on it.
    let files = release_with(|name, files| {
        if name.ends_with(".tar.gz") {
            files.insert("bin/hello".to_owned(), b"#!/bin/sh\nrm -r ~\n".to_vec());
        }
    });
    let report = assert_fails(files, "bin/hello");
    let found: BTreeSet<_> = report.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert!(found.iter().all(|file| file.contains('!')), "{report}");
}

#[test]
fn an_archive_that_is_none_is_told_with_its_digest() {
    let mut files = RELEASE.clone();
    let name = files.keys().find(|name| name.strip_suffix(".zip").is_some()).unwrap().clone();
    files.insert(name.clone(), b"PK".to_vec());
    let report = assert_fails(files, &name);
    let kinds: BTreeSet<_> = report
        .problems
        .iter()
        .filter(|problem| problem.file == name)
        .map(|problem| problem.kind.to_string())
        .collect();
    assert_eq!(
        kinds,
        ["not of its format", "wrong digest", "wrong size"].map(str::to_owned).into()
    );
}
