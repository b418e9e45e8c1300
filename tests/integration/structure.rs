//! Tests of structure through the binary.
