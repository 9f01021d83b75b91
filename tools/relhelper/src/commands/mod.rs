//! One module a command: read, let the pure part decide, write.

pub mod attest;
pub mod attestations;
pub mod bundle;
pub mod check_portable;
pub mod codesign;
pub mod compare;
pub mod completions;
mod crates;
pub mod emit;
pub mod inputs;
mod key_statements;
pub mod keys;
mod known_statements;
pub mod man;
pub mod rebuild;
mod sboms;
pub mod sign;
pub mod stamp;
pub mod summarize;
mod trusted_keys;
pub mod verify;
mod verify_signatures;
pub mod version;

use std::io::Write;

use crate::cli::{Cli, Command, Emit};
use crate::error::{Answer, CommandError};

/// Does what the command line says. Data goes to `out`.
///
/// # Errors
///
/// When it could not be done.
pub fn run(cli: Cli, out: &mut dyn Write) -> Result<Answer, CommandError> {
    match cli.command {
        Command::Attest(arguments) => return attest::run(&arguments, out),
        Command::Bundle(arguments) => bundle::run(&arguments),
        Command::CheckPortable(arguments) => return check_portable::run(&arguments, out),
        Command::Codesign(arguments) => return codesign::run(&arguments, out),
        Command::Compare(arguments) => return compare::run(&arguments, out),
        Command::Completions(arguments) => completions::run(&arguments, out),
        Command::Emit(Emit::Bundle(arguments)) => emit::bundle(&arguments),
        Command::Emit(Emit::Release(arguments)) => emit::release(&arguments),
        Command::Inputs(arguments) => return inputs::run(&arguments, out),
        Command::Keys(arguments) => keys::run(&arguments, out),
        Command::Man(arguments) => man::run(&arguments, out),
        Command::Rebuild(arguments) => return rebuild::run(&arguments, out),
        Command::Sign(arguments) => return sign::run(&arguments, out),
        Command::Stamp(arguments) => stamp::run(&arguments),
        Command::Summarize(arguments) => return summarize::run(&arguments, out),
        Command::Verify(arguments) => return verify::run(&arguments, out),
        Command::Version(arguments) => version::run(&arguments, out),
    }
    .map(|()| Answer::Yes)
}
