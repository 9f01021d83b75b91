//! The package of an SPDX document: each component is one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::{NOASSERTION, element};
use crate::cargo::License;
use crate::nix::hash::Algorithm;
use crate::sbom::{Author, Component, Digest, Id, Kind};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are those of the format")]
pub(super) struct Package<'a> {
    #[serde(rename = "SPDXID")]
    id: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_file_name: Option<&'a str>,
    primary_package_purpose: &'static str,
    supplier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<String>,
    download_location: &'static str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<&'a str>,
    license_concluded: &'static str,
    license_declared: String,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'a> {
    algorithm: &'static str,
    checksum_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are those of the format")]
struct ExternalRef<'a> {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: &'a str,
}

/// The package; texts of licences that are no expressions go to `extracted`, by the names they get.
pub(super) fn package<'a>(
    component: &'a Component,
    extracted: &mut BTreeMap<String, String>,
) -> Package<'a> {
    let purl = component.purl.iter().map(|locator| ("PACKAGE-MANAGER", "purl", locator));
    let swhid = component.swhid.iter().map(|locator| ("PERSISTENT-ID", "swh", locator));
    let reference = |(category, kind, locator): (_, _, &'a String)| ExternalRef {
        reference_category: category,
        reference_type: kind,
        reference_locator: locator,
    };
    Package {
        id: element(&component.id),
        name: &component.name,
        version_info: component.version.as_deref(),
        package_file_name: component.file.as_deref(),
        primary_package_purpose: purpose(component.kind),
        supplier: component
            .supplier
            .as_ref()
            .map_or_else(|| NOASSERTION.to_owned(), |name| format!("Organization: {name}")),
        originator: component.authors.iter().find_map(person),
        download_location: NOASSERTION,
        files_analyzed: false,
        checksums: component.digest.iter().map(checksum).collect(),
        homepage: component.address.as_deref(),
        license_concluded: NOASSERTION,
        license_declared: declared(&component.license, extracted)
            .unwrap_or_else(|| NOASSERTION.to_owned()),
        copyright_text: NOASSERTION,
        description: component.description.as_deref(),
        comment: comment(component),
        external_refs: purl.chain(swhid).map(reference).collect(),
    }
}

fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Archive => "ARCHIVE",
        Kind::File => "FILE",
        Kind::Installer => "INSTALL",
        Kind::Library => "LIBRARY",
        Kind::Product | Kind::Program | Kind::Tool => "APPLICATION",
        Kind::Source => "SOURCE",
    }
}

fn checksum(digest: &Digest) -> Checksum<'_> {
    let algorithm = match digest.algorithm {
        Algorithm::Blake3 => "BLAKE3",
        Algorithm::Md5 => "MD5",
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha256 => "SHA256",
        Algorithm::Sha512 => "SHA512",
    };
    Checksum { algorithm, checksum_value: &digest.hex }
}

/// An author who surely is one: SPDX wants to know whether it is a person.
fn person(author: &Author) -> Option<String> {
    let email = author.email.as_ref().filter(|_| !author.name.contains(['(', ')']))?;
    Some(format!("Person: {} ({email})", author.name))
}

/// What SPDX has no field for.
fn comment(component: &Component) -> String {
    let names = |author: &Author| match &author.email {
        Some(email) => format!("{} <{email}>", author.name),
        None => author.name.clone(),
    };
    let authors: Vec<_> = component.authors.iter().map(names).collect();
    let authors = (!authors.is_empty()).then(|| format!("authors: {}", authors.join(", ")));
    authors.into_iter().chain(notes(component)).collect::<Vec<_>>().join("\n")
}

/// The notes as lines.
pub(in crate::document) fn notes(component: &Component) -> impl Iterator<Item = String> {
    component.notes.iter().map(|(key, text)| format!("{key}: {text}"))
}

/// The licence as an expression, if one is stated. Texts that are no expressions go to `extracted`, by the names they get.
pub(in crate::document) fn declared(
    license: &License,
    extracted: &mut BTreeMap<String, String>,
) -> Option<String> {
    let text = match license {
        License::Expression(text) if !refers_elsewhere(text) => {
            // Such a licence is explained in a document that we do not have.
            for word in text.split([' ', '(', ')']).filter(|word| word.starts_with("LicenseRef-")) {
                extracted.insert(word.to_owned(), NOASSERTION.to_owned());
            }
            return Some(text.clone());
        }
        License::Expression(text) | License::Text(text) => text,
        License::File(_) | License::Missing => return None,
    };
    let id = Id::new("LicenseRef", text, &[text]).to_string();
    extracted.insert(id.clone(), text.clone());
    Some(id)
}

/// Whether an expression needs other documents, or more than the expressions of SPDX 2.3.
fn refers_elsewhere(expression: &str) -> bool {
    expression.contains("DocumentRef-") || expression.contains("AdditionRef-")
}
