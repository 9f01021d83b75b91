//! `provenance.json`: an in-toto Statement v1 with SLSA provenance v1. `docs/formats/build-type.md`
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::{Product, Toolchain, required};
use crate::compare::envelope::detached::FileDigest;

macro_rules! shape {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        #[expect(missing_docs, reason = "docs/formats/build-type.md describes the fields")]
        pub struct $name { $($(#[$attribute])* pub $field: $type,)* }
    };
}

shape! {
    /// The statement.
    Statement {
        #[serde(rename = "_type")]
        kind: String,
        subject: Vec<Resource>,
        predicate_type: String,
        predicate: Predicate,
    }
}

shape! {
    /// What is stated.
    Predicate { build_definition: BuildDefinition, run_details: RunDetails, }
}

shape! {
    /// What was asked.
    BuildDefinition {
        build_type: String,
        external_parameters: ExternalParameters,
        internal_parameters: InternalParameters,
        resolved_dependencies: Vec<Resource>,
    }
}

shape! {
    /// What the maintainer chose.
    ExternalParameters { product: Product, targets: Vec<String>, }
}

shape! {
    /// What the recipe chose.
    InternalParameters {
        derivations: Vec<String>,
        source_date: i64,
        #[serde(deserialize_with = "required")]
        toolchain: Toolchain,
    }
}

shape! {
    /// What ran.
    RunDetails { builder: Builder, }
}

shape! {
    /// Who ran it.
    Builder { id: String, }
}

shape! {
    /// A `ResourceDescriptor`.
    Resource {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
        digest: BTreeMap<String, String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
        annotations: Annotations,
    }
}

shape! {
    /// Where it is in the store.
    Annotations {
        store_path: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        nar_hash: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        derivation: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        output: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        member: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unsigned: Option<FileDigest>,
    }
}
