//! Every developer command: `cargo xtask --help` lists them.

mod bench;
mod browser;
mod cargo;
mod command;
mod demo;
mod fuzz;
mod index_html;
mod minimal;
mod mutants;
mod node;
mod npm;
mod page;
mod playwright;
mod screenshots;
mod server;
mod sim;
mod stages;
mod test;
mod toolchain;
mod types;
mod wasm;
mod wasm_test_runner;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Every developer command of Fader.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the demo, serve it, and say where.
    Demo(demo::Args),
    /// Run every check, or only the stages named.
    Test(test::Args),
    /// Measure: `cargo xtask bench live --help` says what and how.
    Bench(bench::Args),
    /// Client and server in random worlds: `cargo xtask sim --seeds 20000`.
    Sim(sim::Args),
    /// Feed both ends with anything, looking for a panic; needs a nightly compiler.
    Fuzz(fuzz::Args),
    /// Break the code in small ways, looking for what no test notices; takes hours.
    Mutants(mutants::Args),
    /// Check the libraries with the oldest versions that their manifests allow.
    Minimal,
    /// Take pictures of the demo: desktop and phone, light and dark.
    Screenshots(screenshots::Args),
    /// Build the npm package, `target/npm/fader-<version>.tgz`, and print its sizes.
    Npm,
    /// Write the TypeScript types of the contract that the npm package is tested with.
    Types(types::Args),
    /// Run one wasm test binary in a browser; cargo calls this.
    #[command(hide = true)]
    WasmTestRunner(wasm_test_runner::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Test(args) => return test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Fuzz(args) => fuzz::run_targets(&args),
        Command::Mutants(args) => mutants::run_mutants(&args),
        Command::Minimal => minimal::check(),
        Command::Screenshots(args) => screenshots::run(&args),
        Command::Types(args) => types::run(&args),
        Command::Npm => npm::build().map(drop),
        Command::WasmTestRunner(args) => wasm_test_runner::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
