//! The `relhelper` program.

use clap::Parser;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print the version
    Version,
}

fn main() {
    match Cli::parse().command {
        Command::Version => println!("relhelper {}", env!("CARGO_PKG_VERSION")),
    }
}
