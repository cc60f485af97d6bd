/// Waits until the process is asked to end, by Ctrl-C or by SIGTERM. Whoever asks
/// after this has returned is heard.
#[cfg(unix)]
pub(crate) fn requested() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits until the process is asked to end, by Ctrl-C. Whoever asks after this has
/// returned is heard.
#[cfg(windows)]
pub(crate) fn requested() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
