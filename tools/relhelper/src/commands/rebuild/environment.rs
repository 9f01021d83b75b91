//! What this machine says of itself.

use std::fs;
use std::path::Path;

use crate::facts::Sha256;
use crate::io::files;
use crate::rebuild::findings::Environment;

/// What is known before anything ran.
#[must_use]
pub fn now(store: Option<&Path>) -> Environment {
    Environment {
        relhelper: env!("CARGO_PKG_VERSION").to_owned(),
        store: store.map_or("the machine's".to_owned(), |store| store.display().to_string()),
        kernel: first_line(Path::new("/proc/sys/kernel/osrelease")),
        processor: processor(),
        started: time(),
        ..Environment::default()
    }
}

/// The time, in UTC and whole seconds.
#[must_use]
pub fn time() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

/// Digest of a program.
#[must_use]
pub fn digest(program: &Path) -> Option<Sha256> {
    files::read(program).ok().map(|bytes| Sha256::of(&bytes))
}

fn first_line(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.lines().next()?.trim().to_owned())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let named = text.lines().find_map(|line| line.strip_prefix("model name"));
    Some(named?.trim_start_matches([' ', '\t', ':']).to_owned())
}
