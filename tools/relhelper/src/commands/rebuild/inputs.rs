//! Where Nix takes the pinned inputs from.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::cli::rebuild::Rebuild;
use crate::error::{CommandError, Hint as _};
use crate::io::http;
use crate::io::nix::Nix;
use crate::io::serve::Server;
use crate::nix::{Closure, StorePath};
use crate::rebuild::derivations;

/// A value for Nix's setting `hashed-mirrors`, and the server behind it if that is ours: what the caller named, or the release's own inputs.
///
/// Nix of all versions takes files over HTTP only, so a folder is served to this machine until the server is dropped.
///
/// # Errors
///
/// When a folder is not one, or cannot be served.
pub fn mirror(arguments: &Rebuild) -> Result<Option<(String, Option<Server>)>, CommandError> {
    let release = arguments.release.as_deref().unwrap_or_default();
    let own = if is_address(release) {
        Some(format!("{}inputs/", http::mirror(release)?))
    } else {
        let folder = Path::new(release).join("inputs");
        folder.is_dir().then(|| folder.display().to_string())
    };
    match arguments.inputs.clone().or(own) {
        None => Ok(None),
        Some(address) if is_address(&address) => Ok(Some((http::mirror(&address)?, None))),
        Some(folder) => {
            let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let server = Server::start(Path::new(&folder), anywhere)
                .hint("`relhelper inputs export` and `./bootstrap --export` make such folders")?;
            Ok(Some((server.url(), Some(server))))
        }
    }
}

fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// Refuses addresses that Nix is not given: it takes them as arguments, which everybody on the machine sees.
///
/// # Errors
///
/// When one has, or may have, a password in it.
pub fn check_addresses(arguments: &Rebuild) -> Result<(), CommandError> {
    if let Some(inputs) = arguments.inputs.as_deref().filter(|text| is_address(text)) {
        http::mirror(inputs)
            .hint("what wants a password is fetched first: `--inputs` takes the folder, too")?;
    }
    if let Some(flake) = &arguments.source {
        http::for_others(flake)
            .hint("what wants a password is fetched first: `--source` takes the folder, too")?;
    }
    Ok(())
}

/// Puts what a build needs into a store of its own: the derivations, and inputs that the machine's store has. Inputs are
/// checked against their digests afterwards, so it does not matter who put them there.
///
/// # Errors
///
/// When Nix cannot copy them.
pub fn bring(
    nix: &Nix,
    closure: &Closure,
    wanted: &BTreeSet<StorePath>,
) -> Result<(), CommandError> {
    let Some(machine) = nix.of_machine() else { return Ok(()) };
    let roots: Vec<_> = wanted.iter().cloned().collect();
    nix.copy(&roots, true)?;
    let needed: BTreeSet<_> = derivations::order(closure, wanted).into_iter().collect();
    let is_needed =
        |path: &StorePath| closure.maker(path).is_some_and(|(maker, _)| needed.contains(maker));
    let inputs: Vec<_> =
        closure.fixed_outputs().map(|(path, _)| path.clone()).filter(is_needed).collect();
    let there: Vec<_> = machine.observe(&inputs)?.valid.into_iter().collect();
    nix.copy(&there, false)?;
    Ok(())
}
