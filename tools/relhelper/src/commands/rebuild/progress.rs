//! What people see while Nix builds: a bar on a terminal, lines elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::nix::StorePath;
use crate::rebuild::log::{Change, Progress};

/// Shown on standard error; standard output is for the report.
#[derive(Debug)]
pub struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    /// For one step, which `title` names.
    #[must_use]
    pub fn new(title: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {prefix} {wide_msg} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            anstream::eprintln!("{title}");
        }
        Self { bar }
    }

    /// Shows what changed.
    pub fn show(&self, change: &Change, progress: &Progress) {
        match (&self.bar, change) {
            (Some(bar), Change::Counted(done, expected)) => {
                bar.set_prefix(format!("built {done} of {expected}"));
            }
            (Some(bar), Change::Message(text)) => bar.println(text),
            (Some(bar), _) => {
                let names: Vec<_> = progress.running().map(short).collect();
                bar.set_message(names.join(", "));
            }
            (None, Change::Started(derivation)) => {
                anstream::eprintln!("building {}", short(derivation));
            }
            (None, Change::Message(text)) => anstream::eprintln!("{text}"),
            (None, Change::Counted(..) | Change::Stopped(_)) => {}
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The name of a derivation, which is enough for people.
fn short(path: &str) -> String {
    let parsed = path.parse::<StorePath>();
    parsed.map_or(path.to_owned(), |path| path.name().trim_end_matches(".drv").to_owned())
}
