//! Whether every signature is there that a release says it has, and that its maintainer demands. Whose they are, and whether they
//! are right, only keys tell.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Findings, Kind};
use crate::facts::Sha256;
use crate::release::FileName;
use crate::release::layout::{PROVENANCE, SIGNATURES};
use crate::signature::Index;
use crate::signature::required::{Demand, Signing};

/// What is held against each other.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `signatures.json`, if there is one.
    pub index: Option<&'a Index>,
    /// What the maintainer demands; nothing by default.
    pub signing: &'a Signing,
    /// The files of the release, `SHA256SUMS` among them, with the digests it has for them.
    pub files: &'a BTreeMap<FileName, Sha256>,
}

impl Signed<'_> {
    /// Every signature that must be there.
    #[must_use]
    pub fn demanded(&self) -> BTreeSet<Demand> {
        let names = self.files.keys().map(FileName::as_str);
        let by_index = self.index.map(|index| index.demanded(self.files)).unwrap_or_default();
        by_index.into_iter().chain(self.signing.demanded(names)).collect()
    }

    /// Takes note of what `signatures.json` says of other files than those of the release, and of what it does not say.
    pub fn check_index(&self, findings: &mut Findings) {
        let Some(index) = self.index else { return };
        let signatures = index.signatures().map(|one| (&one.file, one.sha256));
        let payloads = index.attestations().map(|one| (&one.file, one.sha256));
        for (file, sha256) in signatures.chain(payloads) {
            let of_release = self.files.get(file);
            if of_release != Some(&sha256) {
                let expected = of_release.map_or("no such file".to_owned(), Sha256::to_string);
                let at = format!("the digest of `{file}`");
                findings.disagreement(SIGNATURES, &at, &sha256.to_string(), &expected);
            }
        }
        let described: BTreeSet<_> =
            index.signatures().map(|one| (one.file.as_str(), one.mechanism)).collect();
        for demand in index.demanded(self.files) {
            if !described.contains(&(demand.file.as_str(), demand.mechanism)) {
                let found = format!("no entry for `{}`", demand.signature());
                let expected = "one for every file that its keys sign";
                findings.add(Kind::Missing, SIGNATURES, None, &found, expected);
            }
        }
    }

    /// Takes note of statements that `lines`, the digests of all lines of the file of attestations, does not have.
    pub fn check_lines(&self, lines: &BTreeSet<Sha256>, findings: &mut Findings) {
        let Some(index) = self.index else { return };
        for one in index.attestations().filter(|one| !lines.contains(&one.line)) {
            let found = format!("no line with the SHA-256 {} in {}", one.line, one.attestations);
            let expected =
                format!("it as a signed statement ({}), as {SIGNATURES} says", one.mechanism);
            findings.add(Kind::Unsigned, one.file.as_str(), None, &found, &expected);
        }
        let attesting = index.attesting(self.files);
        let has = |mechanism| index.attestations().any(|one| one.mechanism == mechanism);
        for mechanism in attesting.into_iter().filter(|mechanism| !has(*mechanism)) {
            let found = format!("no signed statement by {mechanism} in {SIGNATURES}");
            let expected = "one by every key that signs documents in PEM";
            findings.add(Kind::Unsigned, PROVENANCE, None, &found, expected);
        }
    }
}

