#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fader_tests::fuzz::server(input));
