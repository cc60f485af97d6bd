use fader_protocol::{MessageLimits, Payload, RawPayload, Rejection, code};

use super::integers::first_inexact;
use super::job::Outcome;
use crate::log_limiter::limited;

/// What a message needs around a payload, in bytes, with room to spare: codes,
/// numbers, and a rejection's code and message with every character escaped.
pub(super) const ENVELOPE: usize = 8 * 1024;

/// The longest message for people in a rejection, in bytes.
const EXPLANATION: usize = 1024;

/// The outcome, or why it cannot be sent to a client with these limits.
pub(super) fn fit(outcome: Outcome, limits: &MessageLimits) -> Outcome {
    match outcome {
        Ok(payload) => fit_payload(payload, limits),
        Err(Rejection { code, message, data }) => {
            let data = data.map(|data| fit_payload(data, limits)).transpose()?;
            // A client refuses a frame with such a code.
            let code = if limits.allow_name(&code) { code } else { code::FAILED.into() };
            let message = message[..message.floor_char_boundary(EXPLANATION)].into();
            Err(Rejection { code, message, data })
        }
    }
}

fn fit_payload(payload: RawPayload, limits: &MessageLimits) -> Outcome {
    match unfit("answer", &payload, limits) {
        Some(why) => Err(Rejection::new(code::TOO_LARGE, why)),
        None => Ok(payload),
    }
}

/// Why a payload cannot be sent to a client with these limits, if it cannot. `what`
/// it is, for people.
///
/// What an app made too large is logged too: its page may not be the one that can mend it.
pub(crate) fn unfit(what: &str, payload: &RawPayload, limits: &MessageLimits) -> Option<String> {
    let (bytes, bytes_limit) = (payload.size(), limits.message_bytes.saturating_sub(ENVELOPE));
    let why = if bytes > bytes_limit {
        Some(format!("the {what} has {bytes} bytes, at most {bytes_limit} can be sent"))
    } else if payload.is_deeper_than(limits.depth) {
        Some(format!("the {what} nests deeper than the {} levels that can be sent", limits.depth))
    } else {
        unfit_integer(payload, limits).map(|why| format!("the {what} {why}"))
    };
    if let Some(why) = &why {
        limited!(error, why, "what an app made cannot be sent");
    }
    why
}

/// Which integer of a payload a page would not read as it is, if there is one and it matters.
pub(crate) fn unfit_integer(payload: &RawPayload, limits: &MessageLimits) -> Option<String> {
    if limits.inexact_integers {
        return None;
    }
    let (number, read) = first_inexact(payload.get())?;
    Some(format!("has the integer {number}, which a page reads as {read}: send it as a string"))
}

#[cfg(test)]
mod tests {
    use fader_protocol::json;

    use super::*;

    #[test]
    fn what_fits_is_left_alone() {
        let outcome = Ok(json::to_raw(&[1, 2, 3]).unwrap());
        assert_eq!(fit(outcome.clone(), &MessageLimits::default()), outcome);
        let outcome = Err(Rejection { data: outcome.ok(), ..Rejection::new("own", "why") });
        assert_eq!(fit(outcome.clone(), &MessageLimits::default()), outcome);
    }

    #[test]
    fn what_a_client_would_refuse_becomes_an_error() {
        let limits = MessageLimits::default();
        let large = json::to_raw(&"x".repeat(limits.message_bytes)).unwrap();
        let nested = (0..=limits.depth).fold(json::to_raw(&1).unwrap(), |inner, _| {
            json::to_raw(&[serde_json::from_str::<serde_json::Value>(inner.get()).unwrap()])
                .unwrap()
        });
        for payload in [large, nested] {
            let error = fit(Ok(payload.clone()), &limits).unwrap_err();
            assert_eq!(error.code, code::TOO_LARGE);
            let rejection = Rejection { data: Some(payload), ..Rejection::new("own", "why") };
            assert_eq!(fit(Err(rejection), &limits).unwrap_err().code, code::TOO_LARGE);
        }
    }

    #[test]
    fn an_odd_rejection_is_made_presentable() {
        let error =
            fit(Err(Rejection::new("", "é".repeat(9999))), &MessageLimits::default()).unwrap_err();
        assert_eq!((error.code.as_str(), error.message.len()), (code::FAILED, 1024));
        let error =
            fit(Err(Rejection::new("x".repeat(129), "")), &MessageLimits::default()).unwrap_err();
        assert_eq!(error.code, code::FAILED);
    }
}
