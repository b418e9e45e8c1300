# Short names for what a contributor does often. `just` lists them.

_default:
    @just --list

# All that CI runs.
ci:
    .ci/run

# The main job on a sample workspace.
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

test *ARGS:
    cargo test --locked {{ARGS}}

lint:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# Documentation, as CI builds it.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

# Every rule against its own samples.
rules:
    cargo run --release -- rules check

bench *ARGS:
    cargo bench --locked {{ARGS}}

# One fuzz target (scan git json toml yaml env archive database decode inventory_csv inventory_jsonl) for a minute. Needs nightly and cargo-fuzz.
fuzz TARGET SECONDS="60":
    cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}}

# Licences, advisories and sources of all dependencies. Needs cargo-deny.
deny:
    cargo deny check
