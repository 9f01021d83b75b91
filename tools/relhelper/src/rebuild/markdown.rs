//! The report as Markdown.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;

use super::report::{FileVerdict, Report};
use super::words;
use crate::document::visible;

/// The report, for people and for issue trackers.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // A string takes any text, so this cannot fail.
    let _written = write(report, &mut text);
    visible(&text)
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    let environment = &report.environment;
    writeln!(out, "# {}\n", escape(&words::conclusion(report)))?;
    let revision = report.release.revision.as_deref().unwrap_or("none");
    writeln!(out, "Published: {}, commit {}  ", code(&report.release.origin), code(revision))?;
    writeln!(out, "Rebuilt: {} to {}\n", environment.started, environment.finished)?;

    writeln!(out, "| step | fine? | |\n| --- | --- | --- |")?;
    for step in &report.steps {
        let outcome = words::outcome(step.outcome);
        writeln!(out, "| {} | {outcome} | {} |", step.name.words(), escape(&step.summary))?;
    }
    for step in report.steps.iter().filter(|step| !step.problems.is_empty()) {
        writeln!(out, "\n## What was found: {}\n", step.name.words())?;
        step.problems.iter().try_for_each(|problem| writeln!(out, "- {}", escape(problem)))?;
    }

    if !report.files.is_empty() {
        writeln!(
            out,
            "\n## Files\n\n{} of {} match.\n",
            report.count(FileVerdict::Match),
            report.files.len()
        )?;
        let others = report.files.iter().filter(|file| file.verdict != FileVerdict::Match);
        for file in others {
            writeln!(out, "- {}: {}", code(&file.file), words::file(file.verdict))?;
            file.findings.iter().try_for_each(|line| writeln!(out, "  - {}", escape(line)))?;
        }
    }

    if !report.derivations.is_empty() {
        writeln!(
            out,
            "\n## Derivations\n\n| how its outputs came to be | number |\n| --- | ---: |"
        )?;
        for state in words::STATES {
            match report.derivations_in(state) {
                0 => {}
                count => writeln!(out, "| {} | {count} |", words::state(state))?,
            }
        }
    }

    writeln!(out, "\n## What was not established\n")?;
    for gap in &report.not_established {
        writeln!(out, "- {}: {}", escape(gap.what), escape(&gap.why))?;
    }

    writeln!(out, "\n## Where it ran\n")?;
    for (name, value) in rows(report) {
        writeln!(out, "- {name}: {}", code(&value))?;
    }
    Ok(())
}

/// What is known of the machine, as name and value.
#[must_use]
pub fn rows(report: &Report) -> Vec<(String, String)> {
    let environment = &report.environment;
    let known = [
        ("relhelper", Some(environment.relhelper.clone())),
        ("Nix", environment.nix.clone()),
        ("its program", environment.nix_program.clone()),
        ("its SHA-256", environment.nix_sha256.map(|digest| digest.to_string())),
        ("store", Some(environment.store.clone())),
        ("kernel", environment.kernel.clone()),
        ("processor", environment.processor.clone()),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let settings = environment.settings.iter();
    known.chain(settings.map(|(name, value)| (format!("setting {name}"), value.clone()))).collect()
}

/// Text of strangers without effect: no markup, no line of its own.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same in a code span, which no text can end.
fn code(text: &str) -> String {
    let kept: String = text.chars().filter(|c| *c != '`' && !c.is_control()).collect();
    format!("`{kept}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::samples;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn tells_what_differs_and_what_was_not_established() {
        expect![[r#"
            # not reproduced: hello 1.2.3, all of it

            Published: `https://releases.example/hello/1.2.3`, commit `0123456789abcdef0123456789abcdef01234567`  
            Rebuilt: 2026-01-02T03:04:05Z to 2026-01-02T03:14:05Z

            | step | fine? | |
            | --- | --- | --- |
            | published files | yes | published files looked into |
            | source | yes | source looked into |
            | settings of Nix | yes | settings of Nix looked into |
            | derivations | yes | derivations looked into |
            | build | yes | build looked into |
            | inputs | yes | inputs looked into |
            | comparison | no | comparison looked into |

            ## Files

            4 of 6 match.

            - `hello-1.2.3-x86_64-pc-windows-gnullvm.zip`: MISMATCH
              - offset 12: 0x41 published, 0x42 rebuilt
            - `hello-1.2.3.intoto.jsonl`: added after the build

            ## Derivations

            | how its outputs came to be | number |
            | --- | ---: |
            | built now | 1 |

            ## What was not established

            - Nix's own program: it made the sandbox and kept the store: version nix (Nix) 2.34.8, SHA-256 a0745f7ed88cfac6058d1d4cfb57bc71127a28ad7c6756004142a90aab5ee99f. That it does what it should is taken for granted
            - the kernel: every build ran on it: 6.1.0
            - the processor and its firmware: every build ran on it: not known. Another one was not tried
            - what the inputs do: compilers and libraries have the bytes that are pinned; equal output says nothing about whether those are benign
            - independence: whether whoever rebuilt and whoever published are different people with different machines, no program can tell

            ## Where it ran

            - relhelper: `0.1.0`
            - Nix: `nix (Nix) 2.34.8`
            - its program: `/usr/bin/nix`
            - its SHA-256: `a0745f7ed88cfac6058d1d4cfb57bc71127a28ad7c6756004142a90aab5ee99f`
            - store: `the machine's`
            - kernel: `6.1.0`
            - setting sandbox: `true`
        "#]].assert_eq(&markdown(&samples::report()));
    }

    proptest! {
        #[test]
        fn text_of_strangers_stays_text(text in "\\PC{0,40}") {
            let mut report = samples::report();
            report.files[0].file.clone_from(&text);
            report.steps[0].problems = vec![text.clone(), format!("<img src=x onerror=y>\n# {text}")];
            let shown = markdown(&report);
            let same = markdown(&samples::report());
            let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
            // One more: the step has problems now.
            prop_assert_eq!(headings(&shown), headings(&same) + 1);
            prop_assert!(!shown.contains("\\PC<img") && !shown.contains(" <img"));
        }
    }
}
