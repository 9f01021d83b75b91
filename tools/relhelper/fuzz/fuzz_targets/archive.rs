//! Any bytes as an archive: no panic, no more than the limits; names are plain, and each is there once; what is accepted
//! is read the same a second time.
#![no_main]

use std::collections::BTreeSet;
use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use relhelper::archive::read::{Format, Limits, Member, Summary, walk};

const LIMITS: Limits = Limits {
    members: 100,
    member_bytes: 1 << 20,
    metadata_bytes: 1 << 20,
    ratio: 250,
    total_bytes: 4 << 20,
};

type Seen = Vec<(Member, Vec<u8>)>;

fn list(format: Format, bytes: &[u8]) -> Option<(Seen, Summary)> {
    let mut seen = Vec::new();
    let summary = walk(format, Cursor::new(bytes), &LIMITS, |member, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        seen.push((member.clone(), bytes));
        Ok::<_, std::io::Error>(())
    });
    summary.ok().map(|summary| (seen, summary))
}

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Gzip, Format::Tar, Format::TarGz, Format::Zip] {
        let Some((seen, summary)) = list(format, bytes) else { continue };
        assert!(summary.members <= LIMITS.members && summary.members == seen.len() as u64);
        let mut names = BTreeSet::new();
        for (member, content) in &seen {
            let path = member.path.as_str();
            assert!(names.insert(path.to_lowercase()));
            assert!(
                path.split('/').all(|name| !matches!(name, "" | "." | ".."))
                    && !path.contains(['\\', ':', '\0'])
            );
            assert!(format == Format::Gzip || member.size == content.len() as u64);
        }
        // Without what was seen, the outcome is the same.
        assert!(
            walk(format, Cursor::new(bytes), &LIMITS, |_, _| Ok::<_, std::io::Error>(())).is_ok()
        );
    }
});
