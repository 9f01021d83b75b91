//! One file, or the bills of materials of one artifact.

use std::io::Read as _;

use super::read::{document, measure, open, unreadable};
use super::unpack;
use crate::archive::read::Format;
use crate::facts::Measured;
use crate::io::origin::Origin;
use crate::release::FileName;
use crate::release::layout::{Each, all_of};
use crate::verify::files::Promises;
use crate::verify::{Findings, Kind, MAX_DOCUMENT_BYTES, Release, bundle, code_signature, sbom};

/// What was found out about some files.
#[derive(Default)]
pub(super) struct Looked {
    pub findings: Findings,
    pub measured: Vec<Measured>,
}

/// What one thread does at once.
pub(super) enum Job<'a> {
    /// A file that is only measured, or a bundle.
    File(&'a FileName),
    /// The bills of materials of an artifact.
    Sboms(&'a FileName, &'a Each<FileName>),
}

pub(super) fn borrow<'a>(
    names: &'a Each<FileName>,
    documents: &'a Each<Vec<u8>>,
) -> sbom::Documents<'a> {
    std::array::from_fn(|index| (&names[index], documents[index].as_slice()))
}

pub(super) struct Judge<'a> {
    pub origin: &'a dyn Origin,
    pub promises: &'a Promises,
    pub release: Option<&'a Release>,
}

impl Judge<'_> {
    pub fn look(&self, job: &Job, reference: Option<&sbom::Reference>) -> Looked {
        match job {
            Job::File(name) => self.file(name, reference),
            Job::Sboms(file, names) => {
                let (documents, mut looked) = self.documents(names);
                if let Some((documents, release)) = documents.zip(self.release) {
                    let documents = borrow(names, &documents);
                    sbom::check_artifact(
                        &documents,
                        file,
                        release,
                        reference,
                        &mut looked.findings,
                    );
                }
                looked
            }
        }
    }

    fn file(&self, name: &FileName, reference: Option<&sbom::Reference>) -> Looked {
        let mut looked = Looked::default();
        let limit = Promises::limit(name, self.release);
        let Some(mut stream) = open(self.origin, name, limit, &mut looked.findings) else {
            return looked;
        };
        if let Some(release) = self.release.filter(|_| code_signature::is_detached(name)) {
            let mut bytes = Vec::new();
            match stream.read_to_end(&mut bytes) {
                Ok(_) => {
                    self.measured(name, Measured::of(&bytes), &mut looked);
                    code_signature::check(name, &bytes, release, &mut looked.findings);
                }
                Err(error) => unreadable(name.as_str(), limit, &error, &mut looked.findings),
            }
            return looked;
        }
        let row = self.release.and_then(|release| Some((release, release.artifacts.get(name)?)));
        let opened = match row.filter(|(_, row)| row.kind == "bundle") {
            None => measure(&mut stream).map(|measured| (measured, None)),
            Some((release, row)) => {
                let zip = name.as_str().strip_suffix(".zip").is_some();
                let format = if zip { Format::Zip } else { Format::TarGz };
                unpack::open(format, &mut stream)
                    .map(|(measured, members)| (measured, Some((release, row, members))))
            }
        };
        match opened {
            Ok((measured, inside)) => {
                self.measured(name, measured, &mut looked);
                match inside {
                    None => {}
                    Some((release, row, Ok(members))) => {
                        let known = reference.is_some_and(sbom::Reference::writer_is_this);
                        bundle::check(row, release, &members, known, &mut looked.findings);
                    }
                    Some((_, _, Err(defect))) => {
                        let expected = "an archive that can be unpacked safely";
                        looked.findings.add(Kind::Form, name.as_str(), None, &defect, expected);
                    }
                }
            }
            Err(error) => unreadable(name.as_str(), limit, &error, &mut looked.findings),
        }
        looked
    }

    fn measured(&self, name: &FileName, measured: Measured, looked: &mut Looked) {
        self.promises.check_measured(name, measured, self.release, &mut looked.findings);
        looked.measured.push(measured);
    }

    /// Bills of materials of one thing; none unless all can be read.
    pub fn documents(&self, names: &Each<FileName>) -> (Option<Each<Vec<u8>>>, Looked) {
        let mut looked = Looked::default();
        let read = names.each_ref().map(|name| {
            let bytes =
                document(self.origin, name.as_str(), MAX_DOCUMENT_BYTES, &mut looked.findings)?;
            self.measured(name, Measured::of(&bytes), &mut looked);
            Some(bytes)
        });
        (all_of(read), looked)
    }
}
