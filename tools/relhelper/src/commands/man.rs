//! `relhelper man`

use std::io::Write;

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use crate::cli::{Cli, Man};
use crate::error::CommandError;
use crate::io::files::{self, Mode};

/// `relhelper man`
///
/// # Errors
///
/// When the pages cannot be written.
pub fn run(arguments: &Man, out: &mut dyn Write) -> Result<(), CommandError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(directory) = &arguments.out else {
        let mut content = Vec::new();
        Page::new(command).date("").render(&mut content)?;
        return Ok(out.write_all(&content)?);
    };
    files::create_directories(directory)?;
    for page in pages(&command) {
        let mut content = Vec::new();
        page.render(&mut content)?;
        files::write(&directory.join(page.get_filename()), Mode::Plain, &content)?;
    }
    Ok(())
}

/// The page of `command` and of everything below it. No date: a page depends on the program alone.
fn pages(command: &clap::Command) -> Vec<Page> {
    let mut found = vec![Page::new(command.clone()).date("")];
    found.extend(command.get_subcommands().flat_map(pages));
    found
}
