//! What was built against what is published, with folders in the place of Nix's store.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser as _;
use expect_test::expect;
use tempfile::{TempDir, tempdir};

use super::files::read_both;
use super::session::Session;
use super::steps::Run;
use crate::cargo::samples::closure;
use crate::cli::Rebuild;
use crate::codesign::System;
use crate::commands::codesign::make::{Sign, make};
use crate::commands::codesign::release::{Output, Source};
use crate::error::CommandError;
use crate::facts::{Sha256, samples};
use crate::fixtures::{pe_signed, pe_x86_64};
use crate::io::gather::samples::{Files, Memory, release, release_of};
use crate::io::nix::Nix;
use crate::io::origin::{Folder, Origin, OriginError};
use crate::io::verified::Verified;
use crate::nix::{Closure, StorePath};
use crate::rebuild::findings::{File, FileVerdict, Findings, Outcome};
use crate::rebuild::{Plan, Published, Selection};
use crate::release::FileName;
use crate::release::layout::{MANIFEST, PROVENANCE, SHA256SUMS};

const PROGRAM: &str = "hello-1.2.3-x86_64-unknown-linux-musl";
const SIDECAR: &str = "hello-1.2.3.spdx.json";
const BUNDLE: &str = "hello-1.2.3-x86_64-pc-windows-gnullvm.zip";

static RELEASE: LazyLock<Files> = LazyLock::new(release);

/// The arguments as a user gives them.
#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    rebuild: Rebuild,
}

/// A release that was published, and a store in which it was built.
struct Case {
    folder: TempDir,
    published: Published,
    closure: Closure,
    /// The derivation of the release.
    release: StorePath,
}

impl Case {
    /// Of the files that are published and of those that were built.
    fn of(published: &Files, built: &Files) -> Self {
        let (closure, folder) = (closure(), tempdir().unwrap());
        let release = closure.derivations().find(|(path, _)| path.name() == "top-1.2.drv");
        let release = release.unwrap().0.clone();
        let case = Self {
            published: Published::read(&published[PROVENANCE], &published[MANIFEST]).unwrap(),
            folder,
            closure,
            release,
        };
        write(published, &case.place());
        write(built, &case.output());
        case
    }

    /// Of the same files.
    fn new() -> Self {
        Self::of(&RELEASE, &RELEASE)
    }

    /// Where the release is published.
    fn place(&self) -> PathBuf {
        self.folder.path().join("published")
    }

    fn nix(&self) -> Nix {
        let store = self.folder.path().join("store");
        Nix::new(Path::new("none"), self.folder.path(), Some(&store))
    }

    /// Where the release was built.
    fn output(&self) -> PathBuf {
        let step = self.closure.derivations().find(|(path, _)| **path == self.release).unwrap().1;
        self.nix().locate(&step.outputs["out"].path)
    }

    /// Puts a link to `target` into the place of something that was built.
    fn link(&self, name: &str, target: &Path) {
        let place = self.output().join(name);
        fs::remove_file(&place).unwrap();
        symlink(target, place).unwrap();
    }

    /// Has `provenance.json` name another output for every artifact, which holds `files`; gives its place.
    fn made_elsewhere(&mut self, files: &Files) -> PathBuf {
        let other = StorePath::of_source("elsewhere", &[9; 32]);
        for artifact in self.published.artifacts.values_mut() {
            artifact.output = other.clone();
        }
        let place = self.nix().locate(&other);
        write(files, &place);
        place
    }

    fn compare_from(
        &self,
        origin: &dyn Origin,
        arguments: &[&str],
    ) -> Result<Findings, CommandError> {
        let words = ["rebuild", "release"].iter().chain(arguments);
        let arguments = Arguments::parse_from(words).rebuild;
        let artifacts = arguments.artifacts.iter().cloned().collect();
        let selection = Selection { artifacts, ..Selection::default() };
        let plan = Plan::new(&self.published, &selection).unwrap();
        let session = Session::of_tests();
        let mut run = Run::new(&arguments, origin, &session);
        let sums = Sha256::of(&origin.read(&SHA256SUMS.parse()?, 1 << 20)?);
        let verified = Verified::new(origin, sums)?;
        run.compare(&verified, &self.nix(), &self.published, &plan, &self.closure, &self.release)?;
        Ok(run.findings)
    }

