//! Which programs to stamp, and with what.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::PathBuf;

use super::metadata::{FORMAT_VERSION, RawCrateFolders, RawStamp};
use super::problem::ProblemList;
use super::{Os, Problem, Problems, Product, Source, Toolchain};
use crate::release::FileName;
use crate::stamp::Stamp;

/// Metadata of `relhelper stamp` in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct StampPlan {
    /// Folder whose `bin` has the compiled programs.
    pub input: PathBuf,
    /// The programs.
    pub binaries: Vec<FileName>,
    /// The operating system they are for.
    pub os: Os,
    /// What they get.
    pub stamp: Stamp,
    /// Where it is said of which crates they are made, when known.
    pub crates: Option<RawCrateFolders>,
}

impl TryFrom<RawStamp> for StampPlan {
    type Error = Problems;

    /// Checks the metadata.
    ///
    /// # Errors
    ///
    /// Lists everything that is wrong in it.
    fn try_from(raw: RawStamp) -> Result<Self, Problems> {
        let mut problems = ProblemList::default();
        let product = Product::check(raw.product, &mut problems);
        let source = Source::check(raw.source, &mut problems);
        let toolchain = Toolchain::check(raw.toolchain, &mut problems);
        let target = problems.keep(
            raw.target.parse::<FileName>().map_err(|source| Problem::TargetTriple { source }),
        );
        let os = target.as_ref().and_then(|target| {
            let os = Os::of_triple(target.as_str());
            problems.keep(os.ok_or_else(|| Problem::TargetUnknown { target: target.to_string() }))
        });
        if raw.binaries.is_empty() {
            problems.add(Problem::BinariesMissing);
        }
        problems.distinct(raw.binaries.iter().map(String::as_str));
        let names = raw
            .binaries
            .iter()
            .map(|name| name.parse::<FileName>().map_err(|source| Problem::BinaryName { source }));
        let binaries: Vec<_> = names.filter_map(|name| problems.keep(name)).collect();
        let facts = product.zip(source).zip(target).zip(os);
        let plan = facts.map(|(((product, source), target), os)| Self {
            input: raw.input,
            binaries,
            os,
            crates: raw.crates,
            stamp: Stamp {
                format_version: FORMAT_VERSION,
                version: product.version.to_string(),
                revision: source.revision,
                source_date: source.source_date.seconds(),
                target: target.to_string(),
                toolchain: toolchain.tools().cloned(),
            },
        });
        problems.into_result(plan)
    }
}
