//! An object of the graph.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

/// The blank node that says when and by whom all elements were made.
pub(super) const CREATION: &str = "_:creationInfo";

/// An object: its keys are sorted, as the canonical serialisation wants it (section 4.2 of the specification).
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Element<'a>(BTreeMap<&'static str, Value<'a>>);

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Element<'a>),
}

impl<'a> Element<'a> {
    pub fn new(class: &'static str) -> Self {
        Self(BTreeMap::from([("type", class.into())]))
    }

    /// With a property. A list without items is the same as none, and is left out.
    pub fn with(mut self, key: &'static str, value: impl Into<Value<'a>>) -> Self {
        let value = value.into();
        if !matches!(&value, Value::List(items) if items.is_empty()) {
            self.0.insert(key, value);
        }
        self
    }

    /// With a property, where it is known.
    pub fn maybe(self, key: &'static str, value: Option<impl Into<Value<'a>>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Its identifier.
    pub fn into_id(mut self) -> Option<Value<'a>> {
        self.0.remove("spdxId")
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::List(items)
    }
}

impl<'a> From<Element<'a>> for Value<'a> {
    fn from(object: Element<'a>) -> Self {
        Self::Object(object)
    }
}
