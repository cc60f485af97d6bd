//! Every input that is committed as a fuzzer's corpus, over the same code.

use std::fs;
use std::path::Path;

use fader_tests::fuzz;

/// Runs a target over its corpus, which must not be empty.
fn replay(name: &str, target: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let files: Vec<_> = fs::read_dir(&folder).expect("a corpus").collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let path = file.expect("a file").path();
        // Shown if the target panics.
        println!("{}", path.display());
        target(&fs::read(&path).expect("a file that can be read"));
    }
}

#[test]
fn client_decode() {
    replay("client_decode", fuzz::client_decode);
}

#[test]
fn server_decode() {
    replay("server_decode", fuzz::server_decode);
}

#[test]
fn client() {
    replay("client", fuzz::client);
}

#[test]
fn server() {
    replay("server", fuzz::server);
}
