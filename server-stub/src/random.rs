use crate::log_limiter::limited;

/// 128 random bits in hexadecimal; nothing if the system gives none.
pub(crate) fn random_text() -> Option<String> {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        limited!(error, %error, "the system gives no random numbers");
        return None;
    }
    Some(format!("{:032x}", u128::from_be_bytes(bytes)))
}
