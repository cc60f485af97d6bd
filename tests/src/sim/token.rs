use fader_core::Instant;
use fader_server::session::Principal;

/// Whom the page belongs to.
pub(super) const OWNER: &str = "owner";

/// Credentials that say themselves whose they are, and until when they are good.
pub(super) fn token(name: &str, until: Instant) -> String {
    format!("{name} {}", until.as_micros())
}

/// Until when credentials are good.
pub(super) fn good_until(token: &str) -> Option<Instant> {
    let (_, micros) = token.split_once(' ')?;
    Some(Instant::from_micros(micros.parse().ok()?))
}

/// Whose credentials these are, as a server finds out.
pub(super) fn principal(now: Instant, token: Option<&str>) -> Result<Principal, String> {
    let token = token.ok_or("credentials are missing")?;
    let until = good_until(token).ok_or("these are no credentials")?;
    let name = token.split_once(' ').map_or("", |(name, _)| name);
    if now >= until {
        return Err("the credentials have expired".into());
    }
    Ok(Principal::new(name).expires_in(until - now))
}
