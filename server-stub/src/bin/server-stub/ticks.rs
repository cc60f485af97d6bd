use std::time::Duration;

use fader_demo_contract::{Tick, Ticks};
use fader_server::{PublishError, Server};
use tokio::time::{MissedTickBehavior, interval};

/// Publishes a price each second, while somebody wants to know it.
pub(crate) async fn publish(server: Server) -> Result<(), PublishError> {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for second in 0_u32.. {
        seconds.tick().await;
        if server.subscriptions::<Ticks>() > 0 {
            server.publish::<Ticks>(&Tick { price: price(second.into()) })?;
        }
    }
    Ok(())
}

/// It goes up and down, with two decimals.
fn price(second: f64) -> f64 {
    let price = 100.0 + 4.0 * (second / 17.0).sin() + 1.5 * (second / 2.3).sin();
    (price * 100.0).round() / 100.0
}
