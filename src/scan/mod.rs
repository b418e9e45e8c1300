//! Stage 2: prefilter, confirm, decode, slot. The only stage that ever holds a secret, and only as a borrowed slice.

pub mod workers;
