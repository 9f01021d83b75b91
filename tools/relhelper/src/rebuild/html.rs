//! The report as a page that needs nothing else: no script, no font, no network.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::markdown::rows;
use super::report::{FileVerdict, Outcome, Report, Verdict};
use super::words;
use crate::document::visible;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}\
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;vertical-align:top}td{overflow-wrap:anywhere}th{white-space:nowrap}\
code{font:14px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}h1{padding:.6rem 1rem;border-left:.6rem solid}\
h1.yes{border-color:#1a7f37}h1.no{border-color:#b42318}h1.unknown{border-color:#9a6700}\
td.yes{background:#e6f4ea}td.no{background:#fde7e5}td.unknown{background:#fff4d6}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}td,th{border-color:#555}\
td.yes{background:#12351d}td.no{background:#4a1612}td.unknown{background:#403000}}";

/// The page.
#[must_use]
pub fn html(report: &Report) -> String {
    let conclusion = words::conclusion(report);
    let class = match report.verdict {
        Verdict::NotReproduced => "no",
        Verdict::Reproduced => "yes",
        Verdict::Unknown => "unknown",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (conclusion) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 class=(class) { (conclusion) }
                p {
                    "Published: " code { (report.release.origin) } ", commit "
                    code { (report.release.revision.as_deref().unwrap_or("none")) } br;
                    "Rebuilt: " (report.environment.started) " to " (report.environment.finished)
                }
                (steps(report))
                @if !report.files.is_empty() { (files(report)) }
                @if !report.derivations.is_empty() { (derivations(report)) }
                h2 { "What was not established" }
                ul { @for gap in &report.not_established { li { strong { (gap.what) } ": " (gap.why) } } }
                h2 { "Where it ran" }
                table { @for (name, value) in rows(report) { tr { th scope="row" { (name) } td { code { (value) } } } } }
            }
        }
    };
    visible(&page.into_string())
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::No => "no",
        Outcome::Unknown => "unknown",
        Outcome::Yes => "yes",
    }
}

fn steps(report: &Report) -> Markup {
    html! {
        h2 { "Steps" }
        table {
            tr { th { "step" } th { "fine?" } th { "what was done and found" } }
            @for step in &report.steps {
                tr {
                    th scope="row" { (step.name.words()) }
                    td class=(class(step.outcome)) { (words::outcome(step.outcome)) }
                    td {
                        (step.summary)
                        @if !step.problems.is_empty() {
                            ul { @for problem in &step.problems { li { (problem) } } }
                        }
                    }
                }
            }
        }
    }
}

fn files(report: &Report) -> Markup {
    html! {
        h2 { "Files" }
        p { (report.count(FileVerdict::Match)) " of " (report.files.len()) " match." }
        table {
            tr { th { "file" } th { "verdict" } th { "what differs" } }
            @for file in &report.files {
                tr {
                    td { code { (file.file) } }
                    td class=(class(file.verdict.outcome())) { (words::file(file.verdict)) }
                    td { @if !file.findings.is_empty() { ul { @for line in &file.findings { li { (line) } } } } }
                }
            }
        }
    }
}

fn derivations(report: &Report) -> Markup {
    html! {
        h2 { "Derivations" }
        @for state in words::STATES {
            @let count = report.derivations_in(state);
            @if count > 0 {
                details {
                    summary { (count) ": " (words::state(state)) }
                    ul {
                        @for one in report.derivations.iter().filter(|one| one.state == state) {
                            li { code { (one.path) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::samples;

    #[test]
    fn text_of_strangers_stays_text() {
        let mut report = samples::report();
        report.files[0].file = "<script>alert(1)</script>".to_owned();
        report.files[1].file = "a\u{202e}gnp.exe".to_owned();
        report.release.origin = "\"><img src=x>".to_owned();
        let page = html(&report);
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(page.contains("a\\u{202e}gnp.exe") && !page.contains('\u{202e}'), "{page}");
    }

    #[test]
    fn shows_everything_that_the_other_forms_show() {
        let report = samples::report();
        let page = html(&report);
        for file in &report.files {
            assert!(page.contains(&file.file));
            assert!(file.findings.iter().all(|line| page.contains(line)));
        }
        assert!(report.not_established.iter().all(|gap| page.contains(gap.what)));
        assert!(report.derivations.iter().all(|one| page.contains(&one.path.to_string())));
    }
}
