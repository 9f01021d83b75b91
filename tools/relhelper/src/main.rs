//! The program `relhelper`: parse, dispatch, show the error, exit.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use relhelper::cli::Cli;
use relhelper::commands;
use relhelper::error::CommandError;

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let outcome = commands::run(Cli::parse(), &mut out)
        .and_then(|answer| out.flush().map(|()| answer).map_err(CommandError::from));
    match outcome {
        Ok(answer) => answer.into(),
        Err(error) => {
            if !error.is_broken_pipe() {
                anstream::eprint!("{error}");
            }
            CommandError::EXIT_CODE.into()
        }
    }
}
