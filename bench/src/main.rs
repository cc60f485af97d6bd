//! Fader measured, beside what people do by hand and beside what is possible.
mod live;
fn main(){ live::try_out(); }
