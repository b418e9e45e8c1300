//! Tests of inventory through the binary.
