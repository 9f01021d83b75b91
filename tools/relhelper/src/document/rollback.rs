//! `ROLLBACK.txt`: in every bundle, for the person whose upgrade went wrong.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::facts::{BundleFacts, Os};
use crate::release::Layout;

/// The text, with the commands of the platform the bundle is for.
#[must_use]
pub fn rollback(facts: &BundleFacts) -> Vec<u8> {
    let (name, version) = (&facts.product.name, &facts.product.version);
    let layout = Layout::new(&facts.product);
    let (folder, archive) = (layout.bundle_folder(&facts.target), layout.bundle(&facts.target));
    let Commands { digest, check, run } = commands(facts.target.os, &archive);
    let program =
        facts.files.iter().find(|file| file.executable).map_or("", |file| file.path.as_str());
    let program = match facts.target.os {
        Os::Windows => program.replace('/', "\\"),
        Os::Linux | Os::Macos => program.to_owned(),
    };
    let run = run.replace("PROGRAM", &program);
    let run = if program.is_empty() {
        String::new()
    } else {
        format!("\n   To see that the older version still starts:\n\n       {run}\n")
    };
    format!(
        "Going back from {name} {version}
{underline}

This folder, {folder}, is all of
{name} {version}. Unpacking it changed nothing outside of it, so going back means
using the older folder again. Your data and settings are not in it and stay.

1. Keep the older bundle.

   Unpack a new version beside the old one, never over it: each version has a
   folder of its own. Delete the older one when the new one has proven itself.

2. Switch back.

   Wherever this folder is named (PATH, a link, a shortcut, a service), name the
   older one instead. Stop the program before and start it after that.
{run}
3. No older bundle at hand? Download it from where this one came from, and check
   it before you unpack it. Its line in the SHA256SUMS of that older release must
   show the digest that this prints (for the present one, for example):

       {digest}

4. Is a folder still what was released? Each has the digests of its own files.
   Inside the folder:

       {check}

   Every line must say OK. A file that fails was changed after unpacking: unpack
   the archive again instead of using it.

5. Does the older version refuse data that {version} has written? Restore the copy
   of the data you made before upgrading, or stay on {version} and report it.

{document} says what this folder holds: version, commit, every file.
",
        underline = "=".repeat(format!("Going back from {name} {version}").len()),
        document = crate::release::layout::MANIFEST,
    )
    .into_bytes()
}

struct Commands {
    digest: String,
    check: &'static str,
    run: &'static str,
}

fn commands(os: Os, archive: &str) -> Commands {
    match os {
        Os::Linux => Commands {
            digest: format!("sha256sum {archive}"),
            check: "sha256sum -c --strict checksums.txt",
            run: "./PROGRAM --version",
        },
        Os::Macos => Commands {
            digest: format!("shasum -a 256 {archive}"),
            check: "shasum -a 256 -c checksums.txt",
            run: "./PROGRAM --version",
        },
        Os::Windows => Commands {
            digest: format!("Get-FileHash {archive}"),
            check: "Get-Content checksums.txt | ForEach-Object { $h, $f = $_ -split '  ', 2\n         \
                    if ((Get-FileHash $f).Hash -eq $h) { \"${f}: OK\" } else { \"${f}: FAILED\" } }",
            run: ".\\PROGRAM --version",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::samples;
    use expect_test::expect;

    #[test]
    fn tells_windows_users_what_to_type() {
        expect![[r#"
            Going back from hello 1.2.3
            ===========================

            This folder, hello-1.2.3-x86_64-pc-windows-gnullvm, is all of
            hello 1.2.3. Unpacking it changed nothing outside of it, so going back means
            using the older folder again. Your data and settings are not in it and stay.

            1. Keep the older bundle.

               Unpack a new version beside the old one, never over it: each version has a
               folder of its own. Delete the older one when the new one has proven itself.

            2. Switch back.

               Wherever this folder is named (PATH, a link, a shortcut, a service), name the
               older one instead. Stop the program before and start it after that.

               To see that the older version still starts:

                   .\bin\hello.exe --version

            3. No older bundle at hand? Download it from where this one came from, and check
               it before you unpack it. Its line in the SHA256SUMS of that older release must
               show the digest that this prints (for the present one, for example):

                   Get-FileHash hello-1.2.3-x86_64-pc-windows-gnullvm.zip

            4. Is a folder still what was released? Each has the digests of its own files.
               Inside the folder:

                   Get-Content checksums.txt | ForEach-Object { $h, $f = $_ -split '  ', 2
                     if ((Get-FileHash $f).Hash -eq $h) { "${f}: OK" } else { "${f}: FAILED" } }

               Every line must say OK. A file that fails was changed after unpacking: unpack
               the archive again instead of using it.

            5. Does the older version refuse data that 1.2.3 has written? Restore the copy
               of the data you made before upgrading, or stay on 1.2.3 and report it.

            release-manifest.json says what this folder holds: version, commit, every file.
        "#]]
        .assert_eq(&String::from_utf8(rollback(&samples::bundle_facts())).unwrap());
    }

    #[test]
    fn has_no_command_of_another_platform() {
        let mut facts = samples::bundle_facts();
        for (os, command) in
            [(Os::Linux, "sha256sum "), (Os::Macos, "shasum "), (Os::Windows, "Get-FileHash ")]
        {
            facts.target.os = os;
            let text = String::from_utf8(rollback(&facts)).unwrap();
            for other in ["sha256sum ", "shasum ", "Get-FileHash "] {
                assert_eq!(text.contains(other), other == command, "{other} for {os}");
            }
        }
    }
}
