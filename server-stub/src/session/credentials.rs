use fader_protocol::Resume;
use subtle::ConstantTimeEq;

/// What a session is called, and what proves that it is the client's.
///
/// The secret is new with every connection. The one before stays valid until the
/// client has shown that it knows the new one: the welcome may have been lost.
pub struct Credentials {
    session: String,
    secret: String,
    previous: Option<String>,
}

impl Credentials {
    /// Random texts of at least 128 bits each: the public id and the secret.
    #[must_use]
    pub fn new(session: String, secret: String) -> Self {
        Self { session, secret, previous: None }
    }

    /// The public id.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The newest secret.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether the client may continue the session.
    pub(super) fn accept(&self, resume: &Resume) -> bool {
        let is = |secret: &str| bool::from(secret.as_bytes().ct_eq(resume.secret.as_bytes()));
        resume.session == self.session
            && (is(&self.secret) || self.previous.as_deref().is_some_and(is))
    }

    /// The client, who knows the secret that it gave, is told a new one.
    pub(super) fn rotate(&mut self, given: &Resume, secret: String) {
        self.secret = secret;
        self.previous = Some(given.secret.clone());
    }

    /// The client knows the newest secret.
    pub(super) fn prove(&mut self) {
        self.previous = None;
    }
}

/// Without the secrets: for logs.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("session", &self.session).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(session: &str, secret: &str) -> Resume {
        Resume { session: session.into(), secret: secret.into(), received: 0 }
    }

    #[test]
    fn a_secret_is_valid_until_the_next_one_is_known_to_have_arrived() {
        let mut credentials = Credentials::new("s".into(), "one".into());
        assert!(credentials.accept(&resume("s", "one")));
        assert!(!credentials.accept(&resume("t", "one")));
        assert!(!credentials.accept(&resume("s", "")));
        assert!(!credentials.accept(&resume("s", "on")));
        assert!(!credentials.accept(&resume("s", "one ")));

        credentials.rotate(&resume("s", "one"), "two".into());
        assert!(credentials.accept(&resume("s", "one")) && credentials.accept(&resume("s", "two")));
        // The welcome with the second was lost.
        credentials.rotate(&resume("s", "one"), "three".into());
        assert!(credentials.accept(&resume("s", "one")));
        assert!(!credentials.accept(&resume("s", "two")));
        credentials.prove();
        assert!(!credentials.accept(&resume("s", "one")));
        assert!(credentials.accept(&resume("s", "three")));
    }

    #[test]
    fn secrets_stay_out_of_logs() {
        let mut credentials = Credentials::new("public".into(), "hidden".into());
        credentials.rotate(&resume("public", "hidden"), "veiled".into());
        let shown = format!("{credentials:?}");
        assert!(shown.contains("public") && !shown.contains("hidden") && !shown.contains("veiled"));
    }
}
