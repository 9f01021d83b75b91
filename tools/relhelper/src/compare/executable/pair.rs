//! Two maps → what differs between the regions that have the same name.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use object::read::{SymbolMap, SymbolMapName};
use object::{File, Object as _};

use super::map::{self, Field, Map, Region, common_prefix};
use super::{Found, ROOT, order, rank, texts};
use crate::compare::{Cause, Difference, Excerpt};

type Side<'a> = (&'a [u8], Map);

/// All that differs, in no order.
pub(super) fn differences<'a>(published: Side<'a>, rebuilt: Side<'a>) -> Vec<Found> {
    let symbols = File::parse(published.0).ok().map(|file| file.symbol_map());
    let (found, seen) = (Vec::new(), BTreeSet::new());
    let mut pairing = Pairing { published, rebuilt, found, seen, symbols };
    pairing.order();
    pairing.regions();
    pairing.found
}

struct Pairing<'a> {
    published: Side<'a>,
    rebuilt: Side<'a>,
    found: Vec<Found>,
    /// Each place is told once for each cause.
    seen: BTreeSet<(Vec<String>, Cause)>,
    /// Those of the published file.
    symbols: Option<SymbolMap<SymbolMapName<'a>>>,
}

impl Pairing<'_> {
    fn add(
        &mut self,
        place: Vec<String>,
        cause: Cause,
        rank: u8,
        excerpts: (Option<Excerpt>, Option<Excerpt>),
    ) {
        if self.seen.insert((place.clone(), cause)) {
            let (published, rebuilt) = excerpts;
            self.found
                .push(Found { rank, difference: Difference { place, published, rebuilt, cause } });
        }
    }

    /// Regions or symbols in another order.
    fn order(&mut self) {
        let names = |map: &Map| {
            let named = map.regions.iter().filter(|region| !matches!(region.cause, Cause::Padding));
            named.map(|region| region.name.clone()).collect::<Vec<_>>()
        };
        let (mine, theirs) = (names(&self.published.1), names(&self.rebuilt.1));
        if order::is_permuted(&mine, &theirs) {
            let at = mine.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(0);
            let excerpt = |names: &[String], (file, map): &Side| {
                let region = map.regions.iter().find(|region| region.name == names[at]);
                region.map(|region| Excerpt::of(file, region.range.start).meaning(&names[at]))
            };
            let both = (excerpt(&mine, &self.published), excerpt(&theirs, &self.rebuilt));
            self.add(Vec::new(), Cause::SectionOrder, ROOT, both);
        }
        let (mine, theirs) = (order::functions(self.published.0), order::functions(self.rebuilt.0));
        if order::is_permuted(&mine, &theirs) {
            let at = mine.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(0);
            let place = vec![format!("symbol {}", mine[at]), format!("symbol {}", theirs[at])];
            self.add(place, Cause::CodeOrder, ROOT, (None, None));
        } else if let Some(at) = order::first_other_hash(&mine, &theirs) {
            let place = vec![format!("symbol {}", mine[at]), format!("symbol {}", theirs[at])];
            self.add(place, Cause::Symbols, ROOT, (None, None));
        }
    }

    fn regions(&mut self) {
        let by_name = |map: &Map| {
            map.regions
                .iter()
                .map(|region| (region.name.clone(), region.clone()))
                .collect::<BTreeMap<_, _>>()
        };
        let (mine, mut theirs) = (by_name(&self.published.1), by_name(&self.rebuilt.1));
        for (name, one) in mine {
            match theirs.remove(&name) {
                Some(other) => self.region(&one, &other),
                None => self.missing(&one, true),
            }
        }
        for other in theirs.into_values() {
            self.missing(&other, false);
        }
    }

    /// A region that one file has alone.
    fn missing(&mut self, region: &Region, published: bool) {
        let cause = match region.cause {
            // Its length follows from what is around it.
            Cause::Padding => return,
            // Their names are made from a random seed.
            Cause::Symbols if region.name.starts_with("section .gnu.lto_") => Cause::Symbols,
            Cause::Symbols if !region.name.starts_with("section .dyn") => Cause::Strip,
            Cause::DebugInfo => Cause::Strip,
            Cause::Code | Cause::Data | Cause::Layout | Cause::Symbols => Cause::SectionMissing,
            cause => cause,
        };
        let rank = if cause == Cause::Linkedit { rank(cause) } else { ROOT };
        let file = if published { self.published.0 } else { self.rebuilt.0 };
        let excerpt = Some(
            Excerpt::of(file, region.range.start).meaning(format!("{} bytes", region.range.len())),
        );
        let both = if published { (excerpt, None) } else { (None, excerpt) };
        self.add(vec![region.name.clone()], cause, rank, both);
    }

    fn region(&mut self, one: &Region, other: &Region) {
        let (mine, theirs) =
            (&self.published.0[one.range.clone()], &self.rebuilt.0[other.range.clone()]);
        let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        // The length of padding follows from what is around it.
        if mine == theirs || (one.cause == Cause::Padding && zero(mine) && zero(theirs)) {
            return;
        }
        if one.compressed_behind.or(other.compressed_behind).is_some()
            && let Some(mine) = map::inflated(mine, one)
            && let Some(theirs) = map::inflated(theirs, other)
        {
            let cause = if mine == theirs {
                Cause::SectionCompression
            } else {
                texts::cause(&mine, &theirs, one.cause)
            };
            self.first(one, other, cause);
            return;
        }
        if one.cause == Cause::Code && order::is_reordered(mine, theirs) {
            self.first(one, other, Cause::CodeOrder);
            return;
        }
        if mine.len() == theirs.len() {
            self.bytes(one, other);
        } else {
            let cause = texts::cause(mine, theirs, one.cause);
            self.first(one, other, cause);
        }
    }

    /// The first difference of two regions, with what is told of texts.
    fn first(&mut self, one: &Region, other: &Region, cause: Cause) {
        let (mine, theirs) =
            (&self.published.0[one.range.clone()], &self.rebuilt.0[other.range.clone()]);
        let at = common_prefix(mine, theirs);
        let excerpt = |file: &[u8], region: &Region, others: &[u8], bytes: &[u8]| {
            let excerpt = Excerpt::of(file, region.range.start.saturating_add(at));
            let own = texts::all(texts::searched(bytes));
            let text = own
                .difference(&texts::all(texts::searched(others)))
                .next()
                .map(|(_, text)| texts::shown(text));
            let size = || format!("{} bytes", region.range.len());
            excerpt.meaning(text.unwrap_or_else(size))
        };
        let both = (
            Some(excerpt(self.published.0, one, theirs, mine)),
            Some(excerpt(self.rebuilt.0, other, mine, theirs)),
        );
        // No linker computes another length of it.
        let other_kind = cause == Cause::ElfBuildId && mine.len() != theirs.len();
        let rank = if other_kind { ROOT } else { rank(cause) };
        self.add(vec![one.name.clone()], cause, rank, both);
    }

    /// Regions of the same length: every run of bytes that differ, by field, text or symbol.
    fn bytes(&mut self, one: &Region, other: &Region) {
        let mut at = 0;
        let length = one.range.len();
        while at < length {
            let (mine, theirs) =
                (&self.published.0[one.range.clone()], &self.rebuilt.0[other.range.clone()]);
            at = at.saturating_add(common_prefix(&mine[at..], &theirs[at..]));
            if at >= length {
                break;
            }
            let (here, there) = (one.range.start + at, other.range.start + at);
            let mut place = vec![one.name.clone()];
            let (mut excerpts, mut next) =
                ((Excerpt::of(self.published.0, here), Excerpt::of(self.rebuilt.0, there)), at + 1);
            let field = self.published.1.field_at(here).or_else(|| self.rebuilt.1.field_at(there));
            let cause = if let Some(Field { name, range, cause }) = field {
                place.push(name.clone());
                next = at.saturating_add(range.end.saturating_sub(here)).max(next);
                *cause
            } else {
                let text = texts::meaning(mine, at).or_else(|| texts::meaning(theirs, at));
                if text.is_none()
                    && let Some(symbol) = self.symbol(one, at)
                {
                    place.push(format!("symbol {symbol}"));
                }
                let meaning = |bytes| {
                    texts::meaning(bytes, at)
                        .map(|(_, text)| text)
                        .or_else(|| texts::around(bytes, at))
                };
                let say = |excerpt: Excerpt, text: Option<&[u8]>| match text {
                    Some(text) => excerpt.meaning(texts::shown(text)),
                    None => excerpt,
                };
                excerpts = (say(excerpts.0, meaning(mine)), say(excerpts.1, meaning(theirs)));
                text.map_or(one.cause, |(cause, _)| texts::specific(cause, one.cause))
            };
            self.add(place, cause, rank(cause), (Some(excerpts.0), Some(excerpts.1)));
            at = next;
        }
    }

    /// The symbol that a byte of a region belongs to.
    fn symbol(&self, region: &Region, at: usize) -> Option<String> {
        if !matches!(region.cause, Cause::Code | Cause::Data) {
            return None;
        }
        let address = region.address?.checked_add(at as u64)?;
        let symbol = self.symbols.as_ref()?.before(address);
        symbol.map(|symbol| symbol.name().escape_debug().to_string())
    }
}
