//! `relhelper stamp`: compiled programs → the programs that are released.

use std::path::Path;

use super::crates;
use crate::auditable;
use crate::cli::FromMetadata;
use crate::error::{CommandError, Hint as _};
use crate::facts::metadata::{self, RawStamp};
use crate::facts::{Os, StampPlan};
use crate::io::files::{self, Mode};
use crate::macho;
use crate::stamp::area;

/// `relhelper stamp`
///
/// # Errors
///
/// When the metadata is wrong, or a program cannot be read, stamped, signed or written.
pub fn run(arguments: &FromMetadata) -> Result<(), CommandError> {
    let (attributes, out) = super::emit::open(arguments)?;
    let plan = StampPlan::try_from(metadata::parse::<RawStamp>(&attributes.relhelper)?)?;
    let read = |folders| crates::read(&plan.stamp.target, folders, Path::to_path_buf);
    let crates = plan.crates.as_ref().map(read).transpose()?;
    files::create_output(&out)?;
    let directory = out.join("bin");
    files::create_directories(&directory)?;
    for name in &plan.binaries {
        let from = name.inside(&plan.input.join("bin"));
        let at = || format!("it is the program {}", from.display());
        let mut program = files::read(&from)?;
        area::write(&mut program, &plan.stamp).hint(at())?;
        if let Some(crates) = &crates {
            auditable::fill(&mut program, crates).hint(at())?;
        }
        let is_macho = macho::is_thin(&program);
        if is_macho != (plan.os == Os::Macos) {
            let error = format!("{} is not a program for {}", from.display(), plan.stamp.target);
            return Err(CommandError::message(error));
        }
        if is_macho {
            program = macho::sign_ad_hoc(program, name.as_str()).hint(at())?;
        }
        files::write(&name.inside(&directory), Mode::Executable, &program)?;
    }
    Ok(())
}
