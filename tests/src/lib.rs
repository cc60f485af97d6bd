//! Both halves of Fader together: simulation, faults, browsers.
