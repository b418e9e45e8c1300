//! Tests of sources through the binary.
