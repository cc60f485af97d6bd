use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

thread_local! {
    /// Where the last panic of this thread was, while it is watched for.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Why a world did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file and line of the check that failed.
    pub place: String,
    /// What it says.
    pub what: String,
}

/// Lives through something in which a check may fail. Panics of the program are
/// silent from the first call on: they are told here.
pub(super) fn attempt<T>(life: impl FnOnce() -> T) -> Result<T, Failure> {
    static QUIET: std::sync::Once = std::sync::Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_watched = PLACE.with(|place| {
                let mut place = place.borrow_mut();
                let is_watched = place.is_some();
                *place = is_watched.then(|| place_of(info));
                is_watched
            });
            if !is_watched {
                loud(info);
            }
        }));
    });
    PLACE.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(life));
    let place = PLACE.take().unwrap_or_default();
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let what = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).into()));
        Failure { place, what: what.unwrap_or_default() }
    })
}

fn place_of(info: &PanicHookInfo<'_>) -> String {
    info.location().map(ToString::to_string).unwrap_or_default()
}

/// The fewest of `all` with which it still `fails`, as far as leaving out halves,
/// quarters and so on finds them (Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002).
pub(super) fn fewest(all: Vec<usize>, fails: impl Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut kept = all;
    let mut pieces = 2;
    while kept.len() >= 2 {
        let size = kept.len().div_ceil(pieces);
        let without = (0..kept.len()).step_by(size).map(|from| {
            let to = (from + size).min(kept.len());
            [&kept[..from], &kept[to..]].concat()
        });
        match { without }.find(|rest| fails(rest)) {
            Some(rest) => {
                kept = rest;
                pieces = (pieces - 1).max(2);
            }
            None if size == 1 => break,
            None => pieces = (pieces * 2).min(kept.len()),
        }
    }
    if fails(&[]) { Vec::new() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let needed = [3, 40, 41, 77];
        let fails = |kept: &[usize]| needed.iter().all(|one| kept.contains(one));
        assert_eq!(fewest((0..100).collect(), fails), needed);
        assert_eq!(fewest((0..100).collect(), |kept| kept.contains(&99)), [99]);
        assert!(fewest((0..100).collect(), |_| true).is_empty());
    }

    #[test]
    fn a_failed_check_is_told_with_its_place() {
        let failure = attempt(|| panic!("{} is wrong", 7)).unwrap_err();
        assert_eq!(failure.what, "7 is wrong");
        assert!(failure.place.contains("shrink.rs:"), "{}", failure.place);
        assert_eq!(attempt(|| 5), Ok(5));
    }
}
