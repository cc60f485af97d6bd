use std::cell::RefCell;
use std::rc::Weak;

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Promise;
    #[wasm_bindgen(static_method_of = Promise)]
    fn resolve() -> Promise;
    #[wasm_bindgen(method)]
    fn then(this: &Promise, run: &Function);
}

/// What may wait for the end of a turn of the event loop.
pub(crate) trait Waiting {
    /// The turn ends.
    fn turn_ends(&self);
}

thread_local! {
    static WAITING: RefCell<Vec<Weak<dyn Waiting>>> = const { RefCell::new(Vec::new()) };
    /// One for all tasks, and for as long as the page: JavaScript may call it after
    /// whoever asked for it is gone.
    static RUN: Closure<dyn Fn()> = Closure::new(run);
    /// What `queueMicrotask` does, a promise does without leaving the JavaScript engine.
    static DONE: Promise = Promise::resolve();
}

/// Tells this of the end of this turn of the event loop.
pub(crate) fn at_end_of_turn(who: Weak<dyn Waiting>) {
    let first = WAITING.with_borrow_mut(|waiting| {
        waiting.push(who);
        waiting.len() == 1
    });
    if first {
        RUN.with(|run| DONE.with(|done| done.then(run.as_ref().unchecked_ref())));
    }
}

fn run() {
    let mut waiting = WAITING.take();
    for who in waiting.drain(..) {
        if let Some(who) = who.upgrade() {
            who.turn_ends();
        }
    }
    // Its memory serves the next turn, unless somebody waits for that already.
    WAITING.with_borrow_mut(|next| {
        if next.is_empty() {
            *next = waiting;
        }
    });
}
