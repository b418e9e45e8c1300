//! `rules/clients.toml` and `rules/servers.toml` → `$OUT_DIR/clients.rs`.

use std::error::Error;

pub fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/clients.toml");
    println!("cargo::rerun-if-changed=rules/servers.toml");
    Ok(())
}
