use std::time::{Duration, Instant};

use fader_demo_contract::{Curve, Equaliser};
use fader_server::{CancellationToken, HandlerError, LiveContext, code};

/// Computes the curve of an equaliser, taking as long as it asks for.
pub(crate) async fn respond(
    context: LiveContext,
    equaliser: Equaliser,
) -> Result<Curve, HandlerError> {
    check(&equaliser)?;
    compute(&context, equaliser).await
}

/// The same, and the bands move for everybody else too.
pub(crate) async fn respond_to_all(
    context: LiveContext,
    equaliser: Equaliser,
) -> Result<Curve, HandlerError> {
    check(&equaliser)?;
    context.push_to_others(&equaliser)?;
    compute(&context, equaliser).await
}

fn check(equaliser: &Equaliser) -> Result<(), HandlerError> {
    equaliser.validate().map_err(|error| HandlerError::new(code::BAD_PARAMS, error.to_string()))
}

async fn compute(context: &LiveContext, equaliser: Equaliser) -> Result<Curve, HandlerError> {
    let cancelled = context.cancellation();
    Ok(tokio::task::spawn_blocking(move || work(&equaliser, &cancelled)).await?)
}

/// Recomputes the curve until the time that the equaliser asks for has passed.
fn work(equaliser: &Equaliser, cancelled: &CancellationToken) -> Curve {
    let start = Instant::now();
    let time = Duration::from_secs_f64(equaliser.work_ms / 1000.0);
    loop {
        let curve = equaliser.response();
        if start.elapsed() >= time || cancelled.is_cancelled() {
            return curve;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn working(ms: f64) -> Equaliser {
        Equaliser { work_ms: ms, ..Equaliser::default() }
    }

    #[test]
    fn works_as_long_as_asked() {
        let start = Instant::now();
        let curve = work(&working(30.0), &CancellationToken::new());
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert_eq!(curve, Equaliser::default().response());
    }

    #[test]
    fn stops_when_cancelled() {
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let start = Instant::now();
        work(&working(500.0), &cancelled);
        assert!(start.elapsed() < Duration::from_millis(500));
    }
}
