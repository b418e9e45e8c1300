//! Tests of hygiene through the binary.
