//! The types that the demo's page and server share.
