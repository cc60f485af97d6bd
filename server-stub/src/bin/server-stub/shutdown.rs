/// Waits until the process is asked to end, by Ctrl-C or by SIGTERM.
#[cfg(unix)]
pub(crate) async fn requested() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits until the process is asked to end, by Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn requested() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
