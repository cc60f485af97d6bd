//! The Chromium or Chrome of this machine, and its driver.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, output, run};

/// Chromium or Chrome: `CHROME`, else where it usually is, else installed if that may be done.
pub(crate) fn chrome() -> Result<PathBuf> {
    find_or_install("CHROME", find_chrome)
}

/// Chrome's driver: `CHROMEDRIVER`, else on the PATH, else installed if that may be done.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    find_or_install("CHROMEDRIVER", || on_path("chromedriver"))
}

fn find_or_install(variable: &str, find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            bail!("{variable} is {}, which is no file", path.display())
        };
    }
    if let Some(path) = find() {
        return Ok(path);
    }
    install()?;
    find().context(HELP)
}

const HELP: &str = "browser tests need Chromium or Chrome and the chromedriver of the same version: \
    `apt install chromium chromium-driver` (Debian), `dnf install chromium chromedriver` (Fedora), \
    `brew install --cask google-chrome chromedriver` (macOS), or both from \
    https://googlechromelabs.github.io/chrome-for-testing/. \
    Elsewhere than on the PATH, say where with CHROME and CHROMEDRIVER";

fn find_chrome() -> Option<PathBuf> {
    // Debian's Chromium first: the chromedriver beside it is of the same version.
    let names = ["chromium", "google-chrome-stable", "google-chrome", "chrome", "chromium-browser"];
    names
        .into_iter()
        .find_map(on_path)
        .or_else(|| usual_places().into_iter().find(|path| path.is_file()))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Where macOS and Windows put a browser.
fn usual_places() -> Vec<PathBuf> {
    let inside =
        |folder: &str, path: &str| env::var_os(folder).map(|folder| Path::new(&folder).join(path));
    if cfg!(target_os = "macos") {
        let places = ["Google Chrome", "Chromium"]
            .map(|name| format!("Applications/{name}.app/Contents/MacOS/{name}"));
        let shared = places.iter().map(|place| Path::new("/").join(place));
        let own = places.iter().filter_map(|place| inside("HOME", place));
        shared.chain(own).collect()
    } else if cfg!(windows) {
        ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"]
            .into_iter()
            .filter_map(|folder| inside(folder, r"Google\Chrome\Application\chrome.exe"))
            .collect()
    } else {
        Vec::new()
    }
}

/// Installs Debian's packages, as root or where sudo asks for no password.
fn install() -> Result<()> {
    if !fs::read_to_string("/etc/os-release").is_ok_and(|release| has_chromium_packages(&release)) {
        bail!(HELP);
    }
    let sudo = if output(command("id").arg("-u"))?.as_deref() == Some("0") {
        false
    } else if command("sudo").args(["-n", "true"]).output().is_ok_and(|sudo| sudo.status.success())
    {
        true
    } else {
        bail!(HELP);
    };
    let apt = |args: &[&str]| {
        let mut apt = if sudo { command("sudo") } else { command("env") };
        run(apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args))
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"])
}

/// Whether `/etc/os-release` is of a system whose apt has Chromium. Ubuntu's `chromium` only
/// points to a snap.
fn has_chromium_packages(release: &str) -> bool {
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let family = format!("{} {}", value("ID"), value("ID_LIKE"));
    let is = |name: &str| family.split_whitespace().any(|word| word == name);
    is("debian") && !is("ubuntu")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_has_chromium_and_ubuntu_only_a_pointer_to_a_snap() {
        assert!(has_chromium_packages("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(has_chromium_packages("ID=raspbian\nID_LIKE=debian\n"));
        assert!(!has_chromium_packages("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!has_chromium_packages("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!has_chromium_packages("ID=fedora\n"));
    }
}
