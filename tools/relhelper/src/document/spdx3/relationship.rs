//! How components relate: one element for all that a component has in one way.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::element::{Element, Value};
use super::{Elements, license, package};
use crate::sbom::{Component, Coverage, Id, Relation};

/// What is known to be nothing.
const NONE: &str = "NoneElement";
/// What is not known.
const NOASSERTION: &str = "NoAssertionElement";

impl<'a> Elements<'a> {
    pub(super) fn relationships(&self) -> impl Iterator<Item = Element<'a>> {
        let mut grouped: BTreeMap<(&'a Id, Relation), Vec<&'a Id>> = BTreeMap::new();
        for (from, relation, to) in &self.graph.relations {
            // This one SPDX names the other way round.
            let turned = *relation == Relation::GeneratedFrom;
            let (from, to) = if turned { (to, from) } else { (from, to) };
            grouped.entry((from, *relation)).or_default().push(to);
        }
        let needs = self.graph.needs();
        let leaf =
            move |component: &Component| needs.get(&component.id).is_none_or(BTreeSet::is_empty);
        let links: Vec<_> =
            grouped.keys().filter(|(_, it)| *it == Relation::Links).copied().collect();
        let linking = move |id: &'a Id| links.binary_search(&(id, Relation::Links)).is_ok();
        let components = self.graph.components.values();
        let others = components.flat_map(move |component| {
            let known = linking(&component.id);
            let dependencies = if known { None } else { no_links(component, leaf(component)) };
            [dependencies, Some(license_of(component)), distribution(component)]
        });
        let related =
            grouped.into_iter().map(|((from, relation), to)| self.related(from, relation, &to));
        related.chain(others.flatten())
    }

    fn related(&self, from: &'a Id, relation: Relation, to: &[&'a Id]) -> Element<'a> {
        let coverage = self.graph.components.get(from).map(|component| component.coverage);
        let to = to.iter().copied().map(Value::from).collect();
        match relation {
            Relation::BuildNeeds => while_building(from, "dependsOn", to),
            Relation::BuiltWith => while_building(from, "usesTool", to),
            Relation::Contains => relationship(from.as_str(), "contains", "complete", to),
            Relation::GeneratedFrom => relationship(from.as_str(), "generates", "complete", to),
            Relation::Links => {
                let completeness = completeness(coverage.unwrap_or(Coverage::Unknown));
                relationship(from.as_str(), "dependsOn", completeness, to)
            }
        }
    }
}

/// What a component depends on that has nothing linked into it: nothing, or nobody knows.
fn no_links(component: &Component, leaf: bool) -> Option<Element<'_>> {
    let to = match component.coverage {
        Coverage::Complete if leaf => NONE,
        Coverage::Complete => return None,
        Coverage::Incomplete | Coverage::Unknown => NOASSERTION,
    };
    let completeness = completeness(component.coverage);
    let id = component.id.as_str();
    Some(relationship(id, "dependsOn", completeness, vec![to.into()]))
}

fn license_of(component: &Component) -> Element<'_> {
    let (to, completeness) = match license::of(component) {
        Some(id) => (Value::iri(id.to_string()), "complete"),
        None => ("expandedlicensing_NoAssertionLicense".into(), "noAssertion"),
    };
    relationship(component.id.as_str(), "hasDeclaredLicense", completeness, vec![to])
}

fn distribution(component: &Component) -> Option<Element<'_>> {
    component.file.as_ref()?;
    let to = vec![Value::iri(package::file_id(component))];
    let id = component.id.as_str();
    Some(relationship(id, "hasDistributionArtifact", "complete", to))
}

/// Core, `LifecycleScopedRelationship`.
pub(super) fn while_building<'a>(
    from: &'a Id,
    kind: &'static str,
    to: Vec<Value<'a>>,
) -> Element<'a> {
    let id = format!("{from}-{kind}-build");
    Element::with_id("LifecycleScopedRelationship", id)
        .with("completeness", "complete")
        .with("from", from)
        .with("relationshipType", kind)
        .with("scope", "build")
        .with("to", to)
}

/// Core, `Relationship`.
fn relationship<'a>(
    from: &'a str,
    kind: &'static str,
    completeness: &'static str,
    to: Vec<Value<'a>>,
) -> Element<'a> {
    Element::with_id("Relationship", format!("{from}-{kind}"))
        .with("completeness", completeness)
        .with("from", Value::iri(from))
        .with("relationshipType", kind)
        .with("to", to)
}

fn completeness(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Complete => "complete",
        Coverage::Incomplete => "incomplete",
        Coverage::Unknown => "noAssertion",
    }
}
