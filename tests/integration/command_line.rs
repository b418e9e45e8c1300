//! Tests of command_line through the binary.
