//! How it was made: each derivation is a build.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::Elements;
use super::element::{Element, Value};
use crate::sbom::{Id, Task};

/// One derivation: `buildId` is its store path, and its outputs are the parameters.
const BUILD_TYPE: &str = "urn:relhelper:build-type:derivation:1";

impl<'a> Elements<'a> {
    /// Build, `Build`, and what went into it, came before it and came out of it.
    pub(super) fn build(&self, task: &'a Task) -> impl Iterator<Item = Element<'a>> {
        let name = task.derivation.name();
        let outputs = task.outputs.iter().map(|(output, path)| {
            Element::new("DictionaryEntry")
                .with("key", format!("output:{output}"))
                .with("value", path.to_string())
                .into()
        });
        let build = self
            .element("build_Build", task.id.as_str())
            .with("build_buildId", task.derivation.to_string())
            .with("build_buildType", BUILD_TYPE)
            .with("build_parameter", outputs.collect::<Vec<Value>>())
            .with("name", name.strip_suffix(".drv").unwrap_or(name));
        let related = |kind, ids: &BTreeSet<Id>| {
            let to: Vec<_> = ids.iter().map(|id| self.iri(id.as_str()).into()).collect();
            (!to.is_empty()).then(|| self.while_building(&task.id, kind, to))
        };
        let relationships = [
            related("dependsOn", &task.after),
            related("hasInput", &task.uses),
            related("hasOutput", &task.makes),
        ];
        [Some(build)].into_iter().chain(relationships).flatten()
    }
}
