//! The server's half of Fader, and its axum shell.
