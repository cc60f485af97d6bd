#![no_main]

use std::alloc::System;

use cap::Cap;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fader_tests::fuzz::server_counted(input, || ALLOCATOR.allocated());
});
