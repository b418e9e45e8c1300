//! Tests of writers through the binary.
