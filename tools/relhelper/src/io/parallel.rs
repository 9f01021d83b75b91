//! The same work on many items, on a bounded number of threads.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `work` of every item, in the order of `items`. After a failure no new item is begun.
///
/// # Errors
///
/// The error of the first item, in the order of `items`, among those that failed.
pub fn try_map<I: Sync, O: Send, E: Send>(
    threads: NonZeroUsize,
    items: &[I],
    work: impl Fn(&I) -> Result<O, E> + Sync,
) -> Result<Vec<O>, E> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<O, E>>>> =
        items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(items.len()) {
            scope.spawn(|| {
                while let Some((item, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).zip(results.get(index))
                } {
                    let result = work(item);
                    if result.is_err() {
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
                }
            });
        }
    });
    // Slots are empty only behind a failure, where collecting stops.
    results
        .into_iter()
        .filter_map(|slot| slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order() {
        let items: Vec<_> = (0..100).collect();
        let doubled =
            try_map(NonZeroUsize::new(4).unwrap(), &items, |n| Ok::<_, ()>(n * 2)).unwrap();
        assert_eq!(doubled, items.iter().map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_is_the_result() {
        let items: Vec<_> = (0..100).collect();
        let result =
            try_map(NonZeroUsize::MIN, &items, |n| if *n == 7 { Err("seven") } else { Ok(()) });
        assert_eq!(result, Err("seven"));
    }
}
