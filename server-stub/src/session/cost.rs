//! What things cost in memory: by the rules of a common allocator, from above.

use fader_protocol::{Payload, RawPayload, Rejection};

use super::job::Outcome;

/// An allocation of so many bytes.
pub(super) const fn allocation(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16) }
}

/// An entry of a tree, whose nodes are half full at worst.
pub(super) const fn tree_entry<K, V>() -> usize {
    3 * (size_of::<K>() + size_of::<V>())
}

/// What a payload has allocated.
pub(super) fn payload(payload: &RawPayload) -> usize {
    allocation(payload.size())
}

/// What an outcome has allocated.
pub(super) fn outcome(outcome: &Outcome) -> usize {
    match outcome {
        Ok(result) => payload(result),
        Err(Rejection { code, message, data }) => {
            let texts = allocation(code.len()) + allocation(message.len());
            texts + data.as_ref().map_or(0, payload)
        }
    }
}
