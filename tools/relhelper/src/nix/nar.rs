//! NAR, Nix's archive of a tree: not written anywhere, only its digest is computed.
//!
//! Spec: <https://nix.dev/manual/nix/latest/protocols/nix-archive>.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use sha2::{Digest as _, Sha256};

use super::NarHash;
use crate::archive::entry::{Content, Entry, Open};

/// Bytes digested at once: many small files, with all that is between them, or part of a large one.
const CHUNK_BYTES: usize = 256 * 1024;

/// The digest of the NAR of a folder that holds `entries`.
///
/// # Errors
///
/// When a file cannot be read or does not have the size it was listed with, or the list has a path
/// twice or inside of a file.
pub fn hash(entries: &[Entry], open: &impl Open) -> io::Result<NarHash> {
    let mut top = BTreeMap::new();
    for entry in entries {
        insert(&mut top, &entry.path, &entry.content)?;
    }
    let mut writer = Writer { digest: Sha256::new(), chunk: vec![0; CHUNK_BYTES], filled: 0 };
    writer.text("nix-archive-1");
    writer.folder(&top, open)?;
    writer.flush();
    Ok(<[u8; 32]>::from(writer.digest.finalize()).into())
}

/// What is in a folder, in the order of the bytes of the names, as the format wants it.
type Folder<'a> = BTreeMap<&'a str, Node<'a>>;

enum Node<'a> {
    File(&'a Content),
    Folder(Folder<'a>),
}

fn insert<'a>(folder: &mut Folder<'a>, path: &'a str, content: &'a Content) -> io::Result<()> {
    let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{path} {why}"));
    if let Some((name, rest)) = path.split_once('/') {
        let below = folder.entry(name).or_insert_with(|| Node::Folder(BTreeMap::new()));
        return match below {
            Node::Folder(below) => insert(below, rest, content),
            Node::File(_) => Err(refuse("is inside of a file")),
        };
    }
    match (content, folder.get(path)) {
        // A folder may have been made by what is in it.
        (Content::Directory, Some(Node::Folder(_))) => {}
        (_, Some(_)) => return Err(refuse("is there twice")),
        (Content::Directory, None) => {
            folder.insert(path, Node::Folder(BTreeMap::new()));
        }
        (Content::File { .. }, None) => {
            folder.insert(path, Node::File(content));
        }
    }
    Ok(())
}

struct Writer {
    digest: Sha256,
    chunk: Vec<u8>,
    /// Bytes of the chunk that are not digested yet.
    filled: usize,
}

impl Writer {
    fn flush(&mut self) {
        self.digest.update(&self.chunk[..self.filled]);
        self.filled = 0;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(CHUNK_BYTES) {
            if part.len() > CHUNK_BYTES - self.filled {
                self.flush();
            }
            self.chunk[self.filled..][..part.len()].copy_from_slice(part);
            self.filled += part.len();
        }
    }

    /// A string: its length as 64 bits, its bytes, zeros up to a multiple of eight.
    fn text(&mut self, text: &str) {
        self.bytes(&(text.len() as u64).to_le_bytes());
        self.bytes(text.as_bytes());
        self.pad(text.len() as u64);
    }

    fn pad(&mut self, length: u64) {
        let zeros = length.next_multiple_of(8) - length;
        self.bytes(&[0; 8][..usize::try_from(zeros).unwrap_or(0)]);
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.text(text);
        }
    }

    fn folder(&mut self, folder: &Folder, open: &impl Open) -> io::Result<()> {
        self.texts(&["(", "type", "directory"]);
        for (name, node) in folder {
            self.texts(&["entry", "(", "name", name, "node"]);
            match node {
                Node::File(content) => self.file(content, open)?,
                Node::Folder(below) => self.folder(below, open)?,
            }
            self.text(")");
        }
        self.text(")");
        Ok(())
    }

    fn file(&mut self, content: &Content, open: &impl Open) -> io::Result<()> {
        let Content::File { from, size, executable } = content else { return Ok(()) };
        self.texts(&["(", "type", "regular"]);
        if *executable {
            self.texts(&["executable", ""]);
        }
        self.text("contents");
        self.bytes(&size.to_le_bytes());
        // One byte more than expected is asked for, to see a file that grew.
        let mut file = open.open(from)?.take(size.saturating_add(1));
        let mut left = *size;
        loop {
            // Reads are as long as those of an empty chunk, or nearly.
            if self.filled > CHUNK_BYTES / 2 {
                self.flush();
            }
            let length = match file.read(&mut self.chunk[self.filled..]) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.filled += length;
            left = left.checked_sub(length as u64).ok_or_else(|| changed(from))?;
        }
        if left > 0 {
            return Err(changed(from));
        }
        self.pad(*size);
        self.text(")");
        Ok(())
    }
}

