//! What a session costs, counted where memory is allocated: no client makes it keep
//! more than its limits say.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod scene;