    #[track_caller]
    fn compare(&self, arguments: &[&str]) -> Findings {
        let compared = self.compare_from(&Folder::new(&self.place()), arguments);
        compared.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn write(files: &Files, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
}

fn outcome(findings: &Findings) -> Outcome {
    findings.steps.last().unwrap().outcome
}

/// The one file that does not match.
#[track_caller]
fn odd(findings: &Findings) -> &File {
    let odd: Vec<_> =
        findings.files.iter().filter(|file| file.verdict != FileVerdict::Match).collect();
    assert_eq!(odd.len(), 1, "{odd:?}");
    odd[0]
}

#[test]
fn the_same_files_match() {
    let findings = Case::new().compare(&[]);
    assert_eq!(findings.files.len(), RELEASE.len());
    assert!(findings.files.iter().all(|file| file.verdict == FileVerdict::Match));
    assert_eq!(outcome(&findings), Outcome::Yes);
}

#[test]
fn a_link_to_the_published_file_is_no_match() {
    for name in [PROGRAM, SIDECAR, SHA256SUMS] {
        let case = Case::new();
        case.link(name, &case.place().join(name));
        let findings = case.compare(&[]);
        let file = odd(&findings);
        assert_eq!((file.file.as_str(), file.verdict), (name, FileVerdict::Mismatch));
        // So that whoever attests it says of which file.
        let published = Sha256::of(&RELEASE[name]);
        assert_eq!((file.published, file.rebuilt), (Some(published), None));
        let told = file.findings.join("\n");
        let target = format!("/published/{name}`, expected a regular file");
        assert!(told.contains("is a link to `/") && told.contains(&target), "{told}");
        assert_eq!(outcome(&findings), Outcome::No);
    }
}

#[test]
fn nothing_of_a_file_that_a_link_leads_to_is_told_or_copied() {
    let (case, out) = (Case::new(), tempdir().unwrap());
    let secret = case.folder.path().join("secret");
    fs::write(&secret, "hunter22hunter22").unwrap();
    case.link(SIDECAR, &secret);
    let findings = case.compare(&["--files", out.path().to_str().unwrap()]);
    assert_eq!(odd(&findings).verdict, FileVerdict::Mismatch);
    let told = serde_json::to_string(&findings.files).unwrap();
    assert!(!told.contains("hunter22") && !told.contains("68756e74"), "{told}");
    assert!(!told.contains(&Sha256::of(b"hunter22hunter22").to_string()), "{told}");
    let copied = fs::read_dir(out.path()).unwrap().count();
    assert_eq!(copied, RELEASE.len() - 1);
    assert!(out.path().join(SIDECAR).symlink_metadata().is_err());
}

#[test]
fn an_output_that_is_a_link_is_not_looked_into() {
    let case = Case::new();
    fs::remove_dir_all(case.output()).unwrap();
    symlink(case.place(), case.output()).unwrap();
    let error = case.compare_from(&Folder::new(&case.place()), &[]).err().unwrap().what();
    assert!(error.contains("is a link to `/") && error.contains("expected a folder"), "{error}");
}

#[test]
fn nothing_on_the_way_to_a_member_may_be_a_link() {
    let mut case = Case::new();
    let name: FileName = PROGRAM.parse().unwrap();
    let artifact = case.published.artifacts.get_mut(&name).unwrap();
    artifact.member = "bin/inner/hello".parse().unwrap();
    let inner = Files::from([("hello".to_owned(), RELEASE[PROGRAM].clone())]);
    let (bin, elsewhere) = (case.output().join("bin"), case.folder.path().join("elsewhere"));
    let verdict = || {
        let findings = case.compare(&["--artifact", PROGRAM]);
        assert_eq!(findings.files.len(), 1);
        (findings.files[0].verdict, findings.files[0].findings.join("\n"))
    };
    let (found, told) = verdict();
    assert_eq!(found, FileVerdict::Missing);
    assert!(told.starts_with("the build makes no /"), "{told}");

    write(&inner, &bin.join("inner"));
    assert_eq!(verdict(), (FileVerdict::Match, String::new()));

    fs::rename(&bin, &elsewhere).unwrap();
    symlink(&elsewhere, &bin).unwrap();
    assert_eq!(verdict().0, FileVerdict::Mismatch);
    fs::remove_file(&bin).unwrap();

    fs::create_dir(&bin).unwrap();
    symlink(elsewhere.join("inner"), bin.join("inner")).unwrap();
    let (found, told) = verdict();
    assert_eq!(found, FileVerdict::Mismatch);
    assert!(told.contains("/bin/inner is a link to `/"), "{told}");
    fs::remove_file(bin.join("inner")).unwrap();

    fs::create_dir_all(bin.join("inner/hello")).unwrap();
    let (found, told) = verdict();
    assert_eq!(found, FileVerdict::Mismatch);
    assert!(told.contains("is a folder, expected a regular file"), "{told}");
}

#[test]
fn an_artifact_is_what_the_named_derivation_makes() {
    let mut case = Case::new();
    let place = case.made_elsewhere(&RELEASE);
    assert_eq!(outcome(&case.compare(&[])), Outcome::Yes);

    // Published and built release are the same, and nobody built the program as provenance.json says.
    let honest = b"#!/bin/sh\necho honest\n";
    fs::write(place.join(PROGRAM), honest).unwrap();
    let out = tempdir().unwrap();
    let findings = case.compare(&["--files", out.path().to_str().unwrap()]);
    assert_eq!(fs::read(out.path().join(PROGRAM)).unwrap(), honest);
    assert_eq!(fs::read(out.path().join(SIDECAR)).unwrap(), RELEASE[SIDECAR]);
    let file = odd(&findings);
    assert_eq!((file.file.as_str(), file.verdict), (PROGRAM, FileVerdict::Mismatch));
    assert_eq!(file.published, Some(Sha256::of(&RELEASE[PROGRAM])));
    assert_eq!(file.rebuilt, Some(Sha256::of(honest)));
    let told = file.findings.join("\n");
    assert!(told.contains("-elsewhere, which provenance.json names:\nfirst difference"), "{told}");
    assert_eq!(outcome(&findings), Outcome::No);

    fs::remove_file(place.join(PROGRAM)).unwrap();
    for is_link in [false, true] {
        if is_link {
            symlink(case.place().join(PROGRAM), place.join(PROGRAM)).unwrap();
        }
        let out = tempdir().unwrap();
        let findings = case.compare(&["--files", out.path().to_str().unwrap()]);
        assert!(out.path().join(PROGRAM).symlink_metadata().is_err());
        let file = odd(&findings);
        assert_eq!((file.verdict, file.rebuilt), (FileVerdict::Mismatch, None), "{is_link}");
    }
}

#[test]
fn what_sha256sums_names_is_missed_where_nothing_can_be_listed() {
    for listed in [false, true] {
        for name in [SIDECAR, PROGRAM, SHA256SUMS] {
            let case = Case::new();
            fs::remove_file(case.output().join(name)).unwrap();
            let mut files = RELEASE.clone();
            files.insert("SHA256SUMS.sig".to_owned(), b"x".to_vec());
            let findings = case.compare_from(&Memory { files, listed }, &[]);
            let mut findings = findings.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(outcome(&findings), Outcome::No, "{name}, listed: {listed}");
            // Which is added after the build, and seen where there is a list.
            findings.files.retain(|file| file.verdict != FileVerdict::NotBuilt);
            let file = odd(&findings);
            assert_eq!((file.file.as_str(), file.verdict), (name, FileVerdict::Missing));
        }
    }
}

/// A server that gives another file of this name the second time.
struct Fickle {
    files: Files,
    name: &'static str,
    asked: AtomicBool,
}

impl Origin for Fickle {
    fn name(&self) -> String {
        "fickle".to_owned()
    }

    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        Ok(None)
    }

    fn open(&self, file: &FileName, _: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let missing = || OriginError::Missing { file: file.to_string(), origin: self.name() };
        let content = self.files.get(file.as_str()).ok_or_else(missing)?;
        let other = file.as_str() == self.name && self.asked.swap(true, Ordering::Relaxed);
        let line = if other { b"\n".as_slice() } else { b"" };
        Ok(Box::new(content.chain(line)))
    }
}

#[test]
fn another_list_or_document_than_was_verified_ends_the_run() {
    for name in [SHA256SUMS, PROVENANCE, MANIFEST] {
        let server = Fickle { files: RELEASE.clone(), name, asked: AtomicBool::new(false) };
        let arguments = Arguments::parse_from(["rebuild", "release"]).rebuild;
        let session = Session::of_tests();
        let report = Run::new(&arguments, &server, &session).report();
        assert_eq!(report.steps.len(), 1, "{name}: {:?}", report.steps);
        assert_eq!(report.steps[0].outcome, Outcome::Unknown, "{name}");
        let told = report.steps[0].problems.join("\n");
        let why = format!("{name} in fickle\nwhy: its bytes are not those that were verified");
        assert!(told.contains(&why), "{told}");
    }
}

#[test]
fn another_file_than_was_verified_is_no_match() {
    let mut other = RELEASE.clone();
    other.get_mut(SIDECAR).unwrap().push(b'\n');
    // Served later, as the build makes it; SHA256SUMS names the first one.
    let case = Case::of(&other, &other);
    let findings = case.compare(&[]);
    let file = odd(&findings);
    assert_eq!((file.file.as_str(), file.verdict), (SIDECAR, FileVerdict::Inconclusive));
    assert_eq!(file.findings, ["its bytes are not those that were verified"]);
    assert_eq!(outcome(&findings), Outcome::Unknown);
}

#[test]
fn a_difference_is_told_and_explained() {
    let case = Case::new();
    let mut other = RELEASE[SIDECAR].clone();
    let end = other.len() - 1;
    other[end] = b' ';
    other.push(b'\n');
    fs::write(case.output().join(SIDECAR), &other).unwrap();
    let findings = case.compare(&[]);
    let file = odd(&findings);
    assert_eq!((file.file.as_str(), file.verdict), (SIDECAR, FileVerdict::Mismatch));
    let digests = (Some(Sha256::of(&RELEASE[SIDECAR])), Some(Sha256::of(&other)));
    assert_eq!((file.published, file.rebuilt), digests);
    let told = format!(
        "first difference at byte {end}: published 0x0a, rebuilt 0x20\npublished {} bytes, rebuilt {} bytes",
        end + 1,
        end + 2
    );
    assert_eq!(file.findings[..2].join("\n"), told);
    assert!(file.explanation.is_some());
    let step = findings.steps.last().unwrap();
    let all = RELEASE.len();
    assert_eq!(step.summary, format!("{} of {all} files match", all - 1));
    assert_eq!(step.problems, [format!("different: {SIDECAR}")]);
}

#[test]
fn two_files_are_read_to_their_ends() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    let long = vec![b'x'; 600 * 1024];
    for (at, change) in [(0, b'y'), (300 * 1024, b'y'), (600 * 1024 - 1, b'y'), (7, b'x')] {
        let mut other = long.clone();
        other[at] = change;
        fs::write(&file, &other).unwrap();
        let pair = read_both(&long[..], fs::File::open(&file).unwrap()).unwrap();
        let first = (change != b'x').then_some((at as u64, Some(b'x'), Some(change)));
        assert_eq!(pair.first, first);
        assert_eq!(pair.digests, (Sha256::of(&long), Sha256::of(&other)));
        assert_eq!(pair.told(["one", "other"]).len(), usize::from(first.is_some()));
    }
    let pair = read_both(&long[1..], fs::File::open(&file).unwrap()).unwrap();
    expect![[r#"
        first difference at byte 614399: one the end, other 0x78
        one 614399 bytes, other 614400 bytes"#]]
    .assert_eq(&pair.told(["one", "other"]).join("\n"));
}

#[test]
fn what_is_not_published_stays_missing_whoever_makes_it() {
    let mut case = Case::new();
    let place = case.made_elsewhere(&RELEASE);
    fs::write(place.join(PROGRAM), "other").unwrap();
    let mut files = RELEASE.clone();
    files.remove(PROGRAM);
    let findings = case.compare_from(&Memory { files, listed: true }, &[]);
    let findings = findings.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(odd(&findings).verdict, FileVerdict::Missing);
    assert!(odd(&findings).findings.join("\n").contains("which provenance.json names"));
}

/// Signs the one program of the fixtures.
struct Known;

impl Sign for Known {
    fn sign(&self, _: System, _: &FileName, _: &[u8]) -> Result<Option<Vec<u8>>, CommandError> {
        Ok(Some(pe_signed()))
    }
}

#[test]
fn code_signatures_are_put_on_what_the_named_derivation_makes() {
    let program = |triple: &str| match triple {
        "x86_64-pc-windows-gnullvm" => pe_x86_64(),
        _ => b"#!/bin/sh\necho hello\n".to_vec(),
    };
    let unsigned = release_of(&samples::release_json_with_crates(), &program, &|_, _| {});
    let folder = tempdir().unwrap();
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    write(&unsigned, &before);
    let mut output = Output::new(&after).unwrap_or_else(|error| panic!("{error}"));
    let made = Source::open(&before).and_then(|source| make(&source, &mut output, &Known));
    made.and_then(|_| output.finish()).unwrap_or_else(|error| panic!("{error}"));
    let entries = fs::read_dir(&after).unwrap().map(Result::unwrap);
    let signed: Files = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    assert!(signed[BUNDLE] != unsigned[BUNDLE]);

    let mut case = Case::of(&signed, &unsigned);
    let place = case.made_elsewhere(&unsigned);
    let findings = case.compare(&[]);
    assert_eq!(outcome(&findings), Outcome::Yes, "{findings:?}");
    let bundle = |findings: &Findings| {
        let file = findings.files.iter().find(|file| file.file == BUNDLE).unwrap();
        (file.verdict, file.rebuilt)
    };
    let rebuilt = Some(Sha256::of(&unsigned[BUNDLE]));
    assert_eq!(bundle(&findings), (FileVerdict::MatchButForSignature, rebuilt));

    fs::write(place.join(BUNDLE), "PK").unwrap();
    let findings = case.compare(&[]);
    assert_eq!(outcome(&findings), Outcome::No);
    assert_eq!(bundle(&findings), (FileVerdict::Mismatch, Some(Sha256::of(b"PK"))));
}
