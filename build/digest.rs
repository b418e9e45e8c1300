//! SHA-256 over everything in `rules/`, as a constant: what a report names as the rules it was made with.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

/// Hashes the names and contents of all rule files, and the version whose code reads them.
pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files = Vec::new();
    list(&root, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    part(&mut hash, env::var("CARGO_PKG_VERSION")?.as_bytes());
    for file in files {
        let name = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        part(&mut hash, name.as_bytes());
        part(&mut hash, &fs::read(&file)?);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let code = format!("const DIGEST: [u8; 32] = {digest:?};\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("digest.rs"), code)?;
    Ok(())
}

fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
