//! Whether two pieces of code or data have the same parts in another order.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use object::{File, Object as _, ObjectSymbol as _};

/// Length of the windows that are looked at, in bytes.
const WINDOW: usize = 8;
/// One of so many windows is looked at, chosen by its content, wherever it is.
const SAMPLE: u64 = 8;
/// Fewer windows say nothing.
const LEAST_WINDOWS: usize = 16;

/// Whether nearly the same windows are in both, though most bytes are not where they were.
pub(super) fn is_reordered(one: &[u8], other: &[u8]) -> bool {
    let least = one.len().min(other.len());
    let moved = one.iter().zip(other).filter(|(a, b)| a != b).count();
    if moved.saturating_mul(10) < least
        || one.len().abs_diff(other.len()).saturating_mul(50) > least
    {
        return false;
    }
    let (mine, theirs) = (windows(one), windows(other));
    let common = mine.intersection(&theirs).count();
    let most = mine.len().max(theirs.len());
    // Calls and jumps between the parts change with their order.
    most >= LEAST_WINDOWS && common.saturating_mul(10) >= most.saturating_mul(6)
}

fn windows(bytes: &[u8]) -> BTreeSet<u64> {
    let number =
        |window: &[u8]| window.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let chosen = |number: &u64| {
        // Multiplying mixes; the upper bits are the mixed ones.
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & (SAMPLE - 1) == 0
    };
    bytes.windows(WINDOW).map(number).filter(|number| *number != 0).filter(chosen).collect()
}

/// Whether both have the same names, but not in the same order.
pub(super) fn is_permuted<T: Ord + Clone>(one: &[T], other: &[T]) -> bool {
    let sorted = |names: &[T]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    one != other && one.len() == other.len() && sorted(one) == sorted(other)
}

/// The first of two lists of functions that differ in the hashes in Rust's names only.
pub(super) fn first_other_hash(one: &[String], other: &[String]) -> Option<usize> {
    let plain = |names: &[String]| {
        let mut names: Vec<_> = names.iter().map(|name| without_hash(name).to_owned()).collect();
        names.sort();
        names
    };
    let at = one.iter().zip(other).position(|(a, b)| a != b)?;
    (plain(one) == plain(other)).then_some(at)
}

/// A name of Rust without `17h` and 16 digits at its end.
fn without_hash(name: &str) -> &str {
    let place = name.len().checked_sub(20).filter(|at| name.is_char_boundary(*at));
    let Some((plain, hash)) = place.map(|at| name.split_at(at)) else { return name };
    if hash.starts_with("17h") && hash.ends_with('E') { plain } else { name }
}

/// The names of the functions in the order of their addresses.
pub(super) fn functions(file: &[u8]) -> Vec<String> {
    let Ok(file) = File::parse(file) else { return Vec::new() };
    let mut symbols: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.is_definition() && symbol.kind() == object::SymbolKind::Text)
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?.to_owned())))
        .collect();
    symbols.sort();
    symbols.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes without a pattern.
    fn noise(seed: u64, length: u64) -> Vec<u8> {
        let word = |n: u64| {
            (n ^ seed)
                .wrapping_mul(0x2545_f491_4f6c_dd1d)
                .rotate_left(17)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        (0..length).flat_map(|n| word(n + 1).to_le_bytes()).collect()
    }

    #[test]
    fn tells_another_order_from_other_content() {
        let (a, b, c) = (noise(1, 200), noise(2, 300), noise(3, 300));
        let forth = [a.clone(), b.clone()].concat();
        assert!(is_reordered(&forth, &[b, a.clone()].concat()));
        assert!(!is_reordered(&forth, &[c, a].concat()));
        let mut patched = forth.clone();
        patched[40..60].fill(0);
        assert!(!is_reordered(&forth, &patched));
        assert!(is_permuted(&[1, 2], &[2, 1]));
        assert!(!is_permuted(&[1, 2], &[2, 2]));
        assert!(!is_permuted(&[1, 2], &[1, 2]));
    }
}
