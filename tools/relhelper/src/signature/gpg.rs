//! What gpg says of a signature, as it says it to programs (`doc/DETAILS` of `GnuPG`, section "status").
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Outcome;

/// Hashes that two documents can be made to share (RFC 4880, section 9.4): MD5, SHA-1, RIPEMD-160.
const BROKEN_HASHES: [&str; 3] = ["1", "2", "3"];

/// What the status lines of `gpg --verify` say about a signature that the key `fingerprint` should have made.
///
/// `fingerprint` is that of the primary key; its subkeys sign for it.
#[must_use]
pub fn outcome(status: &str, fingerprint: &str) -> Outcome {
    let lines: Vec<Vec<&str>> = status
        .lines()
        .filter_map(|line| line.strip_prefix("[GNUPG:] "))
        .map(|line| line.split(' ').collect())
        .collect();
    let all = |keyword: &str| lines.iter().filter(|line| line[0] == keyword).collect::<Vec<_>>();
    let has = |keyword| !all(keyword).is_empty();
    let malformed = |reason: String| Outcome::Malformed { reason };
    let signatures = all("NEWSIG").len();
    if signatures > 1 {
        return malformed(format!("it holds {signatures} signatures, expected one"));
    }
    if has("BADSIG") {
        return Outcome::BadSignature;
    }
    if let Some(line) = all("NO_PUBKEY").first().or(all("ERRSIG").first()) {
        return Outcome::UnknownKey { found: line.get(1).unwrap_or(&"").to_string() };
    }
    if signatures == 0 || has("NODATA") || has("UNEXPECTED") {
        return malformed("it is no OpenPGP signature".to_owned());
    }
    // Fingerprint, dates, version, reserved, algorithm, hash, class, primary key.
    let Some(&[_, key, _, _, _, _, _, _, hash, class, ref primary @ ..]) =
        all("VALIDSIG").first().map(|line| line.as_slice())
    else {
        return Outcome::CouldNotCheck { reason: "gpg did not say what it found".to_owned() };
    };
    let primary = primary.first().copied().unwrap_or(key);
    if !primary.eq_ignore_ascii_case(fingerprint) {
        return Outcome::UnknownKey { found: primary.to_owned() };
    }
    if has("REVKEYSIG") {
        return Outcome::RevokedKey;
    }
    if has("EXPKEYSIG") || has("EXPSIG") {
        return Outcome::ExpiredKey;
    }
    if BROKEN_HASHES.contains(&hash) {
        return malformed("its hash is broken (MD5, SHA-1 or RIPEMD-160)".to_owned());
    }
    if class != "00" {
        return malformed(format!("its class is {class}, expected 00 (of a file's bytes)"));
    }
    if has("GOODSIG") {
        Outcome::Valid
    } else {
        Outcome::CouldNotCheck { reason: "gpg does not call it good".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMARY: &str = "AAAA567890123456789012345678901234567890";
    const GOOD: &str = "gpg: noise\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 9012345678901234 me\n[GNUPG:] VALIDSIG BBBB567890123456789012345678901234567890 2026-11-21 1795276047 0 4 0 22 8 00 AAAA567890123456789012345678901234567890\n";

    #[test]
    fn only_one_good_signature_of_the_key_is_valid() {
        assert_eq!(outcome(GOOD, PRIMARY), Outcome::Valid);
        assert_eq!(outcome(GOOD, &PRIMARY.to_ascii_lowercase()), Outcome::Valid);
        let is = |from: &str, to: &str| {
            let changed = GOOD.replacen(from, to, 1);
            assert_ne!(changed, GOOD);
            outcome(&changed, PRIMARY)
        };
        let found = "CCCC567890123456789012345678901234567890".to_owned();
        assert_eq!(is(&format!(" {PRIMARY}"), &format!(" {found}")), Outcome::UnknownKey { found });
        assert_eq!(is("GOODSIG", "REVKEYSIG"), Outcome::RevokedKey);
        assert_eq!(is("GOODSIG", "EXPKEYSIG"), Outcome::ExpiredKey);
        assert_eq!(is("GOODSIG", "EXPSIG"), Outcome::ExpiredKey);
        assert_eq!(is("GOODSIG", "BADSIG"), Outcome::BadSignature);
        let malformed = |outcome| assert!(matches!(outcome, Outcome::Malformed { .. }));
        malformed(is("22 8 00", "22 2 00"));
        malformed(is("22 8 00", "22 8 01"));
        malformed(is("[GNUPG:] NEWSIG\n", "[GNUPG:] NEWSIG\n[GNUPG:] NEWSIG\n"));
        malformed(is("[GNUPG:] NEWSIG\n", ""));
        malformed(is("[GNUPG:] NEWSIG\n", "[GNUPG:] NEWSIG\n[GNUPG:] NODATA 1\n"));
        let unclear = |outcome| assert!(matches!(outcome, Outcome::CouldNotCheck { .. }));
        unclear(is("[GNUPG:] GOODSIG", "gpg: GOODSIG"));
        unclear(is("[GNUPG:] VALIDSIG", "gpg: VALIDSIG"));
        malformed(outcome("", PRIMARY));
        let status =
            "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 1234 22 8 00 1 9 -\n[GNUPG:] NO_PUBKEY 1234\n";
        assert_eq!(outcome(status, PRIMARY), Outcome::UnknownKey { found: "1234".to_owned() });
    }
}
