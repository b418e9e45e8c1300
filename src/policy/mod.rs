//! What the organisation decided: owners, lifetimes, places, environments, exceptions. One TOML file, no expressions.
