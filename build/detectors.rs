//! `rules/detectors/*.toml` and the word lists beside them → static tables in `$OUT_DIR`, so that no rule is parsed when the program starts.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

// Public in the library, where `rules check` reads a user's file with the same definition.
#[allow(unreachable_pub)]
#[path = "../src/detector/rule.rs"]
mod rule;

use rule::{Rule, RuleFile};

/// Reads every rule file, refuses mistakes, and writes the tables.
pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/detectors");
    println!("cargo::rerun-if-changed=src/detector/rule.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("rules/detectors"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();

    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for path in &files {
        for rule in read(path)? {
            let id = rule.id.clone();
            if rules.insert(id.clone(), rule).is_some() {
                return Err(format!("{}: the id `{id}` is used twice", path.display()).into());
            }
        }
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("detectors.rs"), tables(&files, &rules)?)?;
    fs::write(out.join("vocabulary.rs"), vocabulary(&root.join("rules"))?)?;
    Ok(())
}

/// Word lists: each becomes a sorted constant, so that a word is found by binary search.
fn vocabulary(rules: &Path) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    for name in ["names.toml", "placeholders.toml"] {
        let path = rules.join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        let lists: BTreeMap<String, BTreeSet<String>> =
            toml::from_str(&fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        for (list, words) in &lists {
            let words: Vec<&String> = words.iter().collect();
            writeln!(out, "pub(super) const {}: &[&str] = &{words:?};", list.to_uppercase())?;
        }
    }
    Ok(out)
}

fn read(path: &Path) -> Result<Vec<Rule>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let file: RuleFile = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    for rule in &file.detector {
        if let Some(mistake) = rule.mistakes().first() {
            return Err(format!("{}: {}: {}", path.display(), rule.id, mistake.message).into());
        }
    }
    Ok(file.detector)
}

fn tables(files: &[PathBuf], rules: &BTreeMap<String, Rule>) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    writeln!(out, "static DETECTORS: [Detector; {}] = [", rules.len())?;
    for rule in rules.values() {
        detector(&mut out, rule)?;
    }
    writeln!(out, "];")?;

    // Sorted by name, so that a variable is found by binary search.
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (index, rule) in rules.values().enumerate() {
        for name in &rule.names {
            let normal: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
            if names.insert(normal, index).is_some() {
                return Err(format!("the name `{name}` of `{}` belongs to another detector too", rule.id).into());
            }
        }
    }
    writeln!(out, "static NAMES: [(&str, usize); {}] = [", names.len())?;
    for (name, index) in &names {
        writeln!(out, "    ({name:?}, {index}),")?;
    }
    writeln!(out, "];")?;

    writeln!(out, "static TEXTS: [(&str, &str); {}] = [", files.len())?;
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(out, "    ({name:?}, include_str!({:?})),", path.display().to_string())?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

fn detector(out: &mut String, rule: &Rule) -> Result<(), Box<dyn Error>> {
    let near = rule.near.as_ref().map(|near| (near.pattern.as_str(), near.before, near.after));
    writeln!(out, "    Detector {{")?;
    writeln!(out, "        id: {:?}, provider: {:?}, issuer: {:?},", rule.id, rule.provider, rule.issuer)?;
    writeln!(out, "        kind: {:?}, description: {:?},", rule.kind, rule.description)?;
    writeln!(out, "        documentation: {:?}, source: {:?},", rule.documentation, rule.source)?;
    writeln!(out, "        keywords: &{:?}, names: &{:?},", rule.keywords, rule.names)?;
    writeln!(out, "        prefix: {:?}, suffix: {:?},", rule.prefix, rule.suffix)?;
    writeln!(out, "        pattern: {:?}, before: {}, after: {},", rule.pattern, rule.before, rule.after)?;
    writeln!(out, "        near: {near:?}, alphabet: {:?}, entropy: {:?},", rule.alphabet, rule.entropy)?;
    writeln!(out, "        also: &{:?}, also_within: {},", rule.also, rule.also_within)?;
    writeln!(out, "        checksum: {},", variant("Checksum", rule.checksum.as_deref()))?;
    writeln!(out, "        decoder: {},", variant("Decoder", rule.decoder.as_deref()))?;
    writeln!(out, "        form: Form::{}, confidence: Confidence::{},", pascal(&rule.form), pascal(&rule.confidence))?;
    writeln!(out, "        regexes: Regexes::new(),")?;
    writeln!(out, "    }},")?;
    Ok(())
}

fn variant(kind: &str, name: Option<&str>) -> String {
    name.map_or_else(|| "None".to_owned(), |name| format!("Some({kind}::{})", pascal(name)))
}

/// `aws-account` → `AwsAccount`.
fn pascal(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
