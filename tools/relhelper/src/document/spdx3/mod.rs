//! A bill of materials in SPDX 3.0.1, as JSON-LD in its canonical serialisation. `docs/formats/sbom.md`
//!
//! Spec: <https://spdx.github.io/spdx-spec/v3.0.1/>; profiles Core, Software, `SimpleLicensing` and Build.
//!
//! The elements of the graph are made one after the other and written at once, since there may be hundreds of
//! thousands; the namespace, which comes from the content, is filled in afterwards.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod build;
mod element;
mod license;
mod package;
mod relationship;

use std::collections::BTreeSet;

use crate::sbom::{Author, Graph, Id, Uuid};
use element::{CREATION, Element, Value, Written};
use license::Licenses;

const START: &[u8] = br#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":["#;
const END: &[u8] = b"]}";

pub(super) fn write(writer: &super::Writer, graph: &Graph) -> Vec<u8> {
    let licenses = &Licenses::of(graph);
    let elements = Elements { writer, graph, licenses };
    let (mut content, mut collected) = (Written::default(), Vec::new());
    for element in elements.content() {
        content.add(&element);
        collected.extend(element.into_id());
    }
    let mut all = Written::default();
    for element in [elements.creation(), elements.document(), elements.sbom(collected)] {
        all.add(&element);
    }
    all.append(&content);
    let uuid = Uuid::of_parts(&[START, &all.bytes, END]);
    all.named(START, &format!("urn:uuid:{uuid}"), END)
}

struct Elements<'a> {
    writer: &'a super::Writer,
    graph: &'a Graph,
    licenses: &'a Licenses,
}

impl<'a> Elements<'a> {
    /// Core, `CreationInfo`. Who made it is an agent; where nobody stands behind the product, the program is.
    fn creation(&self) -> Element<'a> {
        let author = self.graph.supplier.as_deref();
        let author = author.map_or_else(|| "agent-relhelper".to_owned(), organization_id);
        Element::new("CreationInfo")
            .with("@id", CREATION)
            .with("comment", "Generation context: build. The time is that of the source.")
            .with("created", self.graph.created.to_string())
            .with("createdBy", vec![Value::iri(author)])
            .with("createdUsing", vec![Value::iri("tool-relhelper")])
            .with("specVersion", "3.0.1")
    }

    fn document(&self) -> Element<'a> {
        let sbom: Vec<Value> = vec![Value::iri("sbom")];
        let profiles = ["build", "core", "simpleLicensing", "software"];
        let built = !self.graph.tasks.is_empty();
        let profiles = profiles.into_iter().filter(|profile| built || *profile != "build");
        Element::with_id("SpdxDocument", "document")
            .with("dataLicense", Value::iri(license::id(license::OF_DOCUMENTS).to_string()))
            .with("element", sbom.clone())
            .with("name", self.graph.name.as_str())
            .with("profileConformance", profiles.map(Value::from).collect::<Vec<_>>())
            .with("rootElement", sbom)
    }

    fn sbom(&self, collected: Vec<Value<'a>>) -> Element<'a> {
        Element::with_id("software_Sbom", "sbom")
            .with("element", collected)
            .with("name", self.graph.name.as_str())
            .with("rootElement", vec![Value::from(&self.graph.root)])
            .with("software_sbomType", vec!["build".into()])
    }

    /// Everything that the bill of materials collects.
    fn content(&self) -> impl Iterator<Item = Element<'a>> {
        [self.writer_agent(), Some(self.tool())]
            .into_iter()
            .flatten()
            .chain(self.organizations())
            .chain(self.authors())
            .chain(self.licenses())
            .chain(self.graph.root_first().flat_map(package::package))
            .chain(self.relationships())
            .chain(self.graph.tasks.iter().flat_map(build::build))
    }

    fn tool(&self) -> Element<'a> {
        let name = format!("relhelper-{}", self.writer.version);
        Element::with_id("Tool", "tool-relhelper").with("name", name)
    }

    fn writer_agent(&self) -> Option<Element<'a>> {
        let nobody = self.graph.supplier.is_none();
        nobody
            .then(|| Element::with_id("SoftwareAgent", "agent-relhelper").with("name", "relhelper"))
    }

    fn organizations(&self) -> impl Iterator<Item = Element<'a>> {
        let suppliers = self.graph.components.values().filter_map(|it| it.supplier.as_deref());
        let names: BTreeSet<_> = suppliers.chain(self.graph.supplier.as_deref()).collect();
        let row = |name| Element::with_id("Organization", organization_id(name)).with("name", name);
        names.into_iter().map(row)
    }

    /// An author with an address surely is somebody; of others nobody knows whether they are a person.
    fn authors(&self) -> impl Iterator<Item = Element<'a>> {
        let authors = self.graph.components.values().flat_map(|component| &component.authors);
        let authors: BTreeSet<_> =
            authors.map(|author| (author.name.as_str(), author.email.as_deref())).collect();
        authors.into_iter().map(|(name, email)| {
            let class = if email.is_some() { "Person" } else { "Agent" };
            let author = Element::with_id(class, author_id(name, email)).with("name", name);
            match email {
                Some(email) => author.with("externalIdentifier", identifier("email", email)),
                None => author,
            }
        })
    }
}

fn organization_id(name: &str) -> String {
    Id::new("organization", name, &[name]).to_string()
}

fn author_id(name: &str, email: Option<&str>) -> String {
    let email = email.unwrap_or_default();
    Id::new("author", name, &[name, email]).to_string()
}

fn author_of(author: &Author) -> String {
    author_id(&author.name, author.email.as_deref())
}

/// The list of one identifier that others gave.
fn identifier<'a>(kind: &'static str, text: &'a str) -> Vec<Value<'a>> {
    let row = Element::new("ExternalIdentifier")
        .with("externalIdentifierType", kind)
        .with("identifier", text);
    vec![row.into()]
}
