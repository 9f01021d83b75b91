//! `relhelper sign`: every signature is made in memory and checked; then all files are written, or none.

pub mod signers;
mod statement;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use crate::cli::Sign;
use crate::error::{Answer, CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::files;
use crate::io::gpg;
use crate::io::origin::{Folder, Origin, OriginError};
use crate::io::staged::Staged;
use crate::release::{FileName, layout};
use crate::signature::required::Signing;
use crate::signature::{
    Index, MAX_SIGNATURE_BYTES, MAX_SIGNED_BYTES, Outcome, Signer, VerifyingKey, index,
};
use crate::verify::{Findings, sums};
use statement::Statements;

/// `relhelper sign`
///
/// # Errors
///
/// When a key cannot be used, the release does not agree with its sums, or a signature that is there does not fit.
pub fn run(arguments: &Sign, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let signing = demanded(arguments.config.as_deref())?;
    let signers = signers::configured(arguments)?;
    if signers.is_empty() {
        if signing.mechanisms.is_empty() {
            writeln!(out, "unsigned: no key is configured, so nothing was written")?;
            return Ok(Answer::Yes);
        }
        let words: Vec<_> = signing.mechanisms.iter().map(ToString::to_string).collect();
        let text =
            format!("no key is configured, and the release must be signed by {}", words.join(", "));
        return Err(
            CommandError::message(text).hint("`relhelper sign --help` lists where keys come from")
        );
    }
    let lacking = signing
        .mechanisms
        .iter()
        .find(|mechanism| !signers.iter().any(|signer| signer.mechanism() == **mechanism));
    if let Some(mechanism) = lacking {
        let text = format!("the release must be signed by {mechanism}, and there is no such key");
        return Err(CommandError::message(text));
    }

    let release = Release::read(&arguments.directory)?;
    let mut staged = Staged::new(&arguments.directory)?;
    let mut index = release.index()?;
    let (mut made, mut kept) = (0, 0);
    let mut statements = Statements::read(&release, &signing, &index)?;
    for signer in &signers {
        release.add_key(signer.as_ref(), &signing, &mut index, &mut staged)?;
        if let Some(statements) = &mut statements {
            statements.add(signer.as_ref(), &mut index)?;
        }
    }
    for (name, sha256) in release.files.iter().filter(|(name, _)| signing.covers(name.as_str())) {
        let content = release.content(name, *sha256)?;
        for signer in &signers {
            let signature: FileName = format!("{name}{}", signer.mechanism().suffix()).parse()?;
            if let Some(found) = release.optional(&signature, MAX_SIGNATURE_BYTES)? {
                kept += 1;
                fits(check(signer.as_ref(), name, &content, &found), &signature)?;
            } else {
                made += 1;
                let bytes = signer.sign(name.as_str(), &content);
                let bytes = bytes
                    .map_err(|why| CommandError::message(format!("cannot sign {name}: {why}")))?;
                fits(check(signer.as_ref(), name, &content, &bytes), &signature)?;
                staged.add(&signature, &bytes)?;
            }
            let (mechanism, key_id) = (signer.mechanism(), signer.key_id());
            let (file, sha256) = (name.clone(), *sha256);
            index.add(index::Signature { file, mechanism, key_id, sha256, signature })?;
        }
    }
    staged.replace(&layout::SIGNING_KEY_FINGERPRINT.parse()?, index.fingerprints().as_bytes())?;
    staged.replace(&layout::SIGNATURES.parse()?, &index.to_bytes())?;
    if let Some(statements) = statements {
        (made, kept) = (made + statements.made(), kept + statements.kept);
        // A line that nothing names yet is found and kept when signing is tried again.
        statements.write(&arguments.directory)?;
    }
    staged.commit()?;

    if arguments.json {
        out.write_all(&index.to_bytes())?;
    } else {
        for signer in &signers {
            writeln!(out, "{} {}", signer.mechanism(), signer.key_id())?;
        }
        writeln!(out, "signatures made: {made}, kept: {kept}")?;
    }
    Ok(Answer::Yes)
}

/// What the table `[signing]` of the file `config` demands; nothing without one.
pub fn demanded(config: Option<&Path>) -> Result<Signing, CommandError> {
    let Some(file) = config else { return Ok(Signing::default()) };
    let text = String::from_utf8_lossy(&files::read(file)?).into_owned();
    Signing::from_toml(&text).hint("docs/formats/signatures.md tells what [signing] has")
}

/// What the signer's own public key says of a signature.
fn check(signer: &dyn Signer, name: &FileName, content: &[u8], signature: &[u8]) -> Outcome {
    match signer.public_key() {
        VerifyingKey::Gpg(block) => gpg::check(block, Some(&signer.key_id()), content, signature).0,
        key => key.check(signer.mechanism(), name.as_str(), content, signature),
    }
}

fn fits(outcome: Outcome, signature: &FileName) -> Result<(), CommandError> {
    if outcome.is_valid() {
        return Ok(());
    }
    let text = format!("the signature {signature} does not fit: {outcome}");
    Err(CommandError::message(text)
        .hint("nothing was written; remove the signatures of another release or key first"))
}

/// A release directory whose files have the digests that `SHA256SUMS` promises.
struct Release {
    folder: Folder,
    /// With `SHA256SUMS` itself.
    files: BTreeMap<FileName, Sha256>,
}

impl Release {
    fn read(directory: &Path) -> Result<Self, CommandError> {
        let name: FileName = layout::SHA256SUMS.parse()?;
        let mut release = Self { folder: Folder::new(directory), files: BTreeMap::new() };
        let bytes = release.folder.read(&name, sums::MAX_BYTES)?;
        let mut findings = Findings::default();
        for (path, sha256) in sums::parse(layout::SHA256SUMS, &bytes, &mut findings) {
            release.files.insert(path.as_str().parse()?, sha256);
        }
        if let Some(problem) = findings.finish().0.first() {
            return Err(CommandError::message(problem.to_string())
                .hint("`relhelper verify` lists all that is wrong"));
        }
        release.files.insert(name, Sha256::of(&bytes));
        Ok(release)
    }

    /// The bytes of a file, if they are those that were promised.
    fn content(&self, name: &FileName, sha256: Sha256) -> Result<Vec<u8>, CommandError> {
        let content = self.folder.read(name, MAX_SIGNED_BYTES)?;
        let found = Sha256::of(&content);
        if found != sha256 {
            let text = format!("{name} has the SHA-256 {found}, and SHA256SUMS says {sha256}");
            return Err(
                CommandError::message(text).hint("`relhelper verify` lists all that is wrong")
            );
        }
        Ok(content)
    }

    fn optional(&self, name: &FileName, limit: u64) -> Result<Option<Vec<u8>>, CommandError> {
        match self.folder.read(name, limit) {
            Err(OriginError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }

    /// What an earlier run said, for signatures that are there and about these bytes.
    fn index(&self) -> Result<Index, CommandError> {
        let Some(bytes) = self.optional(&layout::SIGNATURES.parse()?, index::MAX_BYTES)? else {
            return Ok(Index::default());
        };
        let index = Index::parse(&bytes)?;
        for signature in index.signatures() {
            if self.files.get(&signature.file) != Some(&signature.sha256) {
                let text = format!("signatures.json is about another {}", signature.file);
                return Err(CommandError::message(text)
                    .hint("remove the signatures of the other release first"));
            }
            if self.optional(&signature.signature, MAX_SIGNATURE_BYTES)?.is_none() {
                let text =
                    format!("signatures.json names {}, which is not there", signature.signature);
                return Err(CommandError::message(text));
            }
        }
        Ok(index)
    }

    /// Puts the public key of `signer` beside the signatures.
    fn add_key(
        &self,
        signer: &dyn Signer,
        signing: &Signing,
        index: &mut Index,
        staged: &mut Staged,
    ) -> Result<(), CommandError> {
        let (mechanism, key_id) = (signer.mechanism(), signer.key_id());
        let public_key: FileName = signer.public_name().parse()?;
        let text = signer.public_file().map_err(|why| {
            CommandError::message(format!("the public {mechanism} key cannot be written: {why}"))
        })?;
        match self.optional(&public_key, MAX_SIGNATURE_BYTES)? {
            None => staged.add(&public_key, text.as_bytes())?,
            Some(found) if found == text.as_bytes() => {}
            Some(_) => {
                let text = format!("{public_key} is another key than the one that signs now");
                return Err(CommandError::message(text).hint(
                    "nothing was written; a second signer takes another mechanism, a new key the place of the old one once its signatures are removed: docs/formats/signatures.md",
                ));
            }
        }
        let files = signing.files.clone();
        index.add_key(index::Key { mechanism, key_id, public_key, files })?;
        Ok(())
    }
}
