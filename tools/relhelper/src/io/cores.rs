//! How many threads to use; never how to use them, so no byte depends on it.

use std::num::NonZeroUsize;

/// The number of cores this process may use: those the system gives it, and in a Nix build no more
/// than `NIX_BUILD_CORES` (0 there means all).
#[must_use]
pub fn available() -> NonZeroUsize {
    let system = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let granted = std::env::var("NIX_BUILD_CORES").ok().and_then(|cores| cores.parse().ok());
    granted.map_or(system, |granted| system.min(granted))
}
