use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::browser;
use crate::cargo::cargo;
use crate::command::{self, root, scratch};
use crate::toolchain::{WASM, ensure_wasm_target};

pub(super) fn run() -> Result<()> {
    ensure_wasm_target()?;
    let chrome = browser::chrome()?;
    let driver = browser::chromedriver()?;
    let xtask = env::current_exe()?;
    let runner = json!([xtask.to_str().context("xtask's path is not UTF-8")?, "wasm-test-runner"]);
    // Without --doc: the documentation's examples need the app around them, and compile natively.
    let mut test =
        cargo(["test", "--target", WASM, "-p", "fader", "-p", "fader-leptos", "--lib", "--tests"]);
    test.arg(format!("--config=target.{WASM}.runner={runner}"))
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(&chrome)?)
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    command::run(&mut test)
}

/// Writes the `webdriver.json` of sdk/browser again, with the browser that was found.
fn capabilities(chrome: &Path) -> Result<PathBuf> {
    let source = root().join("sdk/browser/webdriver.json");
    let source = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut capabilities: Value =
        serde_json::from_slice(&source).context("sdk/browser/webdriver.json")?;
    capabilities["goog:chromeOptions"]["binary"] = json!(chrome);
    let file = scratch().join("webdriver.json");
    fs::create_dir_all(scratch())?;
    fs::write(&file, capabilities.to_string())?;
    Ok(file)
}
