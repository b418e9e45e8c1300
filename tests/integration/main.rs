//! Behaviour of keytrawl, seen from outside: every test runs the binary.

// A test says what it expects by failing.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod archives;
mod baseline;
mod checks;
mod clients;
mod command_line;
mod corpus;
mod decoders;
mod demo;
mod detectors;
mod discover;
mod env_dumps;
mod examples;
mod formats;
mod git_history;
mod git_ownership;
mod git_random;
mod git_range;
mod git_receiving;
mod git_revisions;
mod git_shapes;
mod governance;
mod hooks;
mod hosted;
mod hygiene;
mod identity;
mod inventory;
mod large_home;
mod leveldb;
mod linking;
mod mappings;
mod network;
mod pairs;
mod places;
mod policy;
mod precision;
mod propose;
mod registries;
mod rules;
mod runner;
mod sources;
mod spellings;
mod staged;
mod structure;
mod worklists;
mod writers;
