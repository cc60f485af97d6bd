//! `cargo xtask minimal`

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo::cargo;
use crate::command::{command, output, root, run, scratch, timed};
use crate::toolchain::{WASM, ensure_wasm_target};

/// The crates that are checked natively.
const NATIVE: &[&str] = &["fader-protocol", "fader-core", "fader-typescript", "fader-server"];
/// The crates that are checked for wasm.
const PAGE: &[&str] = &["fader", "fader-leptos", "fader-js"];

/// Checks the libraries with the oldest versions that their manifests allow of what they
/// use, in a copy of the workspace in `target/xtask/minimal`.
///
/// The copy has only those crates: the exact versions of xtask's own tools would hold for
/// everything beside them.
pub(crate) fn check() -> Result<()> {
    let folder = scratch().join("minimal");
    let workspace = folder.join("workspace");
    copy_to(&workspace)?;
    let manifest = workspace.join("Cargo.toml");
    let members = members()?;
    fs::write(&manifest, with_members(&fs::read_to_string(&manifest)?, &members)?)?;

    let cargo = |args: &[&str]| {
        let mut cargo = cargo(args);
        cargo.arg("--manifest-path").arg(&manifest);
        cargo
    };
    timed("The oldest versions that the manifests allow", || {
        let mut update = cargo(&["update", "-Z", "direct-minimal-versions"]);
        // Only nightly compilers have the option, and cargo alone needs it.
        run(update.env("RUSTC_BOOTSTRAP", "1"))
    })?;
    one_tungstenite(&fs::read_to_string(workspace.join("Cargo.lock"))?)?;

    let check = |crates: &[&str], args: &[&str]| {
        let mut check = cargo(&["check", "--locked", "--lib"]);
        check.args(crates.iter().flat_map(|name| ["-p", name])).args(args);
        check.arg("--target-dir").arg(folder.join("target"));
        run(&mut check)
    };
    timed("The server's side with them", || check(NATIVE, &["--all-features"]))?;
    ensure_wasm_target()?;
    let page = ["--target", WASM, "--features", "leptos/csr"];
    timed("The page's side with them", || check(PAGE, &page))
}

/// Copies what git knows or would take of the workspace; without a `Cargo.lock`.
fn copy_to(workspace: &Path) -> Result<()> {
    if workspace.exists() {
        fs::remove_dir_all(workspace)?;
    }
    let files = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = output(command("git").args(files))?.context("git is not on the PATH")?;
    for file in files.split('\0').filter(|file| !file.is_empty() && *file != "Cargo.lock") {
        let from = root().join(file);
        // Git knows what was deleted and not committed.
        if from.is_file() {
            let to = workspace.join(file);
            fs::create_dir_all(to.parent().unwrap_or(workspace))?;
            fs::copy(&from, &to).with_context(|| format!("cannot copy {file}"))?;
        }
    }
    Ok(())
}

/// The folders of the crates to check. Fails when one that is published would be left out.
fn members() -> Result<Vec<String>> {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata.context("cargo is not there")?)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut folders = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        if NATIVE.contains(&name) || PAGE.contains(&name) {
            let manifest = package["manifest_path"].as_str().context("no manifest")?;
            let folder = Path::new(manifest).parent().unwrap_or(Path::new(manifest));
            let folder = folder.strip_prefix(root()).unwrap_or(folder);
            folders.push(folder.to_string_lossy().replace('\\', "/"));
        } else if package["publish"].is_null() {
            bail!("{name} is published: let `cargo xtask minimal` check it, natively or for wasm");
        }
    }
    Ok(folders)
}

/// The manifest of the workspace with these members, and what they use by path.
fn with_members(manifest: &str, members: &[String]) -> Result<String> {
    const START: &str = "\nmembers = [";
    let (before, rest) = manifest.split_once(START).context("no members in Cargo.toml")?;
    let (_, after) = rest.split_once(']').context("no end of the members in Cargo.toml")?;
    Ok(format!(
        "{before}{START}{}]{after}",
        members.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
    ))
}

/// fader-server tells axum's WebSocket errors apart by their type, which it can only when
/// axum has its errors from the same version. Otherwise all compiles, and no error is known.
fn one_tungstenite(lock: &str) -> Result<()> {
    let versions = lock.matches("name = \"tungstenite\"\n").count();
    if versions != 1 {
        bail!(
            "{versions} versions of tungstenite: the oldest axum that is allowed has another than \
             fader-server"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_crate_is_checked_at_its_lower_bounds() {
        let members = members().unwrap();
        assert_eq!(members.len(), NATIVE.len() + PAGE.len(), "{members:?}");
    }

    #[test]
    fn only_the_members_of_the_workspace_are_replaced() {
        let manifest = "[workspace]\nmembers = [\n    \"a\",\n    \"xtask\",\n]\n[profile]\n";
        let smaller = with_members(manifest, &["a".to_owned()]).unwrap();
        assert_eq!(smaller, "[workspace]\nmembers = [\"a\"]\n[profile]\n");
    }

    #[test]
    fn an_axum_with_another_tungstenite_is_noticed() {
        let one = "[[package]]\nname = \"tungstenite\"\nversion = \"0.29.0\"\n";
        assert!(one_tungstenite(one).is_ok());
        assert!(one_tungstenite(&one.repeat(2)).is_err());
    }
}
