//! Behaviour of keytrawl, seen from outside: every test runs the binary.

// A test says what it expects by failing.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod archives;
mod checks;
mod command_line;
mod corpus;
mod decoders;
mod demo;
mod detectors;
mod examples;
mod governance;
mod hygiene;
mod identity;
mod inventory;
mod mappings;
mod network;
mod policy;
mod precision;
mod propose;
mod rules;
mod runner;
mod sources;
mod structure;
mod worklists;
mod writers;
