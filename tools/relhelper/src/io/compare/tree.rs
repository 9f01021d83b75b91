//! What there is to compare.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::io::files::{FileError, failed_to};
use crate::release::added::is_added;
use crate::release::layout::{MANIFEST, SHA256SUMS};

/// What it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    File,
    Link,
    Other,
}

/// Something in a folder.
pub(super) struct Item {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// What has one name on the two sides.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) published: Option<Item>,
    pub(super) rebuilt: Option<Item>,
}

/// Everything below a folder that is no folder, and folders with nothing in them.
pub(super) fn tree(root: &Path) -> Result<BTreeMap<OsString, Item>, FileError> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(relative) = waiting.pop() {
        let folder = root.join(&relative);
        let mut empty = true;
        for entry in fs::read_dir(&folder).map_err(failed_to("read", &folder))? {
            empty = false;
            let entry = entry.map_err(failed_to("read", &folder))?;
            let (path, relative) = (entry.path(), relative.join(entry.file_name()));
            let kind =
                fs::symlink_metadata(&path).map_err(failed_to("examine", &path))?.file_type();
            let kind = if kind.is_dir() {
                waiting.push(relative);
                continue;
            } else if kind.is_file() {
                Kind::File
            } else if kind.is_symlink() {
                Kind::Link
            } else {
                Kind::Other
            };
            found.insert(relative.into_os_string(), Item { path, kind });
        }
        if empty && relative != Path::new("") {
            found.insert(relative.into_os_string(), Item { path: folder, kind: Kind::Other });
        }
    }
    Ok(found)
}

/// What signing and publishing added, if one of the folders is a release.
pub(super) fn added(
    one: &BTreeMap<OsString, Item>,
    other: &BTreeMap<OsString, Item>,
) -> Vec<String> {
    let is_release = |tree: &BTreeMap<OsString, Item>| {
        tree.contains_key(OsStr::new(SHA256SUMS)) && tree.contains_key(OsStr::new(MANIFEST))
    };
    if !is_release(one) && !is_release(other) {
        return Vec::new();
    }
    let names: Vec<String> = one.keys().chain(other.keys()).map(|name| slashed(name)).collect();
    let top: Vec<&str> =
        names.iter().filter(|name| !name.contains('/')).map(String::as_str).collect();
    let mut found: Vec<String> = names
        .iter()
        .filter(|name| {
            let first = name.split('/').next().unwrap_or(name);
            let stem = first.strip_suffix(".intoto.jsonl").unwrap_or_default();
            // Name and version of the release: its files begin with them.
            let known = top
                .iter()
                .any(|file| file.strip_prefix(stem).is_some_and(|rest| rest.starts_with('-')));
            is_added(first, if known { stem } else { "" }, top.iter().copied())
        })
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    found
}

fn slashed(name: &OsStr) -> String {
    let parts: Vec<_> = Path::new(name).iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The two sides of every name that is compared.
pub(super) fn pair(
    mut one: BTreeMap<OsString, Item>,
    mut other: BTreeMap<OsString, Item>,
    not_compared: &[String],
) -> Vec<Pair> {
    let names: BTreeSet<_> = one.keys().chain(other.keys()).cloned().collect();
    let pairs = names.into_iter().map(|key| Pair {
        name: slashed(&key),
        published: one.remove(&key),
        rebuilt: other.remove(&key),
    });
    pairs.filter(|pair| !not_compared.contains(&pair.name)).collect()
}
