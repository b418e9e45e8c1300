//! A fluent way to say what is run and what is expected.
