//! Turns the rules, which are data, into tables that cost nothing to load at start.

use std::error::Error;

#[path = "build/clients.rs"]
mod clients;
#[path = "build/detectors.rs"]
mod detectors;
#[path = "build/digest.rs"]
mod digest;
#[path = "build/inventories.rs"]
mod inventories;
#[path = "build/servers.rs"]
mod servers;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    detectors::generate()?;
    clients::generate()?;
    inventories::generate()?;
    servers::generate()?;
    digest::generate()
}
