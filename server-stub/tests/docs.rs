//! What `docs/handlers.md` shows is what `examples/handlers.rs` does, which compiles.

#[test]
fn every_example_of_the_page_is_code_that_compiles() {
    let page = include_str!("../../docs/handlers.md");
    let code = include_str!("../examples/handlers.rs");
    let mut blocks = 0;
    for block in page.split("```rust\n").skip(1) {
        let block = block.split("```").next().expect("what comes before the end");
        // Where the page leaves something out.
        for part in block.split("// …\n") {
            assert!(code.contains(part.trim()), "not in the example:\n{part}");
        }
        blocks += 1;
    }
    assert!(blocks >= 5, "{blocks} blocks found");
}
