//! Why two files differ: the likely cause of a difference, and where it is.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares every cause once: its identifier, what is different, and what to do about it.
macro_rules! causes {
    ($($variant:ident, $id:literal, $what:literal, $hint:literal;)*) => {
        /// The likely cause of a difference. Identifiers are part of the format of reports.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[expect(missing_docs, reason = "`what` says it")]
        #[non_exhaustive]
        pub enum Cause { $($variant,)* }

        impl Cause {
            /// All of them, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// How reports name it.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What is different, for people.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }

            /// What to do about it.
            #[must_use]
            pub fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }
        }
    };
}

causes! {
    Architecture, "architecture", "the files are for different kinds of machine or of different formats",
        "compare the files of one target";
    ArchiveRefused, "archive-refused", "an archive cannot be read safely, so what is in it is not known",
        "look at the reason: damaged and hostile archives are refused";
    BuildDate, "build-date", "a date or time of the build is in the file",
        "take the time from SOURCE_DATE_EPOCH, and leave __DATE__ and __TIME__ out";
    BuildPath, "build-path", "the path of a folder of the build is in the file",
        "map paths when compiling: --remap-path-prefix of rustc, -ffile-prefix-map of C compilers";
    BuildStamp, "build-stamp", "the build stamp says another version, commit, date or toolchain",
        "build the commit that was released; relhelper version --json shows the stamp";
    Code, "code", "the machine code is not the same",
        "compare the versions and the flags of the compiler, and the number of its codegen units";
    CodeOrder, "code-order", "the same code or data comes in another order",
        "sort the objects that are linked, and compile with one codegen unit";
    CodeSignature, "code-signature", "the code signature is not the same",
        "a signature covers all other bytes: look at the other differences first";
    CompilerComment, "compiler-comment", "the compiler or linker names itself with another version",
        "use the versions of the toolchain that the release names";
    Compression, "compression", "equal content is compressed differently",
        "use the same compressor, version, level and number of threads";
    CompressionMethod, "compression-method", "members are compressed by another method",
        "compare the options of the program that packs (store or deflate)";
    CrateList, "crate-list", "the list of crates in .dep-v0 is not the same",
        "build with the Cargo.lock of the release, and compare rust-audit-info of both";
    Data, "data", "constants or initialised data are not the same",
        "look at the bytes: random seeds, counters and generated tables are usual";
    DebugInfo, "debug-info", "debugging information is not the same",
        "compare the flags -g and -C debuginfo, or strip both";
    DebugPath, "debug-path", "debugging information names another folder or file",
        "map paths: --remap-path-prefix of rustc, -fdebug-prefix-map of C compilers";
    Digest, "digest", "a digest of something else is not the same",
        "follows from another difference: look at the file that it names";
    ElfBuildId, "elf-build-id", "the ELF build id is not the same",
        "linkers compute it from the other bytes: look at these first; else compare --build-id";
    ExportTime, "export-time", "the PE export table says another time",
        "link with /Brepro or --no-insert-timestamp";
    FileKind, "file-kind", "one is a file, a folder or a link, and the other is something else",
        "find out what makes it";
    FileMissing, "file-missing", "one side has a file that the other lacks",
        "compare the lists of what is built, and look for leftovers of earlier builds";
    GzipHeader, "gzip-header", "the header of gzip says another level, system, comment or extra field",
        "use one gzip on one system, with the same level";
    GzipName, "gzip-name", "the header of gzip has the name of a file",
        "compress with gzip -n, or from standard input";
    GzipTime, "gzip-time", "the header of gzip has a time",
        "compress with gzip -n, or set the time to SOURCE_DATE_EPOCH";
    HostName, "host-name", "the name of a host or user is in the file",
        "build under a fixed name, or leave the name out";
    Identifier, "identifier", "a random identifier (UUID, serial number) is in the file",
        "derive it from the content instead";
    JsonFormat, "json-format", "the JSON says the same, with other spaces, escapes or order of keys",
        "write JSON with sorted keys and one layout";
    JsonValue, "json-value", "a value in JSON is not the same",
        "look at the program that writes this field";
    Layout, "layout", "offsets, sizes or addresses moved",
        "follows from another difference: look at that first";
    LineEndings, "line-endings", "the lines end differently (LF, CR LF)",
        "set eol in .gitattributes, and write files in binary mode";
    LineOrder, "line-order", "the same lines come in another order",
        "sort what is listed, with LC_ALL=C";
    LinkTarget, "link-target", "a symbolic link leads elsewhere",
        "make links relative, and without folders of the build";
    Linkedit, "linkedit", "tables of the Mach-O segment __LINKEDIT are not the same",
        "symbols, exports and fixups follow from code and data: look at these first";
    MachoBuildVersion, "macho-build-version", "LC_BUILD_VERSION or LC_VERSION_MIN names another system, SDK or tool",
        "use the SDK of the release, and compare MACOSX_DEPLOYMENT_TARGET";
    MachoUuid, "macho-uuid", "LC_UUID is not the same",
        "linkers compute it from the other bytes and the file's name: look at these first";
    MemberMissing, "member-missing", "one archive has a member that the other lacks",
        "compare the lists of what is packed, and look for leftovers of earlier builds";
    MemberMode, "member-mode", "permissions or attributes of a member are not the same",
        "set the umask, or pack with tar --mode";
    MemberOrder, "member-order", "the members of an archive come in another order",
        "sort them: tar --sort=name, or a sorted list of files for zip";
    MemberOwner, "member-owner", "a member has another owner or group",
        "pack with tar --owner=0 --group=0 --numeric-owner";
    MemberTime, "member-time", "a member has another time",
        "set times to SOURCE_DATE_EPOCH: tar --mtime, touch before zip; DOS times depend on TZ";
    Overlay, "overlay", "bytes follow the end of the executable",
        "find out what appends them: installers, archives and signers do";
    Padding, "padding", "padding is not zero or not as long",
        "find out which tool writes there: padding has no meaning for the program";
    PdbPath, "pdb-path", "the path of the PDB file is not the same",
        "link with /PDBALTPATH:%_PDB%";
    PeCertificate, "pe-certificate", "the Authenticode certificate table is not the same",
        "a signature covers all other bytes: look at the other differences first";
    PeChecksum, "pe-checksum", "the PE checksum is not the same",
        "linkers and signers compute it from the other bytes: look at these first";
    PeDebug, "pe-debug", "the PE debug directory is not the same (GUID of the PDB, its age, time, or repro hash)",
        "link with /Brepro, or without debugging information";
    PeTimestamp, "pe-timestamp", "the COFF time stamp is not the same",
        "link with /Brepro, --no-insert-timestamp, or with SOURCE_DATE_EPOCH set";
    Random, "random", "the bytes look random: a key, salt, or compressed or encrypted data",
        "find out what makes them, and fix its seed";
    RichHeader, "rich-header", "the Rich header names other object files or versions of the tools",
        "use the same toolchain; the linker flag /emittoolversioninfo:no leaves it out";
    SectionCompression, "section-compression", "equal debugging information is compressed differently",
        "compare --compress-debug-sections and the version of the tool that compressed";
    SectionMissing, "section-missing", "one file has a section or load command that the other lacks",
        "compare the flags of the linker, and what strips or adds sections afterwards";
    SectionOrder, "section-order", "the same sections or load commands come in another order",
        "compare the linker scripts and the order of the objects";
    Strip, "strip", "one file has symbols or debugging information that the other lacks",
        "compare strip, -s and -C strip";
    Symbols, "symbols", "the symbol tables are not the same",
        "names with hashes come from other paths, crates or compilers: -frandom-seed, -C metadata";
    TarFormat, "tar-format", "the headers of tar are written in another format or by another program",
        "name the format: tar --format=ustar, and use one program";
    TarPadding, "tar-padding", "the filling behind the end of the tar is not as long",
        "compare the blocking factor, and the program that packs";
    Text, "text", "the text is not the same",
        "look at the lines: the sources or the program that writes them differ";
    Trailing, "trailing-data", "there is data behind the end of one file",
        "find out what appends it";
    Truncated, "truncated", "one file ends where the other goes on",
        "an interrupted copy or write, or something was appended";
    Unreadable, "unreadable", "the file cannot be read as the executable that it seems to be",
        "it may be damaged; compare the bytes";
    Version, "version", "a version number in the file is not the same",
        "use the same versions of sources and tools";
    ZipComment, "zip-comment", "a comment in the zip file is not the same",
        "pack without comments";
    ZipExtra, "zip-extra", "extra fields of the zip file are not the same (times, user numbers)",
        "pack with zip -X";
    ZipVersion, "zip-version", "another program, version or system made the zip file",
        "use one program of one version to pack";
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

/// As an object `{"id", "what", "hint"}`.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut object = serializer.serialize_struct("Cause", 3)?;
        object.serialize_field("id", self.id())?;
        object.serialize_field("what", self.what())?;
        object.serialize_field("hint", self.hint())?;
        object.end()
    }
}

