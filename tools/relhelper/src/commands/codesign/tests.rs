//! Whole releases, signed by somebody who has the signature already.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::make::{Sign, make};
use super::release::{Output, Source};
use crate::cli::codesign::Apply;
use crate::codesign::{Report, System};
use crate::compare::envelope::detached::{Detached, FileDigest};
use crate::error::{Answer, CommandError};
use crate::facts::samples;
use crate::fixtures::{pe_signed, pe_x86_64};
use crate::io::gather::samples::{Files, release_of, sign_off};
use crate::io::gather::verify;
use crate::io::origin::Folder;
use crate::release::FileName;
use crate::verify::Verdict;

const PROGRAM: &str = "hello-1.2.3-x86_64-pc-windows-gnullvm.exe";
const BUNDLE: &str = "hello-1.2.3-x86_64-pc-windows-gnullvm.zip";

/// Gives `signed` for the program of the fixtures.
struct Known(fn() -> Vec<u8>);

impl Sign for Known {
    fn sign(
        &self,
        system: System,
        _: &FileName,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError> {
        assert_eq!(system, System::Authenticode);
        assert!(unsigned == pe_x86_64());
        Ok(Some((self.0)()))
    }
}

/// A release whose program for Windows can be signed; it is released alone as well if `alone` says so.
fn release(alone: bool) -> Files {
    let mut value = samples::release_json_with_crates();
    let artifacts = value["artifacts"].as_array_mut().unwrap();
    let mut row = artifacts.iter().find(|row| row["kind"] == "binary").unwrap().clone();
    if alone {
        let from = row["from"].as_str().unwrap().replace(row["file"].as_str().unwrap(), PROGRAM);
        row["from"] = json!(from);
        row["file"] = json!(PROGRAM);
        row["target"] = json!("x86_64-pc-windows-gnullvm");
        artifacts.push(row);
    }
    let program = |triple: &str| match triple {
        "x86_64-pc-windows-gnullvm" => pe_x86_64(),
        _ => b"#!/bin/sh\necho hello\n".to_vec(),
    };
    release_of(&value, &program, &|_, _| {})
}

static ALONE: LazyLock<Files> = LazyLock::new(|| release(true));

fn write(files: &Files, folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
}

fn read(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| (name(&entry), fs::read(entry.path()).unwrap())).collect()
}

fn verdict(folder: &Path) -> (Verdict, String) {
    let report = verify(&Folder::new(folder), std::num::NonZeroUsize::MIN);
    (report.verdict, report.to_string())
}

/// Folder with `unsigned` and, when it could be made, `signed`.
fn signed(files: &Files, signer: &dyn Sign) -> (TempDir, Result<Report, CommandError>) {
    let folder = tempdir().unwrap();
    write(files, &folder.path().join("unsigned"));
    let source = Source::open(&folder.path().join("unsigned"));
    let report = source.and_then(|source| {
        let mut output = Output::new(&folder.path().join("signed"))?;
        let report = make(&source, &mut output, signer)?;
        output.finish()?;
        Ok(report)
    });
    (folder, report)
}

fn json(files: &Files, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap()
}

