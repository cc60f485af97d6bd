use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap::Cap;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// The allocator counts for the whole process: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// Measures for one test at a time.
pub(crate) struct Meter {
    before: usize,
    _turn: MutexGuard<'static, ()>,
}

impl Meter {
    pub(crate) fn alone() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self { before: ALLOCATOR.allocated(), _turn: turn }
    }

    /// How many bytes more are allocated than at the start.
    pub(crate) fn bytes(&self) -> usize {
        ALLOCATOR.allocated().saturating_sub(self.before)
    }
}
