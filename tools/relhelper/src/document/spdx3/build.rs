//! How it was made: each derivation is a build.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::iter;

use super::element::{Element, Value};
use super::relationship::while_building;
use crate::sbom::Task;

/// One derivation: `buildId` is its store path, and its outputs are the parameters.
const BUILD_TYPE: &str = "urn:relhelper:build-type:derivation:1";

/// Build, `Build`, and what went into it, came before it and came out of it.
pub(super) fn build(task: &Task) -> impl Iterator<Item = Element<'_>> {
    let name = task.derivation.name();
    let outputs = task.outputs.iter().map(|(output, path)| {
        Element::new("DictionaryEntry")
            .with("key", format!("output:{output}"))
            .with("value", path.to_string())
            .into()
    });
    let build = Element::with_id("build_Build", task.id.as_str())
        .with("build_buildId", task.derivation.to_string())
        .with("build_buildType", BUILD_TYPE)
        .with("build_parameter", outputs.collect::<Vec<Value>>())
        .with("name", name.strip_suffix(".drv").unwrap_or(name));
    let relationships =
        [("dependsOn", &task.after), ("hasInput", &task.uses), ("hasOutput", &task.makes)];
    let related = relationships
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(kind, ids)| while_building(&task.id, kind, ids.iter().map(Value::from).collect()));
    iter::once(build).chain(related)
}
