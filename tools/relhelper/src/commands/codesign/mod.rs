//! `relhelper codesign`: signatures of operating systems, off and on.

mod apply;
pub(super) mod make;
pub(super) mod release;
mod sign;
pub(super) mod signatures;
#[cfg(test)]
mod tests;

use std::io::Write;

use crate::cli::codesign::{Attach, Codesign, Extract};
use crate::compare::envelope::detached::{AttachError, Detached, extract};
use crate::document::json;
use crate::error::{Answer, CommandError, Hint as _};
use crate::io::files::{self, Mode};

/// `relhelper codesign`
///
/// # Errors
///
/// When a file cannot be read or written, or it cannot be told whether the signature is for it.
pub fn run(arguments: &Codesign, out: &mut dyn Write) -> Result<Answer, CommandError> {
    match arguments {
        Codesign::Apply(arguments) => apply::run(arguments, out),
        Codesign::Attach(arguments) => attach(arguments, out),
        Codesign::Extract(arguments) => take_off(arguments, out),
        Codesign::Sign(arguments) => sign::run(arguments, out),
    }
}

fn attach(arguments: &Attach, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let unsigned = files::read(&arguments.unsigned)?;
    let detached = Detached::parse(&files::read(&arguments.signature)?)
        .hint("make it with `relhelper codesign extract`")?;
    match detached.attach(&unsigned) {
        Ok(signed) => {
            files::write(&arguments.signed, Mode::Executable, &signed)?;
            writeln!(out, "{}  {}", detached.signed.sha256, arguments.signed.display())?;
            Ok(Answer::Yes)
        }
        Err(AttachError::Form(text)) => Err(AttachError::Form(text).into()),
        Err(AttachError::Unproven(unproven)) if !unproven.is_mismatch() => Err(unproven.into()),
        Err(refused) => {
            writeln!(out, "{}: {refused}", arguments.unsigned.display())?;
            Ok(Answer::No)
        }
    }
}

fn take_off(arguments: &Extract, out: &mut dyn Write) -> Result<Answer, CommandError> {
    let (signed, unsigned) = (files::read(&arguments.signed)?, files::read(&arguments.unsigned)?);
    match extract(&signed, &unsigned) {
        Ok(detached) => {
            files::write(&arguments.signature, Mode::Plain, &json::to_bytes(&detached))?;
            Ok(Answer::Yes)
        }
        Err(unproven) if !unproven.is_mismatch() => Err(unproven.into()),
        Err(unproven) => {
            writeln!(out, "{}: {unproven}", arguments.signed.display())?;
            Ok(Answer::No)
        }
    }
}
