use fader_server::{Context, Items, NoError};

/// Counts down to 0, as long as somebody listens.
pub(crate) async fn count(_: Context, from: u32, items: Items<u32>) -> Result<(), NoError> {
    for number in (0..=from).rev() {
        if items.send(number).await.is_err() {
            break;
        }
    }
    Ok(())
}
