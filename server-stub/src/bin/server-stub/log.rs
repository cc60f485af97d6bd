use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

/// The most lines that wait to be written.
const LINES: usize = 1024;

/// How long the end of the server waits for its last lines.
const FLUSH: Duration = Duration::from_millis(500);

/// Writes what is traced to standard error from here on.
pub(crate) fn init(filter: EnvFilter) -> io::Result<Log> {
    let log = Log::start(io::stderr())?;
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(move || writer.clone())
        // What it says of itself, it prints in a way that panics on a full disk.
        .log_internal_errors(false)
        .init();
    Ok(log)
}

/// A log that never holds up, and never fails, who writes to it: a thread of its own
/// writes the lines. What it cannot take, or its output does not, is lost; the first
/// line that succeeds then says how many were.
///
/// `tracing-appender` would do the first half of this, with more dependencies, and
/// says nothing of what its output refused.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    lines: SyncSender<Line>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    /// All lines before this one have been tried.
    Flush(SyncSender<()>),
}

impl Log {
    fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, waiting) = sync_channel(LINES);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".into())
            .spawn(move || write_out(&waiting, output, &counter))?;
        Ok(Self { lines, lost })
    }

    /// Waits a little until all lines so far have been written.
    pub(crate) fn finish(&self) {
        let (done, wait) = sync_channel(1);
        if self.lines.try_send(Line::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(FLUSH);
        }
    }
}

/// Takes one line at a time, which is how tracing writes.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Line::Text(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_out(lines: &Receiver<Line>, mut output: impl Write, lost: &AtomicU64) {
    while let Ok(line) = lines.recv() {
        match line {
            Line::Text(line) => {
                let missing = lost.swap(0, Ordering::Relaxed);
                let notice = match missing {
                    0 => String::new(),
                    _ => {
                        format!("{missing} lines of this log were lost: it could not be written\n")
                    }
                };
                if output.write_all(&[notice.as_bytes(), &line].concat()).is_err() {
                    lost.fetch_add(missing + 1, Ordering::Relaxed);
                }
            }
            Line::Flush(done) => drop(done.send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes nothing while it is full.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(bool, Vec<u8>)>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (is_full, content) = &mut *self.0.lock().unwrap();
            if *is_full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            content.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_lost_is_counted_and_said_once_when_it_works_again() {
        let disk = Disk::default();
        let mut log = Log::start(disk.clone()).unwrap();
        let mut write = |line: &str| {
            log.write_all(line.as_bytes()).unwrap();
            log.finish();
        };
        write("one\n");
        disk.0.lock().unwrap().0 = true;
        write("two\n");
        write("three\n");
        disk.0.lock().unwrap().0 = false;
        write("four\n");
        write("five\n");
        let text = String::from_utf8(disk.0.lock().unwrap().1.clone()).unwrap();
        let notice = "2 lines of this log were lost: it could not be written";
        assert_eq!(text, format!("one\n{notice}\nfour\nfive\n"));
    }

    #[test]
    fn an_output_that_is_stuck_holds_nobody_up() {
        let disk = Disk::default();
        let mut log = Log::start(disk.clone()).unwrap();
        let stuck = disk.0.lock().unwrap();
        for _ in 0..LINES + 100 {
            log.write_all(b"line\n").unwrap();
        }
        drop(stuck);
        // The queue has room again once the thread goes on.
        while log.lost.load(Ordering::Relaxed) != 0 {
            log.finish();
            log.write_all(b"last\n").unwrap();
        }
        log.finish();
        let text = String::from_utf8(disk.0.lock().unwrap().1.clone()).unwrap();
        assert!(
            text.contains(" lines of this log were lost") && text.ends_with("last\n"),
            "{text}"
        );
    }
}
