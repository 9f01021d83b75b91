//! A bill of materials in `CycloneDX` 1.6, as far as the graph behind it is read from it. What is left out here is
//! compared all the same: the document must be what is written of that graph.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;

macro_rules! shape {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "the fields are those of CycloneDX")]
        pub struct $name { $($(#[$attribute])* pub $field: $type,)* }
    };
}
pub(super) use shape;

shape! {
    /// The document.
    Bom {
        metadata: Metadata,
        components: Vec<Component>,
        compositions: Vec<Composition>,
        #[serde(default)]
        formulation: Vec<Formula>,
    }
}

shape! {
    /// About the document.
    Metadata { component: Component, #[serde(default)] supplier: Option<Organization>, }
}

shape! {
    /// A person or group.
    Organization { name: String, }
}

shape! {
    /// A component.
    Component {
        #[serde(rename = "bom-ref")]
        id: String,
        #[serde(default)]
        supplier: Option<Organization>,
        #[serde(default)]
        authors: Vec<Author>,
        name: String,
        #[serde(default)]
        version: Option<String>,
        #[serde(default)]
        description: Option<String>,
        #[serde(default)]
        hashes: Vec<Hash>,
        #[serde(default)]
        licenses: Vec<LicenseChoice>,
        #[serde(default)]
        purl: Option<String>,
        #[serde(default)]
        swhid: Vec<String>,
        #[serde(default)]
        external_references: Vec<ExternalReference>,
        #[serde(default)]
        properties: Vec<Property>,
    }
}

shape! {
    /// Who wrote a component.
    Author { name: String, #[serde(default)] email: Option<String>, }
}

shape! {
    /// A digest of a component.
    Hash { alg: String, content: String, }
}

shape! {
    /// A licence: an expression or a name.
    LicenseChoice {
        #[serde(default)]
        expression: Option<String>,
        #[serde(default)]
        license: Option<Organization>,
    }
}

shape! {
    /// A page about a component.
    ExternalReference { url: String, }
}

shape! {
    /// What has no field of its own.
    Property { name: String, value: String, }
}

shape! {
    /// How much is known of some components.
    Composition { aggregate: String, dependencies: Vec<String>, }
}

shape! {
    /// How it was made.
    Formula { workflows: Vec<Workflow>, }
}

shape! {
    /// The steps of that.
    Workflow { tasks: Vec<Task>, task_dependencies: Vec<Dependency>, }
}

shape! {
    /// A step.
    Task {
        #[serde(rename = "bom-ref")]
        id: String,
        uid: String,
        #[serde(default)]
        inputs: Vec<Resource>,
        #[serde(default)]
        outputs: Vec<Resource>,
        #[serde(default)]
        properties: Vec<Property>,
    }
}

shape! {
    /// What a step comes after.
    Dependency { r#ref: String, depends_on: Vec<String>, }
}

shape! {
    /// What a step uses or makes.
    Resource { resource: Reference, }
}

shape! {
    /// A component, by its identifier.
    Reference { r#ref: String, }
}
