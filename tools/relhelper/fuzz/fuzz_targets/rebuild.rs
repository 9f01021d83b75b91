//! Any bytes as what a rebuild reads: the publisher's provenance, and what Nix prints.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relhelper::rebuild::log::{Change, Progress};
use relhelper::rebuild::settings::{Access, Settings};
use relhelper::rebuild::{Plan, Published, Selection, path_info, plan};

const MANIFEST: &[u8] = br#"{"artifacts":[]}"#;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(published) = Published::read(bytes, MANIFEST) {
        let expression = plan::expression(&published.attributes());
        assert_eq!(expression.matches('"').count(), 6, "{expression}");
        assert!(Plan::new(&published, &Selection::default()).is_ok());
    }
    // A name alone is never enough for what a rebuild rests on.
    let text = String::from_utf8_lossy(bytes);
    if let Ok(settings) = Settings::parse(bytes) {
        assert!(!settings.defects().is_empty() || text.contains("sandbox-fallback"));
    }
    let _access = Access::parse(&text);
    let _built = path_info::ultimate(bytes);
    let mut progress = Progress::default();
    for line in text.lines() {
        if let Some(Change::Message(text) | Change::Started(text)) = progress.take(line) {
            assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
        }
    }
});
