//! The detached code signatures beside a release, put onto programs that were built again.

use std::collections::BTreeMap;

use super::make::Sign;
use crate::codesign::System;
use crate::compare::envelope::detached::Detached;
use crate::error::{CommandError, Hint as _};
use crate::facts::Sha256;
use crate::io::origin::Origin;
use crate::release::FileName;
use crate::release::layout::code_signed;
use crate::verify::MAX_DOCUMENT_BYTES;

/// By the SHA-256 of the program that each is for.
pub struct Signatures(BTreeMap<String, Detached>);

impl Signatures {
    /// Those among the files `names` of `origin`.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or is none.
    pub fn read(
        origin: &dyn Origin,
        names: impl IntoIterator<Item = String>,
    ) -> Result<Self, CommandError> {
        let mut signatures = BTreeMap::new();
        for name in names.into_iter().filter(|name| code_signed(name).is_some()) {
            let bytes = origin.read(&name.parse()?, MAX_DOCUMENT_BYTES)?;
            let detached = Detached::parse(&bytes)
                .map_err(|error| CommandError::message(format!("{name}: {error}")))?;
            signatures.insert(detached.unsigned.sha256.clone(), detached);
        }
        Ok(Self(signatures))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Sign for Signatures {
    fn sign(
        &self,
        _system: System,
        name: &FileName,
        unsigned: &[u8],
    ) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(detached) = self.0.get(&Sha256::of(unsigned).to_string()) else { return Ok(None) };
        let signed = detached.attach(unsigned);
        signed
            .map(Some)
            .map_err(|why| CommandError::message(format!("{name}: {why}")))
            .hint("nothing was written")
    }
}
