//! Closed lists of words that appear in metadata and documents, each with one spelling.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// A word that is not in its list: the word, and the list.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} is `{found}`, expected one of {expected}")]
pub struct UnknownWord {
    /// What the list is about, for the message.
    pub what: &'static str,
    /// The word that was given.
    pub found: String,
    /// All words of the list, quoted and separated by commas.
    pub expected: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$item_doc:meta])* $item:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$item_doc])* $item,)+ }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$item,)+];

            /// The one spelling of this word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$item => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::facts::words::UnknownWord;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == s).ok_or_else(|| $crate::facts::words::UnknownWord {
                    what: $what,
                    found: s.to_owned(),
                    expected: Self::ALL.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// Processor architecture of a target.
    Arch, "the architecture", {
        /// 64-bit Arm.
        Aarch64 = "aarch64",
        /// 64-bit RISC-V.
        Riscv64 = "riscv64",
        /// 64-bit x86.
        X86_64 = "x86_64",
    }
}

words! {
    /// What an artifact is to the person who downloads it.
    ArtifactKind, "the kind of artifact", {
        /// One executable, not packed.
        Binary = "binary",
        /// Portable archive: unpack and run.
        Bundle = "bundle",
        /// Guided installer.
        Installer = "installer",
        /// Anything else.
        Other = "other",
        /// in-toto statement about how the artifacts were built.
        Provenance = "provenance",
        /// Bill of materials.
        Sbom = "sbom",
        /// Detached signature.
        Signature = "signature",
        /// Source archive from which the release can be rebuilt.
        Source = "source",
        /// Document read by an updater inside the product.
        UpdaterManifest = "updater-manifest",
    }
}

words! {
    /// Operating system of a target.
    Os, "the operating system", {
        /// Linux, any distribution.
        Linux = "linux",
        /// macOS.
        Macos = "macos",
        /// Windows.
        Windows = "windows",
    }
}

words! {
    /// Where a pinned file comes from.
    PackageKind, "the kind of input", {
        /// Made from another input by `./bootstrap`.
        BootstrapTar = "bootstrap-tar",
        /// The registry of crates.
        Crate = "crate",
        /// Debian.
        Deb = "deb",
        /// The Python Package Index.
        Wheel = "wheel",
    }
}

words! {
    /// How far the executables of a target are tested.
    Tier, "the tier", {
        /// Run under an emulator.
        Emulated = "emulated",
        /// Run on the operating system and processor they are for.
        Native = "native",
        /// Never run; the structure of the file is checked.
        Structure = "structure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn parses_its_own_spelling() {
        for kind in ArtifactKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn names_the_words_it_knows() {
        let error = "beos".parse::<Os>().unwrap_err();
        expect!["the operating system is `beos`, expected one of `linux`, `macos`, `windows`"]
            .assert_eq(&error.to_string());
    }
}
