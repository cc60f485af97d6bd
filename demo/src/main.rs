//! The Fader demo: a parametric equaliser computed by the server while you drag.

fn main() {}
