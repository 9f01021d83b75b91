//! `BUILD_META.txt`: the facts of a release, for people.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::{self, Display, Write as _};

use crate::facts::{ReleaseFacts, Toolchain};

/// The text. One fact a line, so that `grep` finds it.
///
/// # Panics
///
/// Never: a `String` takes all text.
#[must_use]
pub fn build_meta(facts: &ReleaseFacts) -> Vec<u8> {
    let mut text = String::new();
    write(&mut text, facts).expect("a String takes all text");
    text.into_bytes()
}

fn write(text: &mut String, facts: &ReleaseFacts) -> fmt::Result {
    let ReleaseFacts { product, source, toolchain, artifacts, .. } = facts;
    let mut line = |label: &str, value: &dyn Display| writeln!(text, "{label:<13}{value}");
    line("product:", &product.name)?;
    line("version:", &product.version)?;
    for (label, value) in [
        ("description:", &product.description),
        ("license:", &product.license),
        ("homepage:", &product.homepage),
    ] {
        if let Some(value) = value {
            line(label, value)?;
        }
    }
    line("commit:", &source.revision.as_deref().unwrap_or("not committed"))?;
    line(
        "source date:",
        &format_args!("{} ({} s)", source.source_date, source.source_date.seconds()),
    )?;
    line("toolchain:", &Tools(toolchain))?;

    writeln!(text, "\nPlatforms, and how far the executables were tested on them\n")?;
    for target in facts.targets() {
        let (triple, os, arch, tier) = (&target.triple, target.os, target.arch, target.tier);
        writeln!(text, "{triple:<32} {os:<8} {arch:<8} {tier}")?;
    }

    writeln!(text, "\nArtifacts: SHA-256, size in bytes, name\n")?;
    for artifact in artifacts {
        writeln!(
            text,
            "{} {:>12} {}",
            artifact.measured.sha256, artifact.measured.size, artifact.file
        )?;
    }
    writeln!(
        text,
        "\nCheck what you downloaded with `sha256sum --ignore-missing -c SHA256SUMS`\n\
         (macOS: `shasum -a 256 --ignore-missing -c SHA256SUMS`)."
    )
}

struct Tools<'a>(&'a Toolchain);

impl Display for Tools<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(tools) = self.0.tools() else {
            return f.write_str("not stated");
        };
        let tools: Vec<_> =
            tools.iter().map(|(tool, version)| format!("{tool} {version}")).collect();
        f.write_str(&tools.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;

    #[test]
    fn tells_the_facts() {
        expect![[r#"
            product:     hello
            version:     1.2.3
            description: Says hello
            license:     MIT
            commit:      0123456789abcdef0123456789abcdef01234567
            source date: 2023-11-14T22:13:20Z (1700000000 s)
            toolchain:   llvm 22.1.8, rustc 1.96.0

            Platforms, and how far the executables were tested on them

            x86_64-pc-windows-gnullvm        windows  x86_64   emulated
            x86_64-unknown-linux-musl        linux    x86_64   native

            Artifacts: SHA-256, size in bytes, name

            615b5e79977cf3945e52c934d1d70b06c08ad891d278d078d662f200e9bc87f6           25 hello-1.2.3-source.tar.gz
            01470fb7be7b5fbeaef54c1262f9c693faefca51d52da25c6154edb608f98413           41 hello-1.2.3-x86_64-pc-windows-gnullvm.zip
            764324758b8be9bf78144dc7720d82b3fc01d81a6d9291dfc9ef9de00769a6a6           37 hello-1.2.3-x86_64-unknown-linux-musl
            0a17ce1da4cdf9c6a91269f4b0b157d767b40d4b4daaa0413a55dcf452f3bb71           44 hello-1.2.3-x86_64-unknown-linux-musl.tar.gz

            Check what you downloaded with `sha256sum --ignore-missing -c SHA256SUMS`
            (macOS: `shasum -a 256 --ignore-missing -c SHA256SUMS`).
        "#]].assert_eq(&String::from_utf8(build_meta(&samples::release_facts())).unwrap());
    }
}
