//! What `docs/live-input.md` names as proof is there.

use std::fs;
use std::path::Path;

/// All sources of Rust and the browser's tests below a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "node_modules" && name != "target" {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&fs::read_to_string(&path).expect("a text"));
        } else if name.to_string_lossy().ends_with(".spec.ts") {
            all.push_str(&name.to_string_lossy());
        }
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = String::new();
    for folder in ["sdk", "server-stub", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let page = fs::read_to_string(root.join("docs/live-input.md")).expect("the page");
    let mut names = 0;
    for row in page.lines().filter(|line| line.starts_with("| I")) {
        for name in row.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')) {
            let is_rule = name.starts_with(char::is_uppercase);
            let there = match name {
                spec if spec.ends_with(".ts") => all.contains(spec),
                rule if is_rule => all.contains(&format!("Rule::{rule}")),
                test => all.contains(&format!("fn {test}(")),
            };
            assert!(there, "{name} is named in {row}");
            names += 1;
        }
    }
    assert!(names > 20, "{names} names found");
}
