use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // A name of the global scope, so that it is found in workers as well.
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &Function);
}

type Task = Box<dyn FnOnce()>;

thread_local! {
    static WAITING: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// One for all tasks, and for as long as the page: JavaScript may call it after
    /// whoever asked for it is gone.
    static RUN: Closure<dyn Fn()> = Closure::new(run);
}

/// Calls this at the end of this turn of the event loop. To a future's executor it is
/// what a function is to a future.
pub(crate) fn at_end_of_turn(task: impl FnOnce() + 'static) {
    let first = WAITING.with_borrow_mut(|waiting| {
        waiting.push(Box::new(task));
        waiting.len() == 1
    });
    if first {
        RUN.with(|run| queue_microtask(run.as_ref().unchecked_ref()));
    }
}

fn run() {
    for task in WAITING.take() {
        task();
    }
}
