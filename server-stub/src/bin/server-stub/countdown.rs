use fader_server::{ItemSender, MethodContext, NoError};

/// Counts down to 0, as long as somebody listens.
pub(crate) async fn count(
    _: MethodContext,
    from: u32,
    items: ItemSender<u32>,
) -> Result<(), NoError> {
    for number in (0..=from).rev() {
        if items.send(number).await.is_err() {
            break;
        }
    }
    Ok(())
}
