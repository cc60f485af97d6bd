//! The stages of `cargo xtask test`, in the order in which they run: the quick ones first.

mod clippy;
mod crates;
mod doc;
mod e2e;
mod fmt;
mod native;
mod npm;
mod sim;
mod wasm;

use anyhow::Result;
use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Stage {
    Fmt,
    Clippy,
    Doc,
    Crates,
    Native,
    Sim,
    Wasm,
    E2e,
    Npm,
}

impl Stage {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Fmt => fmt::run(),
            Self::Clippy => clippy::run(),
            Self::Doc => doc::run(),
            Self::Crates => crates::run(),
            Self::Native => native::run(),
            Self::Sim => sim::run(),
            Self::Wasm => wasm::run(),
            Self::E2e => e2e::run(),
            Self::Npm => npm::run(),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
            Self::Crates => "crates",
            Self::Native => "native",
            Self::Sim => "sim",
            Self::Wasm => "wasm",
            Self::E2e => "e2e",
            Self::Npm => "npm",
        }
    }

    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Fmt => "the formatting of the Rust code",
            Self::Clippy => "lints, natively and for wasm",
            Self::Doc => "the documentation builds without warnings",
            Self::Crates => {
                "the crates as they are published, and fader-leptos as apps that hydrate use it"
            }
            Self::Native => "unit, scenario, property and doc tests",
            Self::Sim => "client and server in 20,000 random worlds",
            Self::Wasm => "tests of sdk/browser and sdk/leptos in a headless browser",
            Self::E2e => "the demo in a browser, as a user runs it",
            Self::Npm => "the npm package: its size, its types, and in a browser against a server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_asked_for_by_its_name() {
        for stage in Stage::value_variants() {
            assert_eq!(Stage::from_str(stage.name(), false), Ok(*stage));
        }
    }
}
