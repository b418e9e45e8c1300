//! `rules/detectors/*.toml` → `$OUT_DIR/detectors.rs`.

use std::error::Error;

pub fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/detectors");
    Ok(())
}
