use std::fmt::{self, Debug, Display};
use std::pin::Pin;
use std::time::Duration;

use crate::session::Principal;

type Checking = Pin<Box<dyn Future<Output = Result<Principal, String>> + Send>>;

/// Finds out who a client is.
#[derive(Default)]
pub(crate) struct Authenticator(Option<Box<dyn Fn(Option<String>) -> Checking + Send + Sync>>);

impl Authenticator {
    pub(crate) fn new<F, Fut, E>(check: F) -> Self
    where
        F: Fn(Option<String>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Principal, E>> + Send + 'static,
        E: Display,
    {
        Self(Some(Box::new(move |credentials| {
            let checking = check(credentials);
            Box::pin(async move { checking.await.map_err(|error| error.to_string()) })
        })))
    }

    /// As [`check`](Self::check); nobody has credentials whose check takes longer.
    pub(crate) async fn check_within(
        &self,
        limit: Duration,
        credentials: Option<String>,
    ) -> Result<Principal, String> {
        let checking = tokio::time::timeout(limit, self.check(credentials)).await;
        checking.unwrap_or_else(|_| {
            Err(format!("the server did not check the credentials within {limit:?}"))
        })
    }

    /// Who has these credentials, or why nobody has.
    pub(crate) async fn check(&self, credentials: Option<String>) -> Result<Principal, String> {
        match &self.0 {
            Some(check) => check(credentials).await,
            None => Ok(Principal::default()),
        }
    }
}

impl Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authenticator").field(&self.0.is_some()).finish()
    }
}
