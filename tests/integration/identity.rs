//! Tests of identity through the binary.