fn changed(file: &std::path::Path) -> io::Error {
    io::Error::other(format!("{} changed while it was read", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::path::Path;

    struct Named;

    impl Open for Named {
        fn open(&self, from: &Path) -> io::Result<Box<dyn Read>> {
            Ok(Box::new(io::Cursor::new(from.to_string_lossy().into_owned().into_bytes())))
        }
    }

    fn file(path: &str, content: &str, executable: bool) -> Entry {
        let size = content.len() as u64;
        Entry {
            path: path.to_owned(),
            content: Content::File { from: content.into(), size, executable },
        }
    }

    fn folder(path: &str) -> Entry {
        Entry { path: path.to_owned(), content: Content::Directory }
    }

    fn sample() -> Vec<Entry> {
        // `a.b` comes after `a` here, but before `a/` in an archive.
        vec![
            file("a.b", "dot", false),
            folder("a"),
            file("a/run", "#!/bin/sh\n", true),
            folder("empty"),
            file("nothing", "", false),
            file("ö", "12345678", false),
        ]
    }

    // `nix-hash --type sha256 --base32` of Nix 2.8.0 of the same tree.
    #[test]
    fn gives_the_digest_that_nix_gives() {
        let hash = hash(&sample(), &Named).unwrap();
        assert_eq!(
            hash,
            "sha256:0kdmfzs70nya2p9dgr9kp4mxdykwvkqjg7ws13wr6763syw3kfn2".parse().unwrap()
        );
    }

    #[test]
    fn the_digest_does_not_depend_on_where_chunks_end() {
        let whole = |entries: &[Entry]| {
            let mut nar = Vec::new();
            for text in ["nix-archive-1", "(", "type", "directory"] {
                push(&mut nar, text.as_bytes());
            }
            for entry in entries {
                let Content::File { from, .. } = &entry.content else { panic!("a file") };
                for text in
                    ["entry", "(", "name", &entry.path, "node", "(", "type", "regular", "contents"]
                {
                    push(&mut nar, text.as_bytes());
                }
                push(&mut nar, from.to_str().unwrap().as_bytes());
                push(&mut nar, b")");
                push(&mut nar, b")");
            }
            push(&mut nar, b")");
            NarHash::from(<[u8; 32]>::from(Sha256::digest(&nar)))
        };
        for length in [0, 1, CHUNK_BYTES / 2, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7] {
            let names = ["a", "b", "c"].map(|name| file(name, &"x".repeat(length), false));
            assert_eq!(hash(&names, &Named).unwrap(), whole(&names), "{length}");
        }
    }

    fn push(nar: &mut Vec<u8>, bytes: &[u8]) {
        nar.extend((bytes.len() as u64).to_le_bytes());
        nar.extend(bytes);
        nar.resize(nar.len().next_multiple_of(8), 0);
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_and_everything_else_does() {
        let good = hash(&sample(), &Named).unwrap();
        let mut other = sample();
        other.reverse();
        assert_eq!(hash(&other, &Named).unwrap(), good);
        for index in 0..sample().len() {
            let mut less = sample();
            // What is in it still makes the folder `a`.
            if less.remove(index).path != "a" {
                assert_ne!(hash(&less, &Named).unwrap(), good, "{index}");
            }
        }
        let mut other = sample();
        other[2] = file("a/run", "#!/bin/sh\n", false);
        assert_ne!(hash(&other, &Named).unwrap(), good);
    }

    #[test]
    fn refuses_lists_that_are_no_tree_and_files_of_another_size() {
        let refused = |entries: &[Entry]| hash(entries, &Named).unwrap_err().to_string();
        assert_eq!(refused(&[file("a", "x", false), file("a", "x", false)]), "a is there twice");
        assert_eq!(
            refused(&[file("a", "x", false), file("a/b", "x", false)]),
            "a/b is inside of a file"
        );
        for size in [1, 3] {
            let content = Content::File { from: "12".into(), size, executable: false };
            let entry = Entry { path: "a".to_owned(), content };
            assert_eq!(refused(&[entry]), "12 changed while it was read");
        }
    }
}
