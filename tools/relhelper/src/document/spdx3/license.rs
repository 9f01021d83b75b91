//! Licences: each expression is one element, and each text that is none another.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::Elements;
use super::element::{Element, Value};
use crate::document::spdx::declared;
use crate::sbom::{Component, Graph, Id};

/// What the documents themselves are under; the specification demands it.
pub(super) const OF_DOCUMENTS: &str = "CC0-1.0";

/// What the components of a graph state.
pub(super) struct Licenses {
    expressions: BTreeSet<String>,
    /// `LicenseRef-…` → the text that it stands for.
    texts: BTreeMap<String, String>,
}

impl Licenses {
    pub fn of(graph: &Graph) -> Self {
        let mut texts = BTreeMap::new();
        let stated = graph.components.values().map(|it| declared(&it.license, &mut texts));
        let mut expressions: BTreeSet<String> = stated.flatten().collect();
        expressions.insert(OF_DOCUMENTS.to_owned());
        Self { expressions, texts }
    }
}

pub(super) fn id(expression: &str) -> Id {
    Id::new("license", expression, &[expression])
}

fn text_id(reference: &str) -> Id {
    Id::new("license-text", reference, &[reference])
}

/// The expression that a component states; none where it states none.
pub(super) fn of(component: &Component) -> Option<Id> {
    declared(&component.license, &mut BTreeMap::new()).map(|expression| id(&expression))
}

impl<'a> Elements<'a> {
    pub(super) fn licenses(&self) -> impl Iterator<Item = Element<'a>> {
        let version = format!("{}.0", self.writer.license_list);
        let expression = move |text: &String| {
            let words: BTreeSet<_> = text.split([' ', '(', ')']).collect();
            let own = self.licenses.texts.keys().filter(|name| words.contains(name.as_str()));
            let own = own.map(|name| {
                Element::new("DictionaryEntry")
                    .with("key", name.clone())
                    .with("value", Value::iri(text_id(name).to_string()))
                    .into()
            });
            Element::with_id("simplelicensing_LicenseExpression", id(text).to_string())
                .with("simplelicensing_customIdToUri", own.collect::<Vec<Value>>())
                .with("simplelicensing_licenseExpression", text.clone())
                .with("simplelicensing_licenseListVersion", version.clone())
        };
        let text = |(name, text): (&String, &String)| {
            Element::with_id("simplelicensing_SimpleLicensingText", text_id(name).to_string())
                .with("name", name.clone())
                .with("simplelicensing_licenseText", text.clone())
        };
        let texts = self.licenses.texts.iter().map(text);
        self.licenses.expressions.iter().map(expression).chain(texts)
    }
}
