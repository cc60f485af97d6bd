//! The demo's server, and what stands before it in tests.

use std::path::PathBuf;

use anyhow::Result;

use crate::cargo::build_executable;
use crate::command::timed;

/// Builds `server-stub` and answers where it is.
pub(crate) fn build() -> Result<PathBuf> {
    timed("Building the server", || {
        build_executable(&["-p", "fader-server", "--features", "demo", "--bin", "server-stub"])
    })
}

/// Builds the proxy that breaks connections and answers where it is.
pub(crate) fn build_proxy() -> Result<PathBuf> {
    timed("Building the fault proxy", || {
        build_executable(&["-p", "fader-tests", "--bin", "fault-proxy"])
    })
}