/// One place where the published file and the rebuilt one differ.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// From the outside to the inside: member of an archive, slice, section, symbol or field.
    pub place: Vec<String>,
    /// The first bytes that differ in the published file; none where it has nothing of the kind.
    pub published: Option<Excerpt>,
    /// The same of the rebuilt file.
    pub rebuilt: Option<Excerpt>,
    /// Why they differ, as far as can be told.
    pub cause: Cause,
}

/// Some bytes of a file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// Where they are, counted in bytes from the beginning of the innermost file in `place`.
    pub offset: u64,
    /// The bytes in hexadecimal; at most [`Self::MOST_BYTES`].
    pub bytes: String,
    /// What they mean, where that can be told: a number, a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Excerpt {
    /// How many bytes are shown.
    pub const MOST_BYTES: usize = 16;

    /// The bytes of `file` from `offset` on.
    #[must_use]
    pub fn of(file: &[u8], offset: usize) -> Self {
        let rest = file.get(offset..).unwrap_or_default();
        let bytes = rest.get(..Self::MOST_BYTES).unwrap_or(rest);
        Self { offset: offset as u64, bytes: data_encoding::HEXLOWER.encode(bytes), text: None }
    }

    /// The same with what the bytes mean.
    #[must_use]
    pub fn meaning(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_cause_has_a_name_of_its_own_and_a_hint() {
        let ids: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.id()).collect();
        assert_eq!(ids.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            assert!(!cause.what().is_empty() && !cause.hint().is_empty(), "{cause:?}");
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(cause.id().bytes().all(plain), "{}", cause.id());
        }
    }

    #[test]
    fn an_excerpt_ends_with_the_file() {
        assert_eq!(Excerpt::of(b"abcdef", 4).bytes, "6566");
        assert_eq!(Excerpt::of(b"abcdef", 9).bytes, "");
        assert_eq!(Excerpt::of(&[7; 40], 1).bytes, "07".repeat(16));
    }
}
