//! The statements about keys that a verifier knows.

use std::path::PathBuf;

use crate::error::CommandError;
use crate::io::files;
use crate::io::origin::{Origin, OriginError};
use crate::release::layout::KEY_STATEMENTS;
use crate::trust::statement::{self, Statements};

/// Those that the user has. They come first: there is a limit, and whoever fills it beside the release must not crowd them out.
///
/// # Errors
///
/// When a file cannot be read.
pub fn own(paths: &[PathBuf]) -> Result<Statements, CommandError> {
    let mut statements = Statements::default();
    for path in paths {
        statements.add(files::read_text(path, statement::MAX_BYTES)?.as_bytes());
    }
    Ok(statements)
}

/// Adds those that lie beside a release, if there are any.
///
/// # Errors
///
/// When they cannot be read: there may be a revocation among them.
pub fn add_those_beside(
    statements: &mut Statements,
    origin: &dyn Origin,
) -> Result<(), CommandError> {
    match origin.read(&KEY_STATEMENTS.parse()?, statement::MAX_BYTES) {
        Ok(bytes) => statements.add(&bytes),
        Err(OriginError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
