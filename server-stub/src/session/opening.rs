use std::net::IpAddr;

use fader_protocol::{
    ClientFrame, FrameError, Hello, MessageLimits, MessageRef, RawPayload, Resume, VERSION, Window,
    close, json,
};

use super::{Payer, Principal};

/// The first message of a connection: a hello, and what follows it.
#[derive(Debug)]
pub struct Opening {
    pub(super) hello: Hello,
    pub(super) rest: Vec<Result<ClientFrame<RawPayload>, FrameError>>,
    pub(super) principal: Principal,
    pub(super) window: Option<Window>,
    address: Option<IpAddr>,
}

/// Why a connection gets no session: how to close it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The close code.
    pub code: u16,
    /// Why, in at most 123 bytes.
    pub reason: String,
}

impl Opening {
    /// Reads a message; nothing if it is empty, which is only a sign of life.
    ///
    /// # Errors
    /// When the conversation cannot begin like this.
    pub fn read<'a>(
        message: impl Into<MessageRef<'a>>,
        accepts: &MessageLimits,
    ) -> Result<Option<Self>, Refusal> {
        let frames = json::decode(message, accepts)
            .map_err(|error| Refusal::new(error.close_code(), &error.to_string()))?;
        let mut rest = frames.into_iter();
        let hello = match rest.next() {
            None => return Ok(None),
            Some(Ok(ClientFrame::Hello(hello))) => hello,
            Some(Ok(_)) => return Err(no_hello("")),
            Some(Err(error)) => return Err(no_hello(&format!(": {error}"))),
        };
        if hello.version != VERSION {
            let reason = format!("this server speaks version {VERSION}, not {}", hello.version);
            return Err(Refusal::new(close::UNSUPPORTED_VERSION, &reason));
        }
        Ok(Some(Self {
            hello,
            rest: rest.collect(),
            principal: Principal::default(),
            window: None,
            address: None,
        }))
    }

    /// Takes out what proves who the client is.
    pub fn take_credentials(&mut self) -> Option<String> {
        self.hello.credentials.take()
    }

    /// The client is this one.
    #[must_use]
    pub fn of(self, principal: Principal) -> Self {
        Self { principal, ..self }
    }

    /// The client connects from this address, as far as that is known.
    #[must_use]
    pub fn from_address(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// What the client is told of how its idempotency keys are remembered: what
    /// [`Window::promise`](super::Window::promise) says for who pays for the session.
    /// Without it, it is told that they are not.
    #[must_use]
    pub fn promising(self, window: Window) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Who would pay for a session that begins so.
    #[must_use]
    pub fn payer(&self) -> Payer {
        Payer::new(&self.principal, self.address)
    }

    /// Who the client is.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The id of the session that the client wants to continue.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.resume().map(|resume| resume.session.as_str())
    }

    pub(super) fn resume(&self) -> Option<&Resume> {
        self.hello.resume.as_ref()
    }
}

impl Refusal {
    /// A close with this code, and why.
    #[must_use]
    pub fn new(code: u16, reason: &str) -> Self {
        Self { code, reason: close::fit_reason(reason).into() }
    }
}

fn no_hello(why: &str) -> Refusal {
    Refusal::new(close::BAD_MESSAGE, &format!("the first frame must be a hello{why}"))
}
