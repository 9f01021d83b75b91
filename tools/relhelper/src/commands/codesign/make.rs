//! A release with its programs signed, whoever signs them: programs, bundles, documents.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use super::release::{Output, Source};
use crate::archive::Effort;
use crate::archive::Level;
use crate::archive::read::{Format, Limits};
use crate::codesign::documents::as_built;
use crate::codesign::report::{Program, Report};
use crate::codesign::{Remade, System, bundle};
use crate::commands::bundle::pack;
use crate::compare::envelope::detached::{FileDigest, extract};
use crate::document::json;
use crate::error::{CommandError, Hint as _};
use crate::io::files::{self, Mode, failed_to};
use crate::io::{cores, unpack};
use crate::release::layout::{BUNDLE_CHECKSUMS, MANIFEST, code_signature};
use crate::release::{FileName, RelativePath};
use crate::verify::documents::manifest::Row;

/// Makes the signed bytes of programs.
pub trait Sign {
    /// Of the program `unsigned`, which is called `name`; nothing when it is to be left as it is.
    ///
    /// # Errors
    ///
    /// When it should be signed and cannot be.
    fn sign(
        &self,
        system: System,
        name: &FileName,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError>;
}

/// Writes `source` into `output` with every program signed that `signer` signs.
///
/// # Errors
///
/// When a program cannot be signed, more than a signature was changed, or a file cannot be read or written.
pub fn make(
    source: &Source,
    output: &mut Output,
    signer: &dyn Sign,
) -> Result<Report, CommandError> {
    as_built(&source.release).hint("begin with the release as it was built")?;
    let mut maker =
        Maker { source, output, signer, done: BTreeMap::new(), report: Report::default() };
    let mut changed = BTreeMap::new();
    // Programs first: those inside of bundles are the same, and are not signed again.
    for kind in ["binary", "bundle"] {
        for row in source.release.manifest.artifacts.iter().filter(|row| row.kind == kind) {
            let Some(system) = System::of_os(row.os.as_deref()) else { continue };
            let file: FileName = row.file.parse()?;
            let digest = match kind {
                "binary" => maker.program(system, &file)?,
                _ => maker.bundle(system, &file, row)?,
            };
            changed.extend(digest.map(|digest| (file, digest)));
        }
    }
    let Maker { mut report, .. } = maker;
    if report.programs.is_empty() {
        return Ok(report);
    }
    documents(source, output, &changed)?;
    report.left_out.clone_from(&source.added);
    Ok(report)
}

struct Maker<'a> {
    source: &'a Source,
    output: &'a mut Output,
    signer: &'a dyn Sign,
    /// SHA-256 of a program → the signed one, or nothing if it is left as it is.
    done: BTreeMap<String, Option<Vec<u8>>>,
    report: Report,
}

