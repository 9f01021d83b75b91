//! The component of a bill of materials.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Serialize;

use super::property;
use crate::cargo::License;
use crate::nix::hash::Algorithm;
use crate::sbom::{self, Digest, Id, Kind};

#[derive(Serialize)]
pub(super) struct Component<'a> {
    pub r#type: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Organization<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Author<'a>>,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenseChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub swhid: Vec<&'a str>,
    #[serde(rename = "externalReferences", skip_serializing_if = "Vec::is_empty")]
    pub external_references: Vec<ExternalReference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

#[derive(Serialize)]
pub(super) struct Organization<'a> {
    pub name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Hash<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LicenseChoice<'a> {
    Expression { expression: &'a str, acknowledgement: &'static str },
    License { license: NamedLicense<'a> },
}

#[derive(Serialize)]
pub(super) struct NamedLicense<'a> {
    name: &'a str,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
pub(super) struct ExternalReference<'a> {
    url: &'a str,
    r#type: &'static str,
}

#[derive(Serialize)]
pub(super) struct Property {
    pub name: String,
    pub value: String,
}

impl<'a> Component<'a> {
    pub fn of(component: &'a sbom::Component) -> Self {
        let author = |author: &'a sbom::Author| Author {
            name: &author.name,
            email: author.email.as_deref(),
        };
        let website = |url: &'a String| ExternalReference { url, r#type: "website" };
        let file = component.file.iter().map(|file| property("file", file));
        let notes = component.notes.iter().map(|(key, text)| property(key, text));
        let mut properties: Vec<_> = file.chain(notes).collect();
        properties.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            r#type: match component.kind {
                Kind::Installer | Kind::Product | Kind::Program | Kind::Tool => "application",
                Kind::Archive | Kind::File | Kind::Source => "file",
                Kind::Library => "library",
            },
            id: Some(&component.id),
            supplier: component.supplier.as_deref().map(|name| Organization { name }),
            authors: component.authors.iter().map(author).collect(),
            name: &component.name,
            version: component.version.as_deref(),
            description: component.description.as_deref(),
            scope: None,
            hashes: component.digest.iter().map(hash).collect(),
            licenses: license(&component.license).into_iter().collect(),
            purl: component.purl.as_deref(),
            swhid: component.swhid.as_deref().into_iter().collect(),
            external_references: component.address.iter().map(website).collect(),
            properties,
        }
    }

    /// A program, by name and version alone.
    pub fn tool(name: &'a str, version: &'a str) -> Self {
        Self {
            r#type: "application",
            id: None,
            supplier: None,
            authors: Vec::new(),
            name,
            version: Some(version),
            description: None,
            scope: None,
            hashes: Vec::new(),
            licenses: Vec::new(),
            purl: None,
            swhid: Vec::new(),
            external_references: Vec::new(),
            properties: Vec::new(),
        }
    }
}

fn hash(digest: &Digest) -> Hash<'_> {
    let alg = match digest.algorithm {
        Algorithm::Blake3 => "BLAKE3",
        Algorithm::Md5 => "MD5",
        Algorithm::Sha1 => "SHA-1",
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Sha512 => "SHA-512",
    };
    Hash { alg, content: &digest.hex }
}

/// Always an expression where it is one: the schemas know older lists of single licences.
fn license(license: &License) -> Option<LicenseChoice<'_>> {
    let acknowledgement = "declared";
    match license {
        License::Expression(expression) => {
            Some(LicenseChoice::Expression { expression, acknowledgement })
        }
        License::Text(name) => {
            Some(LicenseChoice::License { license: NamedLicense { name, acknowledgement } })
        }
        License::File(_) | License::Missing => None,
    }
}
