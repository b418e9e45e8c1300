//! Tests of detectors through the binary.
