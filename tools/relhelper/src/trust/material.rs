//! Where a policy has the bytes of a key from, or whom a certificate must be of.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use toml::Spanned;

use super::check::Checker;
use super::raw::RawKey;
use super::{KeyKind, ProblemKind};
use crate::signature::keyless;

impl Checker<'_> {
    /// The bytes of a key as [`super::judge::read_key`] wants them; nothing when the file is not at hand or something is wrong.
    pub(super) fn material(
        &mut self,
        name: &str,
        kind: Option<KeyKind>,
        spanned: &Spanned<RawKey>,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let raw = spanned.get_ref();
        let line = self.file.line(spanned);
        let kind = kind?;
        let is_certificate = kind == KeyKind::Certificate;
        let fields = [
            ("publicKey", raw.public_key.is_some(), false),
            ("file", raw.file.is_some(), false),
            ("certificateIdentity", raw.certificate_identity.is_some(), true),
            ("certificateOidcIssuer", raw.certificate_oidc_issuer.is_some(), true),
            ("trustedRoot", raw.trusted_root.is_some(), true),
        ];
        let mut fits = true;
        for (field, there, of_certificate) in fields {
            let has = match (there, of_certificate == is_certificate) {
                (true, false) => "has no",
                // Of the root there is one in the program; where a key is, is told apart below.
                (false, true) if is_certificate && field != "trustedRoot" => "needs",
                _ => continue,
            };
            let (key, kind) = (name.to_owned(), kind.to_string());
            self.add(line, ProblemKind::KeyField { key, kind, has, field });
            fits = false;
        }
        if !fits {
            return None;
        }
        if let (Some(identity), Some(issuer)) =
            (&raw.certificate_identity, &raw.certificate_oidc_issuer)
        {
            let root = match &raw.trusted_root {
                Some(file) => String::from_utf8(self.beside(name, file, files)?).ok(),
                None => Some(keyless::public_root().to_owned()),
            };
            // What is no text is no root, as reading it tells.
            let root = root.unwrap_or_default();
            return Some(keyless::text(identity.get_ref(), issuer.get_ref(), &root).into_bytes());
        }
        match (&raw.public_key, &raw.file) {
            (Some(text), None) => Some(text.get_ref().clone().into_bytes()),
            (None, Some(file)) => self.beside(name, file, files),
            (both, _) => {
                let found = if both.is_some() { "both" } else { "neither" };
                self.add(line, ProblemKind::KeyPlace { key: name.to_owned(), found });
                None
            }
        }
    }

    /// A file beside the policy.
    fn beside(
        &mut self,
        key: &str,
        file: &Spanned<String>,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Option<Vec<u8>> {
        if let Err(error) = file.get_ref().parse::<crate::release::FileName>() {
            let kind = ProblemKind::KeyMaterial { key: key.to_owned(), reason: error.to_string() };
            self.add(self.file.line(file), kind);
        }
        files.get(file.get_ref()).cloned()
    }
}
