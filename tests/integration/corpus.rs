//! Tests of corpus through the binary.
