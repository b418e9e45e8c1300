//! Benchmarks of the scanner engine.

fn main() {}
