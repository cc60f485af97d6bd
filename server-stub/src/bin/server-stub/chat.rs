use fader_demo_contract::{Chat, MESSAGE_BYTES, Message, Person};
use fader_server::{HandlerError, TopicContext, TopicHandler, code};

/// Everybody may listen and speak, under the name that they are given.
pub(crate) fn options() -> TopicHandler<Chat> {
    TopicHandler::new(async |context: TopicContext| Ok(Person { name: name(&context) }))
        .publish(async |context, message| check(name(&context), message))
}

fn check(from: String, message: Message) -> Result<Message, HandlerError> {
    let text = message.text;
    if text.is_empty() || text.len() > MESSAGE_BYTES {
        let why = format!("a message has 1 to {MESSAGE_BYTES} bytes");
        return Err(HandlerError::new(code::BAD_PARAMS, why));
    }
    Ok(Message { from, text })
}

fn name(context: &TopicContext) -> String {
    format!("guest {}", context.session().get(..4).unwrap_or_default())
}
