//! `nar-hash FOLDER`: the digest that `nix hash path FOLDER` prints. For `benches/run nar`, which compares the two.

use std::error::Error;
use std::path::Path;

use relhelper::io::tree;
use relhelper::nix::nar;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: nar-hash FOLDER")?;
    println!("{}", nar::hash(&tree::entries(Path::new(&folder))?, &tree::Disk)?);
    Ok(())
}
