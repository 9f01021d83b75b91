//! What Nix prints with `--log-format internal-json`.
//!
//! The format has no specification, and differs a little between versions (2.8 to 2.34 were looked
//! at). So a line that makes no sense is passed over: this is for people who wait, and no
//! verdict rests on it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::Value;

/// Last lines of a build that are kept, to be shown when it fails.
const TAIL_LINES: usize = 20;
/// Finished builds whose last lines are kept: Nix says that one failed after it ended.
const KEPT_BUILDS: usize = 64;
/// Bytes of one line that are kept.
const LINE_BYTES: usize = 400;

/// `actBuilds`, `actBuild`: the kinds of activity that are followed.
const BUILDS: u64 = 104;
const BUILD: u64 = 105;
/// `resBuildLogLine`, `resProgress`: the kinds of result.
const LOG_LINE: u64 = 101;
const PROGRESS: u64 = 105;

#[derive(Deserialize)]
struct Raw {
    action: String,
    #[serde(default)]
    id: u64,
    #[serde(default, rename = "type")]
    kind: u64,
    #[serde(default)]
    fields: Vec<Value>,
    #[serde(default)]
    level: u64,
    #[serde(default)]
    msg: String,
}

/// What a line changed that somebody may want to see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A derivation is being built: its path as Nix writes it.
    Started(String),
    /// It is built, or failed.
    Stopped(String),
    /// Numbers of derivations: built, and expected in all.
    Counted(u64, u64),
    /// A message of Nix itself; errors and warnings alone.
    Message(String),
}

/// How far a run of Nix is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    builds: Option<u64>,
    running: BTreeMap<u64, Running>,
    ended: VecDeque<Running>,
    errors: Vec<String>,
}

#[derive(Clone, Debug)]
struct Running {
    derivation: String,
    tail: VecDeque<String>,
}

impl Progress {
    /// Takes in a line of standard error.
    pub fn take(&mut self, line: &str) -> Option<Change> {
        let Some(json) = line.strip_prefix("@nix ") else {
            let text = plain(line);
            self.remember(&text);
            return (!text.is_empty()).then_some(Change::Message(text));
        };
        let raw: Raw = serde_json::from_str(json).ok()?;
        match (raw.action.as_str(), raw.kind) {
            ("start", BUILDS) => {
                self.builds = Some(raw.id);
                None
            }
            ("start", BUILD) => {
                let derivation = plain(raw.fields.first()?.as_str()?);
                let running = Running { derivation: derivation.clone(), tail: VecDeque::new() };
                self.running.insert(raw.id, running);
                Some(Change::Started(derivation))
            }
            ("stop", _) => {
                let running = self.running.remove(&raw.id)?;
                let derivation = running.derivation.clone();
                if self.ended.len() == KEPT_BUILDS {
                    self.ended.pop_front();
                }
                self.ended.push_back(running);
                Some(Change::Stopped(derivation))
            }
            ("result", PROGRESS) if Some(raw.id) == self.builds => {
                let number = |index: usize| raw.fields.get(index).and_then(Value::as_u64);
                Some(Change::Counted(number(0)?, number(1)?))
            }
            ("result", LOG_LINE) => {
                let running = self.running.get_mut(&raw.id)?;
                if running.tail.len() == TAIL_LINES {
                    running.tail.pop_front();
                }
                running.tail.push_back(plain(raw.fields.first()?.as_str()?));
                None
            }
            ("msg", _) if raw.level <= 1 => {
                let text = plain(&raw.msg);
                if raw.level == 0 {
                    self.remember(&text);
                }
                Some(Change::Message(text))
            }
            _ => None,
        }
    }

    /// The errors, as Nix put them; each with the end of what the build said.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// The derivations that are being built.
    pub fn running(&self) -> impl Iterator<Item = &str> {
        self.running.values().map(|running| running.derivation.as_str())
    }

    fn remember(&mut self, text: &str) {
        if text.is_empty() || self.errors.len() == TAIL_LINES {
            return;
        }
        self.errors.push(text.strip_prefix("error: ").unwrap_or(text).to_owned());
        let mut builds = self.ended.iter().chain(self.running.values()).rev();
        let said = builds.find(|build| text.contains(&build.derivation));
        if let Some(said) = said.filter(|said| !said.tail.is_empty()) {
            let lines: Vec<_> = said.tail.iter().cloned().collect();
            self.errors.push(format!("last lines of its log:\n{}", lines.join("\n")));
        }
    }
}

/// Text that does nothing to a terminal: no colours, no control characters but line ends.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    let kept: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let mut end = kept.len().min(LINE_BYTES);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    kept[..end].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    // Nix 2.8.0 and 2.34.8, of the same build.
    const OLD: &str = include_str!("../../tests/fixtures/nix/build-2.8.log");
    const NEW: &str = include_str!("../../tests/fixtures/nix/build-2.34.log");

    fn changes(log: &str) -> String {
        let mut progress = Progress::default();
        let changes: Vec<_> = log.lines().filter_map(|line| progress.take(line)).collect();
        let mut lines: Vec<_> = changes.iter().map(|change| format!("{change:?}")).collect();
        lines.dedup();
        lines.extend(progress.errors().iter().map(|error| format!("error: {error}")));
        lines.join("\n")
    }

    #[test]
    fn follows_a_build_of_the_oldest_nix() {
        expect![[r#"
            Counted(0, 1)
            Counted(0, 2)
            Started("/nix/store/bap4nch9mn6cb4rjick8n6y4nrd9610g-works.drv")
            Counted(0, 2)
            Counted(1, 2)
            Stopped("/nix/store/bap4nch9mn6cb4rjick8n6y4nrd9610g-works.drv")
            Started("/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv")
            Counted(1, 2)
            Counted(1, 1)
            Stopped("/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv")
            Message("error: builder for '/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv' failed with exit code 3")
            error: builder for '/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv' failed with exit code 3
            error: last lines of its log:
            a line of fails"#]].assert_eq(&changes(OLD));
    }

    #[test]
    fn follows_a_build_of_the_newest_nix() {
        expect![[r#"
            Counted(0, 0)
            Counted(0, 1)
            Counted(0, 2)
            Started("/nix/store/bap4nch9mn6cb4rjick8n6y4nrd9610g-works.drv")
            Counted(0, 2)
            Counted(1, 3)
            Stopped("/nix/store/bap4nch9mn6cb4rjick8n6y4nrd9610g-works.drv")
            Started("/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv")
            Counted(1, 2)
            Stopped("/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv")
            Message("error: Cannot build '/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv'.\n       Reason: builder failed with exit code 3.\n       Output paths:\n         /nix/store/m4kz3zrnw8i7yb691xj6bxfkw0lffq45-fails")
            error: Cannot build '/nix/store/xjp7dddlmkzac42c3cbgwvzr465ln0jm-fails.drv'.
                   Reason: builder failed with exit code 3.
                   Output paths:
                     /nix/store/m4kz3zrnw8i7yb691xj6bxfkw0lffq45-fails
            error: last lines of its log:
            a line of fails"#]].assert_eq(&changes(NEW));
    }

    #[test]
    fn what_is_shown_does_nothing_to_a_terminal() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m \u{7}bell\u{1b}]0;title\u{7}\r"), "red bell");
        assert_eq!(plain(&"ä".repeat(1000)).len(), LINE_BYTES);
    }

    proptest! {
        #[test]
        fn takes_any_line(lines in proptest::collection::vec("(@nix )?[ -~]{0,60}", 0..20)) {
            let mut progress = Progress::default();
            for line in &lines {
                progress.take(line);
            }
        }
    }
}
