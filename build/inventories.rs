//! `rules/inventory/` → `$OUT_DIR/inventories.rs`: the mappings as text, so that one is parsed only when it is asked for.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/inventory");
    let out = std::env::var("OUT_DIR")?;
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("rules/inventory");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".toml").map(str::to_owned));
    }
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let path = folder.join(format!("{name}.toml"));
        writeln!(code, "({name:?}, include_str!({:?})),", path.display().to_string())?;
    }
    code.push_str("]\n");
    std::fs::write(Path::new(&out).join("inventories.rs"), code)?;
    Ok(())
}
