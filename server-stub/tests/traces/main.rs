//! What the server says of itself, to whoever looks for what went wrong.

#[cfg(test)]
mod lines;
