//! Each component is a package, and the file that it comes as.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::element::{Element, Value};
use super::{author_of, identifier, organization_id};
use crate::document::spdx::notes;
use crate::sbom::{Component, Digest, Kind};

/// Software, `Package` and `File`.
pub(super) fn package(component: &Component) -> impl Iterator<Item = Element<'_>> {
    let authors = component.authors.iter().map(|author| Value::iri(author_of(author)));
    let supplier = component.supplier.as_deref();
    let comment = notes(component).collect::<Vec<_>>().join("\n");
    let package = Element::with_id("software_Package", component.id.as_str())
        .maybe("comment", (!comment.is_empty()).then_some(comment))
        .maybe("description", component.description.as_deref())
        .maybe(
            "externalIdentifier",
            component.swhid.as_deref().map(|text| identifier("swhid", text)),
        )
        .with("name", component.name.as_str())
        .with("originatedBy", authors.collect::<Vec<Value>>())
        .maybe("software_homePage", component.address.as_deref())
        .maybe("software_packageUrl", component.purl.as_deref())
        .maybe("software_packageVersion", component.version.as_deref())
        .with("software_primaryPurpose", purpose(component.kind))
        .maybe("suppliedBy", supplier.map(|name| Value::iri(organization_id(name))))
        .maybe("verifiedUsing", component.digest.as_ref().map(hash));
    [Some(package), file(component)].into_iter().flatten()
}

fn file(component: &Component) -> Option<Element<'_>> {
    let file = Element::with_id("software_File", file_id(component))
        .maybe("contentType", component.notes.get("mediaType").map(String::as_str))
        .with("name", component.file.as_deref()?)
        .maybe("verifiedUsing", component.digest.as_ref().map(hash));
    Some(file)
}

/// The identifier of the file that a component comes as.
pub(super) fn file_id(component: &Component) -> String {
    format!("{}-file", component.id)
}

fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Archive => "archive",
        Kind::File => "file",
        Kind::Installer => "install",
        Kind::Library => "library",
        Kind::Product | Kind::Program | Kind::Tool => "application",
        Kind::Source => "source",
    }
}

/// The list of one digest.
fn hash(digest: &Digest) -> Vec<Value<'_>> {
    let row = Element::new("Hash")
        .with("algorithm", digest.algorithm.as_str())
        .with("hashValue", digest.hex.as_str());
    vec![row.into()]
}
