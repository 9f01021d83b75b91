//! Where a flake is, as something that Nix fetches without looking into it.

use std::io;
use std::path::{Path, PathBuf};

use crate::io::files::{FileError, failed_to};

/// A tree of files that has a flake in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    tree: String,
    folder: String,
}

impl Reference {
    /// The files of a folder as they are, whatever its name.
    #[must_use]
    pub fn folder(path: &Path) -> Self {
        let path = quoted(&path.display().to_string());
        Self { tree: format!("{{ type = \"path\"; path = {path}; }}"), folder: String::new() }
    }

    /// What somebody named as for `nix build`: an address, or a folder. One in a git checkout stands for what git knows of it.
    ///
    /// # Errors
    ///
    /// When it is a folder that cannot be found.
    pub fn named(text: &str) -> Result<Self, FileError> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let folder = query.split('&').find_map(|parameter| parameter.strip_prefix("dir="));
        let folder = folder.unwrap_or_default().to_owned();
        match place.split_once(':') {
            Some(("path", path)) if query.is_empty() => Ok(Self::folder(&found(Path::new(path))?)),
            Some(_) => Ok(Self { tree: quoted(text), folder }),
            None => Self::checkout(&found(Path::new(place))?, query, folder),
        }
    }

    fn checkout(path: &Path, query: &str, folder: String) -> Result<Self, FileError> {
        let Some(root) = path.ancestors().find(|above| above.join(".git").exists()) else {
            return if query.is_empty() {
                Ok(Self::folder(path))
            } else {
                let text = io::Error::new(io::ErrorKind::InvalidInput, "it is in no git checkout");
                Err(failed_to("choose a commit of", path)(text))
            };
        };
        // As Nix does, which takes a folder for the flake that it is in.
        let mut inside = path.ancestors().take_while(|above| above.starts_with(root));
        let flake = inside.find(|above| above.join("flake.nix").exists());
        let below = flake.unwrap_or(path).strip_prefix(root).unwrap_or(path).display().to_string();
        let question = if query.is_empty() { "" } else { "?" };
        let address = format!("git+file://{}{question}{query}", encoded(root));
        let folder = if folder.is_empty() { below } else { folder };
        Ok(Self { tree: quoted(&address), folder })
    }

    /// In Nix's language, what `builtins.fetchTree` takes.
    pub(super) fn tree(&self) -> &str {
        &self.tree
    }

    /// Where in the tree the flake is; empty for its top.
    pub(super) fn inside(&self) -> &str {
        &self.folder
    }
}

fn found(path: &Path) -> Result<PathBuf, FileError> {
    path.canonicalize().map_err(failed_to("find", path))
}

/// A text in Nix's language.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        if matches!(character, '"' | '$' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// A path in an address (RFC 3986, section 3.3).
fn encoded(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    text.bytes().fold(String::new(), |encoded, byte| {
        if is_plain(byte) {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            format!("{encoded}%{byte:02X}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn no_name_of_a_folder_ends_the_text_that_it_is_in() {
        let reference = Reference::folder(Path::new(r#"/a"; x = "${b}\?dir=c#d%20"#));
        assert_eq!(
            reference.tree(),
            r#"{ type = "path"; path = "/a\"; x = \"\${b}\\?dir=c#d%20"; }"#
        );
        assert_eq!(reference.inside(), "");
    }

    #[test]
    fn addresses_are_handed_on() {
        let reference = Reference::named("git+https://host.example/a?rev=0&dir=sub").unwrap();
        assert_eq!(reference.tree(), r#""git+https://host.example/a?rev=0&dir=sub""#);
        assert_eq!(reference.inside(), "sub");
        assert_eq!(Reference::named("github:a/b").unwrap().tree(), r#""github:a/b""#);
        let pinned = Reference::named("path:/none?rev=0").unwrap();
        assert_eq!(pinned.tree(), r#""path:/none?rev=0""#);
    }

    #[test]
    fn a_folder_is_one_or_a_checkout() {
        let made = tempfile::tempdir().unwrap();
        let root = made.path().canonicalize().unwrap().join("a b");
        let sub = root.join("sub");
        fs::create_dir_all(&sub).unwrap();
        let named = |text: String| Reference::named(&text);
        let plain = named(sub.display().to_string()).unwrap();
        assert_eq!(plain, Reference::folder(&sub));
        assert_eq!(named(format!("path:{}", sub.display())).unwrap(), plain);
        assert!(named(format!("{}?rev=0", sub.display())).is_err());
        assert!(named(root.join("none").display().to_string()).is_err());

        fs::create_dir(root.join(".git")).unwrap();
        let checkout = named(format!("{}?rev=0", sub.display())).unwrap();
        let address = root.display().to_string().replace(' ', "%20");
        assert_eq!(checkout.tree(), format!("\"git+file://{address}?rev=0\""));
        assert_eq!(checkout.inside(), "sub");
        fs::write(root.join("flake.nix"), "").unwrap();
        assert_eq!(named(sub.display().to_string()).unwrap().inside(), "");
        assert_eq!(named(format!("{}?dir=sub", sub.display())).unwrap().inside(), "sub");
        assert_eq!(named(format!("path:{}", sub.display())).unwrap(), plain);
    }
}
