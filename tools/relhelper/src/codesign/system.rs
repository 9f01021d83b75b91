//! The systems that want programs signed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

use crate::compare::envelope::{self, Format};

/// A way to sign programs, by whose system checks it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum System {
    Apple,
    Authenticode,
}

impl System {
    /// The one for programs of the operating system `os`, by its name in manifests.
    #[must_use]
    pub fn of_os(os: Option<&str>) -> Option<Self> {
        match os {
            Some("macos") => Some(Self::Apple),
            Some("windows") => Some(Self::Authenticode),
            _ => None,
        }
    }

    /// Whether `file` is a program that it signs.
    #[must_use]
    pub fn signs(self, file: &[u8]) -> bool {
        match envelope::format(file) {
            Some(Format::MachO | Format::Universal) => self == Self::Apple,
            Some(Format::Pe) => self == Self::Authenticode,
            None => false,
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apple => "Apple",
            Self::Authenticode => "Authenticode",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{macho_aarch64, pe_x86_64};

    #[test]
    fn signs_the_programs_of_its_system_and_nothing_else() {
        assert_eq!(System::of_os(Some("linux")), None);
        assert_eq!(System::of_os(None), None);
        for (os, own, other) in
            [("macos", macho_aarch64(), pe_x86_64()), ("windows", pe_x86_64(), macho_aarch64())]
        {
            let system = System::of_os(Some(os)).unwrap();
            assert!(system.signs(&own) && !system.signs(&other), "{os}");
            assert!(!system.signs(b"#!/bin/sh\n"), "{os}");
        }
    }
}