/// Takes note of a signature that is not there.
pub fn unsigned(demand: &Demand, found: &str, findings: &mut Findings) {
    let expected = format!("a signature by {}, which must be there", demand.mechanism);
    let found = format!("{found} called `{}`", demand.signature());
    findings.add(Kind::Unsigned, &demand.file, None, &found, &expected);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Mechanism;
    use crate::signature::index::{Attestation, Key, Signature};
    use crate::signature::required::Kind as Files;

    fn files() -> BTreeMap<FileName, Sha256> {
        let names = ["SHA256SUMS", "a-1.tar.gz", "provenance.json"];
        names.map(|name| (name.parse().unwrap(), Sha256::of(name.as_bytes()))).into()
    }

    fn index(files: &BTreeMap<FileName, Sha256>) -> Index {
        let mut index = Index::default();
        let (mechanism, key_id) = (Mechanism::Ed25519, "k".to_owned());
        let public_key = "release-signing-public-key.pem".parse().unwrap();
        let kinds = Files::ALL.into();
        index.add_key(Key { mechanism, key_id: key_id.clone(), public_key, files: kinds }).unwrap();
        for (file, sha256) in files {
            let (signature, sha256) = (format!("{file}.sig").parse().unwrap(), *sha256);
            let (file, key_id) = (file.clone(), key_id.clone());
            index.add(Signature { file, mechanism, key_id, sha256, signature }).unwrap();
        }
        let (file, line): (FileName, _) = ("provenance.json".parse().unwrap(), Sha256::of(b"line"));
        let attestations = "a-1.intoto.jsonl".parse().unwrap();
        let sha256 = files[&file];
        let new = Attestation { file, mechanism, key_id, sha256, attestations, line };
        index.add_attestation(new).unwrap();
        index
    }

    fn told(signed: &Signed<'_>, lines: &[&[u8]]) -> Vec<String> {
        let mut findings = Findings::default();
        signed.check_index(&mut findings);
        let lines = lines.iter().map(|line| Sha256::of(line)).collect();
        signed.check_lines(&lines, &mut findings);
        findings.finish().0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_demanded_follows_from_the_index_and_from_the_maintainer() {
        let (files, index, mut signing) = (files(), index(&files()), Signing::default());
        let names = |index: Option<&Index>, signing: &Signing| -> Vec<String> {
            let demanded = Signed { index, signing, files: &files }.demanded();
            demanded.iter().map(Demand::signature).collect()
        };
        assert_eq!(names(None, &signing), [""; 0]);
        let all = ["SHA256SUMS.sig", "a-1.tar.gz.sig", "provenance.json.sig"];
        assert_eq!(names(Some(&index), &signing), all);
        signing.mechanisms = [Mechanism::Gpg].into();
        signing.files = [Files::Sums].into();
        assert_eq!(names(None, &signing), ["SHA256SUMS.asc"]);
        assert_eq!(names(Some(&index), &signing).len(), 4);
    }

    #[test]
    fn a_signature_that_is_not_there_is_told() {
        let (files, index, signing) = (files(), index(&files()), Signing::default());
        let mut findings = Findings::default();
        let demanded = Signed { index: Some(&index), signing: &signing, files: &files }.demanded();
        unsigned(demanded.first().unwrap(), "no file", &mut findings);
        let (told, _) = findings.finish();
        expect_test::expect!["SHA256SUMS: not signed: found no file called `SHA256SUMS.sig`, expected a signature by ed25519, which must be there"].assert_eq(&told[0].to_string());
    }

    #[test]
    fn an_index_about_another_release_is_told() {
        let (mut files, index, signing) = (files(), index(&files()), Signing::default());
        let check = |files: &_, lines: &[&[u8]]| {
            told(&Signed { index: Some(&index), signing: &signing, files }, lines)
        };
        assert_eq!(check(&files, &[b"other", b"line"]), [""; 0]);
        let [gone] = check(&files, &[b"other"]).try_into().unwrap();
        assert!(gone.starts_with("provenance.json: not signed: found no line with"), "{gone}");
        // A file more has no entry; a file less, or another one, has a wrong one.
        files.insert("a-1.zip".parse().unwrap(), Sha256::of(b""));
        let [more] = check(&files, &[b"line"]).try_into().unwrap();
        assert!(more.contains("no entry for `a-1.zip.sig`"), "{more}");
        files.remove(&"a-1.zip".parse::<FileName>().unwrap());
        files.insert("a-1.tar.gz".parse().unwrap(), Sha256::of(b""));
        let [other] = check(&files, &[b"line"]).try_into().unwrap();
        assert!(other.contains("the digest of `a-1.tar.gz`"), "{other}");
        files.remove(&"a-1.tar.gz".parse::<FileName>().unwrap());
        let [less] = check(&files, &[b"line"]).try_into().unwrap();
        assert!(less.contains("expected no such file"), "{less}");
    }

    #[test]
    fn provenance_that_is_not_there_needs_no_statement() {
        let (mut files, index) = (files(), index(&files()));
        assert_eq!(index.attesting(&files), [Mechanism::Ed25519].into());
        files.remove(&"provenance.json".parse::<FileName>().unwrap());
        assert_eq!(index.attesting(&files), [].into());
    }

    #[test]
    fn a_key_that_signs_documents_signs_provenance_as_a_statement() {
        let (files, signing) = (files(), Signing::default());
        let text = String::from_utf8(index(&files).to_bytes()).unwrap();
        let from = text.find("\"attestations\": [").unwrap();
        let without = format!("{}\"attestations\": []}}", &text[..from]);
        let index = Index::parse(without.as_bytes()).unwrap();
        let told = told(&Signed { index: Some(&index), signing: &signing, files: &files }, &[]);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("no signed statement by ed25519"), "{told:?}");
    }
}
