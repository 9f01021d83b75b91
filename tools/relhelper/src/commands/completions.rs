//! `relhelper completions`

use std::io::Write;

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::error::CommandError;

/// `relhelper completions`
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(arguments: &Completions, out: &mut dyn Write) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "relhelper", &mut script);
    Ok(out.write_all(&script)?)
}
