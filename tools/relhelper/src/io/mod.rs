//! The only place, with `commands`, that touches the file system and the environment.

pub mod append;
pub mod attributes;
pub mod code_signer;
pub mod compare;
pub mod cores;
pub mod files;
pub mod gather;
pub mod gpg;
pub mod http;
pub mod inputs;
pub mod nix;
pub mod origin;
pub mod parallel;
pub mod secrets;
pub mod serve;
pub mod signatures;
pub mod sigstore;
pub mod staged;
pub mod store;
pub mod tree;
pub mod unpack;
pub mod verified;
