//! An object of the graph, and how it is written.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::borrow::Cow;

use crate::sbom::Id;

/// The blank node that says when and by whom all elements were made.
pub(super) const CREATION: &str = "_:creationInfo";

/// An object: its keys are sorted, as the canonical serialisation wants it (section 4.2 of the specification).
#[derive(Clone, Debug)]
pub(super) struct Element<'a>(Vec<(&'static str, Value<'a>)>);

#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// The identifier of an element, without the namespace that all begin with.
    Iri(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Element<'a>),
}

impl<'a> Element<'a> {
    pub fn new(class: &'static str) -> Self {
        Self(vec![("type", class.into())])
    }

    /// One that others can refer to.
    pub fn with_id(class: &'static str, id: impl Into<Cow<'a, str>>) -> Self {
        Self::new(class).with("creationInfo", CREATION).with("spdxId", Value::iri(id))
    }

    /// With a property. A list without items is the same as none, and is left out.
    pub fn with(mut self, key: &'static str, value: impl Into<Value<'a>>) -> Self {
        let value = value.into();
        if !matches!(&value, Value::List(items) if items.is_empty()) {
            let place = self.0.partition_point(|(other, _)| *other < key);
            self.0.insert(place, (key, value));
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
    pub fn into_id(self) -> Option<Value<'a>> {
        self.0.into_iter().find(|(key, _)| *key == "spdxId").map(|(_, value)| value)
    }
}

/// Elements as JSON without white space, one after the other with commas between them, and a namespace not chosen yet.
#[derive(Default)]
pub(super) struct Written {
    pub bytes: Vec<u8>,
    /// Where the namespace goes, in ascending order.
    pub namespaces: Vec<usize>,
}

impl Written {
    /// Writes one more element.
    pub fn add(&mut self, element: &Element) {
        if !self.bytes.is_empty() {
            self.bytes.push(b',');
        }
        self.object(element);
    }

    /// All of `other` behind what is there.
    pub fn append(&mut self, other: &Self) {
        if !self.bytes.is_empty() && !other.bytes.is_empty() {
            self.bytes.push(b',');
        }
        let before = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.namespaces.extend(other.namespaces.iter().map(|place| before + place));
    }

    /// What is there between `start` and `end`, with the namespace filled in.
    pub fn named(&self, start: &[u8], namespace: &str, end: &[u8]) -> Vec<u8> {
        let names = self.namespaces.len() * namespace.len();
        let mut bytes = Vec::with_capacity(start.len() + self.bytes.len() + names + end.len());
        bytes.extend_from_slice(start);
        let mut done = 0;
        for place in &self.namespaces {
            bytes.extend_from_slice(&self.bytes[done..*place]);
            bytes.extend_from_slice(namespace.as_bytes());
            done = *place;
        }
        bytes.extend_from_slice(&self.bytes[done..]);
        bytes.extend_from_slice(end);
        bytes
    }

    fn object(&mut self, Element(fields): &Element) {
        for (number, (key, value)) in fields.iter().enumerate() {
            self.bytes.push(if number == 0 { b'{' } else { b',' });
            self.text(key);
            self.bytes.push(b':');
            self.value(value);
        }
        self.bytes.push(b'}');
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Iri(id) => {
                self.bytes.push(b'"');
                self.namespaces.push(self.bytes.len());
                self.bytes.push(b'#');
                // An identifier has no character that JSON escapes.
                self.bytes.extend_from_slice(id.as_bytes());
                self.bytes.push(b'"');
            }
            Value::Text(text) => self.text(text),
            Value::List(items) => {
                self.bytes.push(b'[');
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        self.bytes.push(b',');
                    }
                    self.value(item);
                }
                self.bytes.push(b']');
            }
            Value::Object(element) => self.object(element),
        }
    }

    fn text(&mut self, text: &str) {
        serde_json::to_writer(&mut self.bytes, text).expect("a text can be written into memory");
    }
}

impl<'a> Value<'a> {
    /// The element of that identifier: letters, digits, hyphens and dots.
    pub fn iri(id: impl Into<Cow<'a, str>>) -> Self {
        Self::Iri(id.into())
    }
}

impl<'a> From<&'a Id> for Value<'a> {
    fn from(id: &'a Id) -> Self {
        Self::iri(id.as_str())
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
