//! Tests of checks through the binary.
