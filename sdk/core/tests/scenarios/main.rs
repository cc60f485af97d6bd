//! The client as a whole, against a scripted server and in simulated time: one
//! file for each family of scenarios.

mod backoff;
mod bad_server;
mod batching;
mod causes;
mod closing;
mod config;
mod credentials;
mod dialing;
mod drain;
mod generations;
mod heartbeat;
mod inbox;
mod lifecycle;
mod link;
mod live;
mod live_elsewhere;
mod live_gesture;
mod live_holds;
mod live_pacing;
mod live_reconnect;
mod live_stall;
mod presence;
mod properties;
mod publishing;
mod requests;
mod states;
mod streams;
mod support;
mod too_large;
mod topic_properties;
mod topics;
mod trace;
mod urls;
