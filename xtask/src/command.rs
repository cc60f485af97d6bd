//! Running other programs, visibly.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Where xtask keeps what it makes between runs.
pub(crate) fn scratch() -> PathBuf {
    root().join("target/xtask")
}

/// A command that runs in the workspace's folder.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Prints the command, runs it with its output shown, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let status = command.status().with_context(|| not_started(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// What the command prints; `None` if there is no such program.
pub(crate) fn output(command: &mut Command) -> Result<Option<String>> {
    let output = match command.stderr(Stdio::inherit()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        output => output.with_context(|| not_started(command))?,
    };
    if !output.status.success() {
        bail!("`{}` failed ({})", shown(command), output.status);
    }
    Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

/// Prints what is being done, does it, and prints how long it took.
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    eprintln!("==> {what}");
    let done = work()?;
    eprintln!("    {:.1} s", start.elapsed().as_secs_f64());
    Ok(done)
}

/// The message when a program cannot be started.
pub(crate) fn not_started(command: &Command) -> String {
    format!("cannot start `{}`", shown(command))
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let mut line = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            let _ =
                write!(line, "{}={} ", name.to_string_lossy(), quoted(&value.to_string_lossy()));
        }
    }
    let program = Path::new(command.get_program());
    line.push_str(&program.file_name().unwrap_or(program.as_os_str()).to_string_lossy());
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&quoted(&arg.to_string_lossy()));
    }
    line
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '"', '[', '*']) { format!("'{word}'") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(shown(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_failing_command_is_named() {
        let error = run(&mut command("false")).unwrap_err().to_string();
        assert!(error.contains("`false` failed"), "{error}");
    }

    #[test]
    fn a_missing_program_has_no_output() {
        assert_eq!(output(&mut command("no-such-program")).unwrap(), None);
    }
}
