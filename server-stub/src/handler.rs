//! What can be registered as a handler: async functions and closures. The traits only
//! give such a function's future a name, so that `method::<Sum>(…)` needs no more types
//! and a future that cannot move between threads is refused. Where handlers are
//! registered, `AsyncFn` says the same once more: from it the compiler knows the types of
//! a closure's arguments.

use fader_protocol::{LiveGroup, Method, StreamMethod};

use crate::{HandlerError, ItemSender, LiveContext, MethodContext};

/// Answers calls of the method `M`: `async fn(MethodContext<S>, M::Params) -> Result<M::Reply, M::Error>`.
///
/// Implemented for every such function; there is no need to implement it yourself.
pub trait MethodHandler<M: Method, S>:
    Fn(MethodContext<S>, M::Params) -> <Self as MethodHandler<M, S>>::Future + Send + Sync + 'static
{
    /// What the function returns.
    type Future: Future<Output = Result<M::Reply, M::Error>> + Send + 'static;
}

impl<M, S, F, Fut> MethodHandler<M, S> for F
where
    M: Method,
    F: Fn(MethodContext<S>, M::Params) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<M::Reply, M::Error>> + Send + 'static,
{
    type Future = Fut;
}

/// Answers calls of the stream method `M`:
/// `async fn(MethodContext<S>, M::Params, ItemSender<M::Item>) -> Result<(), M::Error>`.
///
/// Implemented for every such function; there is no need to implement it yourself.
pub trait StreamHandler<M: StreamMethod, S>:
    Fn(MethodContext<S>, M::Params, ItemSender<M::Item>) -> <Self as StreamHandler<M, S>>::Future
    + Send
    + Sync
    + 'static
{
    /// What the function returns.
    type Future: Future<Output = Result<(), M::Error>> + Send + 'static;
}

impl<M, S, F, Fut> StreamHandler<M, S> for F
where
    M: StreamMethod,
    F: Fn(MethodContext<S>, M::Params, ItemSender<M::Item>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), M::Error>> + Send + 'static,
{
    type Future = Fut;
}

/// Computes the results of the live group `G`:
/// `async fn(LiveContext<S>, G::Model) -> Result<G::Result, HandlerError>`.
///
/// Implemented for every such function; there is no need to implement it yourself.
pub trait LiveHandler<G: LiveGroup, S>:
    Fn(LiveContext<S>, G::Model) -> <Self as LiveHandler<G, S>>::Future + Send + Sync + 'static
{
    /// What the function returns.
    type Future: Future<Output = Result<G::Result, HandlerError>> + Send + 'static;
}

impl<G, S, F, Fut> LiveHandler<G, S> for F
where
    G: LiveGroup,
    F: Fn(LiveContext<S>, G::Model) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<G::Result, HandlerError>> + Send + 'static,
{
    type Future = Fut;
}