impl Maker<'_> {
    /// The program `file` of the release.
    fn program(
        &mut self,
        system: System,
        file: &FileName,
    ) -> Result<Option<FileDigest>, CommandError> {
        let unsigned = self.source.read(file)?;
        if !system.signs(&unsigned) {
            let text = format!("{file} is not a program that has signatures for {system}");
            return Err(CommandError::message(text));
        }
        let signature = code_signature(file.as_str(), None);
        let Some(signed) = self.sign(system, file, &signature, &unsigned)? else { return Ok(None) };
        self.output.write(file, Mode::Executable, &signed)?;
        Ok(Some(FileDigest::of(&signed)))
    }

    /// The bundle `file` of the release.
    fn bundle(
        &mut self,
        system: System,
        file: &FileName,
        row: &Row,
    ) -> Result<Option<FileDigest>, CommandError> {
        let scratch = self.output.scratch(file)?;
        let archive = self.source.place(file);
        let zip = Path::new(file.as_str()).extension().is_some_and(|extension| extension == "zip");
        let format = if zip { Format::Zip } else { Format::TarGz };
        let opened = File::open(&archive).map_err(failed_to("open", &archive))?;
        unpack::unpack(format, opened, &Limits::default(), &scratch)?;
        let folder = unpack::only_folder(&scratch)?;
        let (manifest, checksums) = (folder.join(MANIFEST), folder.join(BUNDLE_CHECKSUMS));
        let documents =
            bundle::Documents::read(&files::read(&manifest)?, &files::read(&checksums)?)
                .map_err(|why| CommandError::message(format!("{file}: {why}")))?;
        let top =
            format!("{}-{}", self.source.release.stem, row.target.as_deref().unwrap_or_default());
        let mut signed = BTreeMap::new();
        for inside in documents.manifest.files.iter().filter(|inside| inside.executable) {
            let path: RelativePath = inside.path.parse()?;
            let place = path.below(&folder);
            let unsigned = files::read(&place)?;
            if !system.signs(&unsigned) {
                continue;
            }
            let signature = code_signature(&top, Some(path.as_str()));
            let name: FileName = path.as_str().rsplit('/').next().unwrap_or_default().parse()?;
            if let Some(program) = self.sign(system, &name, &signature, &unsigned)? {
                rewrite(&place, Mode::Executable, &program)?;
                signed.insert(inside.sha256.clone(), FileDigest::of(&program));
            }
        }
        if signed.is_empty() {
            return Ok(None);
        }
        let documents = documents.signed(&signed);
        rewrite(&manifest, Mode::Plain, &documents.manifest_bytes())?;
        rewrite(&checksums, Mode::Plain, &documents.checksums_bytes())?;
        let effort = Effort { level: Level::DEFAULT, threads: cores::available() };
        let to = self.output.place(file);
        pack(&scratch, to.clone(), self.source.date()?, effort)?;
        fs::remove_dir_all(&scratch).map_err(failed_to("remove", &scratch))?;
        let measured = files::measure(&mut files::open(&to)?).map_err(failed_to("read", &to))?;
        self.output.wrote(file, measured.sha256);
        self.report.bundles.push(file.to_string());
        Ok(Some(FileDigest { size: measured.size, sha256: measured.sha256.to_string() }))
    }

    /// A program, which is signed once however often it is there.
    fn sign(
        &mut self,
        system: System,
        name: &FileName,
        signature: &str,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError> {
        let before = FileDigest::of(unsigned);
        if let Some(done) = self.done.get(&before.sha256) {
            return Ok(done.clone());
        }
        let signed = self.signer.sign(system, name, unsigned)?;
        if let Some(signed) = &signed {
            let detached = extract(signed, unsigned)
                .map_err(|why| {
                    CommandError::message(format!(
                        "{name}: the signer changed more than a signature: {why}"
                    ))
                })
                .hint("nothing was written")?;
            let signature: FileName = signature.parse()?;
            self.output.write(&signature, Mode::Plain, &json::to_bytes(&detached))?;
            self.report.programs.push(Program {
                name: name.to_string(),
                system,
                unsigned: before.clone(),
                signed: FileDigest::of(signed),
                signature: signature.to_string(),
            });
        } else {
            self.report.unsigned.push(name.to_string());
        }
        self.done.insert(before.sha256, signed.clone());
        Ok(signed)
    }
}

/// The documents for the signed bytes, and everything that stays as it is.
fn documents(
    source: &Source,
    output: &mut Output,
    changed: &BTreeMap<FileName, FileDigest>,
) -> Result<(), CommandError> {
    let remade = Remade::new(&source.release, changed)?;
    for (name, bytes) in remade.papers() {
        output.write(&name.parse()?, Mode::Plain, bytes)?;
    }
    for (_, names) in &source.release.sboms {
        let bytes = names.iter().map(|name| source.read(name)).collect::<Result<Vec<_>, _>>()?;
        let documents = std::array::from_fn(|index| (&names[index], bytes[index].as_slice()));
        for (name, bytes) in names.iter().zip(remade.sboms(&documents, &source.release)?) {
            output.write(name, Mode::Plain, &bytes)?;
        }
    }
    for name in source.sums.keys() {
        if !output.has(name) {
            let row = source.release.artifacts.get(name);
            let mode = Mode::of(row.is_some_and(|row| row.kind == "binary"));
            let measured = files::copy_measured(&source.place(name), &output.place(name), mode)?;
            output.wrote(name, measured.sha256);
        }
    }
    Ok(())
}

/// Puts other bytes into a file of an unpacked bundle.
fn rewrite(place: &Path, mode: Mode, bytes: &[u8]) -> Result<(), CommandError> {
    fs::remove_file(place).map_err(failed_to("replace", place))?;
    Ok(files::write(place, mode, bytes)?)
}
