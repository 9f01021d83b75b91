//! The interpreter of a script.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::finding::{Kind, excerpt};

/// Folders in which every Unix has its shell and `env`.
const SYSTEM_FOLDERS: [&[u8]; 2] = [b"/bin/", b"/usr/bin/"];

/// The first line, when it names an interpreter elsewhere. `head` is how the file begins.
pub(super) fn inspect(head: &[u8]) -> Option<(Kind, String)> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or(line);
    let interpreter = line.trim_ascii_start();
    let of_the_system = SYSTEM_FOLDERS.iter().any(|folder| interpreter.starts_with(folder));
    (!of_the_system).then(|| (Kind::Shebang, excerpt(line.trim_ascii())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expected: Option<&str>) {
        assert_eq!(inspect(head.as_bytes()), expected.map(|line| (Kind::Shebang, line.to_owned())));
    }

    #[test]
    fn accepts_what_every_system_has() {
        check("#!/bin/sh\nexit", None);
        check("#! /usr/bin/env python3\n", None);
        check("no script", None);
    }

    #[test]
    fn reports_interpreters_elsewhere() {
        check("#!/usr/local/bin/python3 -I\nimport", Some("/usr/local/bin/python3 -I"));
        check("#!/opt/sh", Some("/opt/sh"));
        check("#!python3\n", Some("python3"));
    }
}
