//! Provenance as signed statements: lines of `N-V.intoto.jsonl`, found or made.

use std::collections::BTreeSet;
use std::path::Path;

use super::Release;
use crate::attestation::published::Published;
use crate::attestation::{jsonl, signed};
use crate::error::{CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::append;
use crate::release::{FileName, layout};
use crate::signature::required::Signing;
use crate::signature::{Index, Mechanism, Signer, VerifyingKey, index};

const HINT: &str =
    "nothing was written; look at the line, and remove it if it is of another release or key";

/// The lines there are, and those to be added.
pub(super) struct Statements {
    /// `provenance.json`, its digest, and its bytes: what is signed.
    payload: (FileName, Sha256, Vec<u8>),
    file: FileName,
    before: Vec<u8>,
    new: Vec<String>,
    /// How many lines were there already.
    pub kept: usize,
}

impl Statements {
    /// Of the release, if `signing` wants documents signed and it has provenance.
    pub(super) fn read(
        release: &Release,
        signing: &Signing,
        index: &Index,
    ) -> Result<Option<Self>, CommandError> {
        let name: FileName = layout::PROVENANCE.parse()?;
        let Some(sha256) = release.files.get(&name).copied() else { return Ok(None) };
        if !signing.covers(name.as_str()) {
            return Ok(None);
        }
        let content = release.content(&name, sha256)?;
        let published =
            Published::parse(&content).hint("`relhelper verify` lists all that is wrong")?;
        let file = published.attestations()?;
        let before = release.optional(&file, jsonl::MAX_BYTES)?.unwrap_or_default();
        let lines: BTreeSet<_> = before.split(|byte| *byte == b'\n').map(Sha256::of).collect();
        if let Some(gone) = index.attestations().find(|one| !lines.contains(&one.line)) {
            let text = format!(
                "signatures.json names the line {} of {file}, which is not there",
                gone.line
            );
            return Err(CommandError::message(text).hint(HINT));
        }
        let payload = (name, sha256, content);
        Ok(Some(Self { payload, file, before, new: Vec::new(), kept: 0 }))
    }

    /// Signs as `signer` does, unless it has done so, and says so in `index`. Keys that are not in PEM sign no statements.
    pub(super) fn add(
        &mut self,
        signer: &dyn Signer,
        index: &mut Index,
    ) -> Result<(), CommandError> {
        let (file, sha256, content) = &self.payload;
        let (VerifyingKey::Pem(key), mechanism) = (signer.public_key(), signer.mechanism()) else {
            return Ok(());
        };
        let Some(envelope) = signer.statement(content.clone()) else { return Ok(()) };
        let find = |bytes: &[u8]| {
            signed::lines_of(bytes, content, key).map_err(|error| {
                CommandError::message(format!("{} cannot be added to: {error}", self.file))
                    .hint(HINT)
            })
        };
        let key_id = signer.key_id();
        let found = find(&self.before)?;
        let listed: Vec<_> = lines_of(index, mechanism, &key_id).collect();
        if let Some(wrong) = listed.iter().find(|line| !found.contains(line)) {
            let text = format!("the line {wrong} of {} is none of the key {key_id}", self.file);
            return Err(CommandError::message(text).hint(HINT));
        }
        let line = if let Some(line) = listed.first().or(found.first()) {
            self.kept += 1;
            *line
        } else {
            let line = envelope?.to_line();
            let made = find(line.as_bytes())?.first().copied();
            let made = made.ok_or_else(|| {
                CommandError::message(format!("the key {key_id} makes statements that do not fit"))
            })?;
            self.new.push(line);
            made
        };
        let (file, sha256, attestations) = (file.clone(), *sha256, self.file.clone());
        let new = index::Attestation { file, mechanism, key_id, sha256, attestations, line };
        Ok(index.add_attestation(new)?)
    }

    /// Number of lines to be added.
    pub(super) fn made(&self) -> usize {
        self.new.len()
    }

    /// Adds the lines to the file in `folder`; what others have added meanwhile stays.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CommandError> {
        if self.new.is_empty() {
            return Ok(());
        }
        append::replace(&self.file.inside(folder), jsonl::MAX_BYTES, |before| {
            let with = |text: Vec<u8>, line: &String| jsonl::with_line(&text, line);
            self.new.iter().try_fold(before.to_vec(), with).map_err(|error| {
                CommandError::message(format!("{} cannot be added to: {error}", self.file))
            })
        })
    }
}

fn lines_of<'a>(
    index: &'a Index,
    mechanism: Mechanism,
    key_id: &'a str,
) -> impl Iterator<Item = Sha256> + 'a {
    let own = move |one: &&index::Attestation| one.mechanism == mechanism && one.key_id == key_id;
    index.attestations().filter(own).map(|one| one.line)
}
