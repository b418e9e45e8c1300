//! Tests of demo through the binary.