#[test]
fn the_signed_release_verifies_and_keeps_the_unsigned_digests() {
    let (folder, report) = signed(&ALONE, &Known(pe_signed));
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((report.programs.len(), report.bundles.as_slice()), (1, &[BUNDLE.to_owned()][..]));
    let (verdict, text) = verdict(&folder.path().join("signed"));
    assert_eq!(verdict, Verdict::Pass, "{text}");
    let files = read(&folder.path().join("signed"));
    assert!(files[PROGRAM] == pe_signed());
    let manifest = json(&files, "release-manifest.json");
    let rows = manifest["artifacts"].as_array().unwrap();
    let mut kept = 0;
    for row in rows {
        let old = &ALONE[row["file"].as_str().unwrap()];
        let new = &files[row["file"].as_str().unwrap()];
        assert_eq!(row["sha256"], json!(FileDigest::of(new).sha256));
        if old == new {
            assert_eq!(row.get("unsigned"), None);
        } else {
            kept += 1;
            assert_eq!(row["unsigned"], serde_json::to_value(FileDigest::of(old)).unwrap());
        }
    }
    assert_eq!(kept, 2);
    let subjects = json(&files, "provenance.json");
    let annotated = subjects["subject"].as_array().unwrap().iter();
    assert_eq!(annotated.filter(|row| row["annotations"].get("unsigned").is_some()).count(), 2);
    let text = String::from_utf8(files["BUILD_META.txt"].clone()).unwrap();
    assert!(text.contains(&FileDigest::of(&pe_x86_64()).sha256), "{text}");
    // Bills of materials of what was not signed are what they were.
    for (name, content) in &files {
        if name.contains("linux") {
            assert!(*content == ALONE[name], "{name}");
        }
    }
}

#[test]
fn the_detached_signatures_make_the_same_release_out_of_a_rebuilt_one() {
    for (files, name) in [
        (release(true), format!("{PROGRAM}.codesign.json")),
        (
            release(false),
            "hello-1.2.3-x86_64-pc-windows-gnullvm.bin.hello.exe.codesign.json".to_owned(),
        ),
    ] {
        let (folder, report) = signed(&files, &Known(pe_signed));
        assert_eq!(report.unwrap_or_else(|error| panic!("{error}")).programs[0].signature, name);
        let place = |name: &str| folder.path().join(name);
        let detached = Detached::parse(&fs::read(place("signed").join(&name)).unwrap()).unwrap();
        assert!(detached.attach(&pe_x86_64()).unwrap() == pe_signed());
        let apply = |rebuilt: &str, out: &str| {
            let arguments =
                Apply { rebuilt: place(rebuilt), signed: place("signed"), out: place(out) };
            super::apply::run(&arguments, &mut Vec::new())
        };
        assert_eq!(apply("unsigned", "again").unwrap(), Answer::Yes);
        assert!(read(&place("again")) == read(&place("signed")));

        // Nothing is written over, and nothing that does not verify is taken.
        assert!(apply("unsigned", "again").is_err());
        let mut other = files.clone();
        other.get_mut(BUNDLE).unwrap()[0] ^= 1;
        write(&other, &place("other"));
        assert!(apply("other", "third").is_err());
        assert!(!place("third").exists());
        // It is signed already.
        assert!(apply("signed", "third").is_err());
        assert!(!place("third").exists());
    }
}

#[test]
fn another_rebuilt_release_is_told() {
    let (folder, report) = signed(&ALONE, &Known(pe_signed));
    report.unwrap_or_else(|error| panic!("{error}"));
    let mut value = samples::release_json_with_crates();
    value["product"]["description"] = json!("Says something else");
    let program = |triple: &str| match triple {
        "x86_64-pc-windows-gnullvm" => pe_x86_64(),
        _ => b"#!/bin/sh\necho hello\n".to_vec(),
    };
    let place = |name: &str| folder.path().join(name);
    write(&release_of(&value, &program, &|_, _| {}), &place("other"));
    let apply = Apply { rebuilt: place("other"), signed: place("signed"), out: place("out") };
    assert_eq!(super::apply::run(&apply, &mut Vec::new()).unwrap(), Answer::No);
    // Nothing that the signatures are for.
    write(&release_of(&value, &|_| b"MZ".to_vec(), &|_, _| {}), &place("none"));
    let apply = Apply { rebuilt: place("none"), out: place("out2"), ..apply };
    assert_eq!(super::apply::run(&apply, &mut Vec::new()).unwrap(), Answer::No);
    assert!(!place("out2").exists());
}

