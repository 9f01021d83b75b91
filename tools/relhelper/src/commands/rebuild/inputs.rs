//! Where Nix takes the pinned inputs from.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use tiny_http::{Method, Response, Server};

use crate::cli::rebuild::Rebuild;
use crate::error::CommandError;
use crate::io::nix::Nix;
use crate::nix::{Closure, StorePath};
use crate::rebuild::derivations;

/// The address for Nix's setting `hashed-mirrors`: what the caller named, or the release's own inputs.
///
/// Nix of all versions takes files over HTTP only, so a folder is served to this machine while the program runs.
///
/// # Errors
///
/// When a folder is not one, or cannot be served.
pub fn mirror(arguments: &Rebuild) -> Result<Option<String>, CommandError> {
    let release = arguments.release.as_deref().unwrap_or_default();
    let own = if is_address(release) {
        Some(format!("{}/inputs", release.trim_end_matches('/')))
    } else {
        let folder = Path::new(release).join("inputs");
        folder.is_dir().then(|| folder.display().to_string())
    };
    match arguments.inputs.clone().or(own) {
        None => Ok(None),
        // The slash at the end counts.
        Some(address) if is_address(&address) => {
            Ok(Some(format!("{}/", address.trim_end_matches('/'))))
        }
        Some(folder) => serve(Path::new(&folder)).map(Some),
    }
}

fn is_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
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

/// Serves `folder`/sha256/… to this machine until the program ends.
fn serve(folder: &Path) -> Result<String, CommandError> {
    if !folder.join("sha256").is_dir() {
        let text = format!("there is no folder `sha256` in {}", folder.display());
        return Err(CommandError::message(text).hint("`./bootstrap --export DIR` makes one"));
    }
    let server = Server::http("127.0.0.1:0").map_err(|error| {
        CommandError::message(format!("cannot serve {}: {error}", folder.display()))
    })?;
    let address = format!("http://{}/", server.server_addr());
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let file = match request.method() {
                Method::Get | Method::Head => file(request.url(), &folder),
                _ => None,
            };
            // A client that went away is its own affair.
            let _sent = match file.and_then(|path| File::open(path).ok()) {
                Some(file) => request.respond(Response::from_file(file)),
                None => request.respond(Response::empty(404)),
            };
        }
    });
    Ok(address)
}

/// The file behind `/sha256/` and 64 digits, and nothing else.
fn file(url: &str, folder: &Path) -> Option<PathBuf> {
    let digest = url.strip_prefix("/sha256/")?;
    let digits = digest.len() == 64
        && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    digits.then(|| folder.join("sha256").join(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_digests_and_nothing_else() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(file(&format!("/sha256/{digest}"), Path::new("x")).is_some());
        for url in [
            format!("/sha256/../{digest}"),
            format!("/sha256/{}", digest.to_uppercase()),
            format!("/sha256/{digest}/"),
            format!("/sha512/{digest}"),
            "/sha256/..".to_owned(),
            "/".to_owned(),
        ] {
            assert_eq!(file(&url, Path::new("x")), None, "{url}");
        }
    }
}
