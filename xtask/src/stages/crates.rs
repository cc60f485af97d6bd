use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo::cargo;
use crate::command::{output, root, run as run_command};
use crate::toolchain::{WASM, ensure_wasm_target};

/// What crates.io shows of a crate, and what it asks for.
const SHOWN: [&str; 7] =
    ["description", "license", "repository", "readme", "keywords", "categories", "rust_version"];

/// `fader-server` waits for its binary to be a crate of its own: crates.io does not have the
/// contract of the demo.
const NOT_YET: &str = "fader-server";

pub(super) fn run() -> Result<()> {
    let names = publishable()?;
    let mut package = cargo(["package", "--no-verify", "--allow-dirty", "--quiet"]);
    for name in names.iter().filter(|name| *name != NOT_YET) {
        package.args(["-p", name]);
    }
    run_command(&mut package)?;
    // An app that hydrates, and its server, use what never chooses for them.
    ensure_wasm_target()?;
    run_command(&mut cargo([
        "check",
        "-p",
        "fader-leptos",
        "--target",
        WASM,
        "--features",
        "leptos/hydrate",
    ]))?;
    run_command(&mut cargo(["check", "-p", "fader-leptos", "--features", "leptos/ssr"]))?;
    if let Some(forced) = features_of_leptos()?.split_whitespace().next() {
        bail!("fader-leptos forces leptos/{forced} on apps, which may hydrate");
    }
    Ok(())
}

/// The features of Leptos that fader-leptos chooses.
fn features_of_leptos() -> Result<String> {
    let mut tree = cargo(["tree", "-p", "fader-leptos", "--edges", "normal", "--target", WASM]);
    let tree = output(tree.args(["--prefix", "none", "--format", "{p} {f}"]))?;
    let tree = tree.context("cargo is not there")?;
    let leptos = tree.lines().find_map(|line| line.strip_prefix("leptos v"));
    let (_version, features) =
        leptos.and_then(|line| line.split_once(' ')).context("fader-leptos without Leptos")?;
    Ok(features.to_owned())
}

/// The names of the crates that may be published; fails for one that would not be fit to be.
fn publishable() -> Result<Vec<String>> {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata.context("cargo is not there")?)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut names = Vec::new();
    for package in packages.iter().filter(|package| package["publish"].is_null()) {
        let name = package["name"].as_str().context("a package without a name")?;
        if let Some(missing) = missing(package) {
            bail!("{name} has no {missing}");
        }
        let manifest = package["manifest_path"].as_str().context("no manifest")?;
        for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let file = root().join(manifest).with_file_name(license);
            if fs::metadata(&file).is_err() {
                bail!("{name} has no {license}");
            }
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn missing(package: &Value) -> Option<&'static str> {
    SHOWN.into_iter().find(|field| match &package[*field] {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_crate_without_keywords_is_not_fit_to_be_published() {
        let mut package = json!({});
        for field in SHOWN {
            package[field] = json!("some");
        }
        assert_eq!(missing(&package), None);
        package["keywords"] = json!([]);
        assert_eq!(missing(&package), Some("keywords"));
    }

    #[test]
    fn fader_leptos_leaves_the_features_of_leptos_to_the_app() {
        assert_eq!(features_of_leptos().unwrap(), "");
    }

    #[test]
    fn the_wasm_bindgen_in_xtask_is_of_the_version_that_the_pages_are_built_with() {
        let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
        let version = |name: &str| {
            let entry = lock
                .split("[[package]]")
                .find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
            let line = entry.unwrap().lines().find(|line| line.starts_with("version")).unwrap();
            line.to_owned()
        };
        assert_eq!(
            version("wasm-bindgen"),
            version("wasm-bindgen-cli"),
            "give wasm-bindgen-cli in Cargo.toml the version that Cargo.lock has of wasm-bindgen"
        );
    }
}
