//! A bill of materials in SPDX 2.3, as far as it says what `CycloneDX` has no place for. What is left out here is compared
//! all the same: the document must be what is written of the graph.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::Deserialize;

use super::cyclonedx::shape;

shape! {
    /// The document.
    Document {
        name: String,
        creation_info: CreationInfo,
        packages: Vec<Package>,
        relationships: Vec<Relationship>,
    }
}

shape! {
    /// About the document.
    CreationInfo { creators: Vec<String>, license_list_version: String, }
}

shape! {
    /// A component.
    Package {
        #[serde(rename = "SPDXID")]
        id: String,
        primary_package_purpose: String,
    }
}

shape! {
    /// How two components relate.
    Relationship {
        spdx_element_id: String,
        relationship_type: String,
        related_spdx_element: String,
    }
}
