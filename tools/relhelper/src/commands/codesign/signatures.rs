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

/// Most bytes of all of them together, which are kept: `SHA256SUMS` has room for many. A large one has a megabyte.
const MAX_BYTES: u64 = 8 * MAX_DOCUMENT_BYTES;

/// By the SHA-256 of the program that each is for.
pub struct Signatures(BTreeMap<String, Detached>);

impl Signatures {
    /// Those among the files `names` of `origin`.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or is none; or when they are too large together.
    pub fn read(
        origin: &dyn Origin,
        names: impl IntoIterator<Item = String>,
    ) -> Result<Self, CommandError> {
        let (mut signatures, mut total) = (BTreeMap::new(), 0_u64);
        for name in names.into_iter().filter(|name| code_signed(name).is_some()) {
            let bytes = origin.read(&name.parse()?, MAX_DOCUMENT_BYTES)?;
            total = total.saturating_add(bytes.len() as u64);
            if total > MAX_BYTES {
                let place = origin.name();
                let text = format!(
                    "the detached code signatures in {place} have more than {MAX_BYTES} bytes together, {name} among them"
                );
                return Err(CommandError::message(text).hint("none of them was used"));
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::envelope::detached::extract;
    use crate::document::json;
    use crate::fixtures::{pe_signed, pe_x86_64};
    use crate::io::gather::samples::Memory;

    #[test]
    fn refuses_more_than_it_keeps() {
        let mut document = json::to_bytes(&extract(&pe_signed(), &pe_x86_64()).unwrap());
        document.resize(usize::try_from(MAX_DOCUMENT_BYTES).unwrap(), b' ');
        let names: Vec<_> = (0..9).map(|number| format!("{number}.codesign.json")).collect();
        let files = names.iter().map(|name| (name.clone(), document.clone())).collect();
        let origin = Memory { files, listed: false };
        let read = |count| Signatures::read(&origin, names.iter().take(count).cloned());
        assert!(read(8).is_ok_and(|signatures| !signatures.is_empty()));
        let error = read(9).err().unwrap().what();
        assert_eq!(
            error,
            "the detached code signatures in memory have more than 67108864 bytes together, 8.codesign.json among them"
        );
    }
}
