//! What the pages in `docs` name as proof is there.

use std::fs;
use std::path::Path;

use fader_core::CauseKind;

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

/// Looks for what the rows of a table name that begin so.
fn is_there(page: &str, rows: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = String::new();
    for folder in ["sdk", "server-stub", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let page = fs::read_to_string(root.join("docs").join(page)).expect("the page");
    let mut names = 0;
    for row in page.lines().filter(|line| line.starts_with(rows)) {
        for name in row.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')) {
            let is_rule = name.starts_with(char::is_uppercase);
            let there = match name {
                spec if spec.ends_with(".ts") => all.contains(spec),
                check if check.ends_with(".rs") => root.join("tests/src/sim").join(check).exists(),
                rule if is_rule => all.contains(&format!("Rule::{rule}")),
                test => all.contains(&format!("fn {test}(")),
            };
            assert!(there, "{name} is named in {row}");
            names += 1;
        }
    }
    assert!(names > 20, "{names} names found");
}

#[test]
fn every_test_that_proves_the_promises_of_live_input_is_there() {
    is_there("live-input.md", "| I");
}

#[test]
fn every_test_that_proves_the_promises_of_the_link_is_there() {
    is_there("guarantees.md", "| L");
}

#[test]
fn every_kind_of_cause_has_its_section_in_when_it_does_not_connect() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| fs::read_to_string(root.join(file)).expect("a file");
    let (page, types) = (read("docs/when-it-does-not-connect.md"), read("sdk/js/ts/types.ts"));
    let sections: Vec<_> = page.lines().filter(|line| line.starts_with("## `")).collect();
    for kind in CauseKind::ALL.map(CauseKind::name) {
        assert!(sections.contains(&format!("## `{kind}`").as_str()), "{kind} has no section");
        assert!(types.contains(&format!("  | \"{kind}\"")), "{kind} is not in types.ts");
    }
    assert_eq!(sections.len(), CauseKind::ALL.len(), "{sections:?}");
    // What the console's warning links to.
    let file = read("sdk/browser/src/platform.js");
    assert!(file.contains("/blob/main/docs/when-it-does-not-connect.md\""));
    for readme in ["README.md", "sdk/js/README.md"] {
        assert!(read(readme).contains("when-it-does-not-connect.md"), "{readme} has no link");
    }
}
