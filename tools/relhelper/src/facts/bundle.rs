//! One bundle: what it should hold (the plan), and what it holds (the facts).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::metadata::RawBundle;
use super::problem::ProblemList;
use super::{Measured, Problem, Problems, Product, Source, Target, Toolchain};
use crate::release::layout::BUNDLE_DOCUMENTS;
use crate::release::{Layout, RelativePath};

/// Metadata of a bundle in which nothing is wrong. The files it names are not read yet.
#[derive(Clone, Debug)]
pub struct BundlePlan {
    product: Product,
    source: Source,
    toolchain: Toolchain,
    target: Target,
    files: Vec<DeclaredFile>,
}

/// A file that a bundle should hold.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DeclaredFile {
    pub path: RelativePath,
    pub from: PathBuf,
    pub executable: bool,
}

impl BundlePlan {
    /// The one top folder of the bundle.
    #[must_use]
    pub fn folder(&self) -> String {
        Layout::new(&self.product).bundle_folder(&self.target)
    }

    /// What to copy, in the order of [`Self::measured`].
    #[must_use]
    pub fn files(&self) -> &[DeclaredFile] {
        &self.files
    }

    /// The facts, given size and digest of every file in the order of [`Self::files`].
    ///
    /// # Panics
    ///
    /// When the numbers differ: the caller measured something else.
    #[must_use]
    pub fn measured(self, measured: Vec<Measured>) -> BundleFacts {
        assert_eq!(self.files.len(), measured.len(), "one measurement per file");
        let files = self.files.into_iter().zip(measured).map(|(declared, measured)| BundleFile {
            path: declared.path,
            executable: declared.executable,
            measured,
        });
        BundleFacts {
            product: self.product,
            source: self.source,
            toolchain: self.toolchain,
            target: self.target,
            files: files.collect(),
        }
    }
}

impl TryFrom<RawBundle> for BundlePlan {
    type Error = Problems;

    /// Checks the metadata of a bundle.
    ///
    /// # Errors
    ///
    /// Lists everything that is wrong in it.
    fn try_from(raw: RawBundle) -> Result<Self, Problems> {
        let mut problems = ProblemList::default();
        let product = Product::check(raw.product, &mut problems);
        let source = Source::check(raw.source, &mut problems);
        let toolchain = Toolchain::check(raw.toolchain, &mut problems);
        let target = Target::check_bundle(raw.target, &mut problems);
        if raw.files.is_empty() {
            problems.add(Problem::BundleEmpty);
        }
        problems.distinct(raw.files.iter().map(|file| file.path.as_str()));
        let mut files = Vec::new();
        for file in raw.files {
            if BUNDLE_DOCUMENTS.iter().any(|document| document.eq_ignore_ascii_case(&file.path)) {
                problems.add(Problem::BundleDocument { path: file.path.clone() });
            }
            if let Some(path) =
                problems.keep(file.path.parse::<RelativePath>().map_err(Problem::BundlePath))
            {
                files.push(DeclaredFile { path, from: file.from, executable: file.executable });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let folders: BTreeSet<_> = files.iter().flat_map(|file| file.path.folders()).collect();
        for file in files.iter().filter(|file| folders.contains(file.path.as_str())) {
            problems.add(Problem::BundleFolder { file: file.path.to_string() });
        }
        let plan = product.zip(source).zip(target).map(|((product, source), target)| Self {
            product,
            source,
            toolchain,
            target,
            files,
        });
        problems.into_result(plan)
    }
}

/// All that is known of a bundle; the only thing the documents inside it are made from.
#[derive(Clone, Debug)]
pub struct BundleFacts {
    /// What is released.
    pub product: Product,
    /// What it was built from.
    pub source: Source,
    /// What it was built with.
    pub toolchain: Toolchain,
    /// The platform it runs on.
    pub target: Target,
    /// The files of the product, in the byte order of their paths.
    pub files: Vec<BundleFile>,
}

/// A file of the product inside a bundle.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BundleFile {
    pub path: RelativePath,
    pub executable: bool,
    pub measured: Measured,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{metadata, samples};
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    #[track_caller]
    fn check_problems(change: impl FnOnce(&mut Value), expected: Expect) {
        let mut value = samples::bundle_json();
        change(&mut value);
        let problems =
            BundlePlan::try_from(metadata::parse::<RawBundle>(&value).unwrap()).unwrap_err();
        expected.assert_eq(&problems.to_string());
    }

    #[test]
    fn refuses_paths_that_leave_the_bundle_or_collide() {
        check_problems(
            |value| {
                value["files"] = json!([
                    { "path": "../README.md", "from": "/in/a", "executable": false },
                    { "path": "Readme.md", "from": "/in/a", "executable": false },
                    { "path": "README.md", "from": "/in/a", "executable": false },
                    { "path": "bin", "from": "/in/a", "executable": false },
                    { "path": "bin/hello.exe", "from": "/in/a", "executable": true },
                    { "path": "CHECKSUMS.txt", "from": "/in/a", "executable": false },
                ]);
            },
            expect![[r#"
                the metadata has 4 problems
                  - two files are called `Readme.md` and `README.md`, which are one name on Windows and macOS
                  - bundle: `../README.md` is not a plain file name: it begins with `.`
                  - bundle: `CHECKSUMS.txt` is a document that relhelper writes
                  - bundle: `bin` would be both a file and a folder"#]],
        );
    }

    #[test]
    fn refuses_an_empty_bundle_and_the_wrong_suffix() {
        check_problems(
            |value| {
                value["files"] = json!([]);
                value["target"]["exeSuffix"] = json!("");
            },
            expect![[r#"
                the metadata has 2 problems
                  - executables end with ``, expected `.exe` for windows
                  - there are no files in the bundle"#]],
        );
    }
}