#[test]
fn a_bundle_matches_but_for_the_signatures_in_it_and_nothing_else() {
    use crate::compare::{Verdict::*, judge};
    let (folder, report) = signed(&ALONE, &Known(pe_signed));
    report.unwrap_or_else(|error| panic!("{error}"));
    let (before, after) = (&ALONE[BUNDLE], &read(&folder.path().join("signed"))[BUNDLE]);
    for (one, other) in [(before, after), (after, before)] {
        let judged = judge(one, other);
        assert_eq!(judged.verdict, MatchButForSignature);
        assert!(judged.reason.unwrap().ends_with("of bin/hello.exe"));
    }
    assert_eq!(judge(after, after).verdict, Match);
    // Another text beside the program, with documents that say so.
    let changed =
        release_of(&samples::release_json_with_crates(), &|_| pe_x86_64(), &|_, files| {
            files.insert("NEWS".to_owned(), b"new".to_vec());
        });
    assert_eq!(judge(after, &changed[BUNDLE]).verdict, Mismatch);
    // Another program.
    let other = release_of(
        &samples::release_json_with_crates(),
        &|_| {
            let mut other = pe_x86_64();
            other[0x450] ^= 1;
            other
        },
        &|_, _| {},
    );
    assert_eq!(judge(after, &other[BUNDLE]).verdict, Mismatch);
    // The same members in an archive that has a byte more.
    for more in [vec![0], b"more".to_vec()] {
        let longer = [after.as_slice(), &more].concat();
        assert_eq!(judge(&longer, before).verdict, Mismatch);
    }
}

#[test]
fn a_signer_that_changes_more_than_the_signature_is_refused() {
    let other = || {
        let mut other = pe_signed();
        other[0x450] ^= 1;
        other
    };
    for signer in [Known(other), Known(pe_x86_64), Known(|| b"MZ".to_vec())] {
        let (folder, report) = signed(&ALONE, &signer);
        let error = report.unwrap_err().what();
        assert!(error.contains("the signer changed more than a signature"), "{error}");
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "only the unsigned release is there");
    }
}

#[test]
fn a_signed_release_that_was_changed_does_not_verify() {
    let (folder, report) = signed(&ALONE, &Known(pe_signed));
    report.unwrap_or_else(|error| panic!("{error}"));
    let good = read(&folder.path().join("signed"));
    let signature = format!("{PROGRAM}.codesign.json");
    let edit = |name: &str, from: &str, to: &str| {
        let mut files = good.clone();
        let text = String::from_utf8(files[name].clone()).unwrap();
        assert!(text.contains(from), "{name}: {from}");
        files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
        files
    };
    let digest = FileDigest::of(&pe_x86_64()).sha256;
    let other = "0".repeat(64);
    let mut cases = vec![
        ("manifest", edit("release-manifest.json", &digest, &other)),
        ("provenance", edit("provenance.json", &digest, &other)),
        ("build facts", edit("BUILD_META.txt", &digest, &other)),
        ("detached signature", edit(&signature, &digest, &other)),
        ("detached signature of another form", edit(&signature, "\"parts\"", "\"part\"")),
    ];
    for format in ["cdx", "v1.7.cdx", "spdx", "spdx3"] {
        for name in ["hello-1.2.3", PROGRAM] {
            cases.push((
                "bill of materials",
                edit(&format!("{name}.{format}.json"), &digest, &other),
            ));
        }
    }
    let mut missing = good.clone();
    missing.remove(&signature);
    cases.push(("no detached signature", missing));
    for name in ["hello-1.2.3-x86_64-unknown-linux-musl.codesign.json", "setup.exe.codesign.json"] {
        let mut more = good.clone();
        more.insert(name.to_owned(), good[&signature].clone());
        cases.push(("a signature of nothing", more));
    }
    for (index, (what, mut files)) in cases.into_iter().enumerate() {
        // Whoever changes a document can write the sums anew.
        sign_off(&mut files);
        let place = folder.path().join(index.to_string());
        write(&files, &place);
        let (verdict, text) = verdict(&place);
        assert_eq!(verdict, Verdict::Fail, "{what}: {text}");
    }
}
