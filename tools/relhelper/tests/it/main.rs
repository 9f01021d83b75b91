//! End-to-end tests: the program itself, with nothing in its environment.

mod attest;
mod bundle;
mod certificate;
mod check_portable;
mod compare;
mod complete;
mod documents;
mod emit;
mod hostile;
mod inputs;
mod pages;
mod rebuild;
mod schema;
mod sign;
mod sign_identity;
mod stamp;
mod support;
mod tls;
mod trust;
mod verify;
mod verify_signatures;
mod version;
