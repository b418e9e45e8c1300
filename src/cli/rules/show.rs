//! `keytrawl rules show ID`: all there is to know of one detector or check.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::bail;

use crate::check;
use crate::detector::Detectors;
use crate::detector::rule::Rule;
use crate::mistyped::nearest;

/// The detector that is no rule: what it does is code.
const GENERIC: (&str, &str) = (
    "generic-credential",
    "A credential that only its name or slot gives away: `name = value` in code, env files and text, and literals in\n  \
     the slots of MCP servers. It has no pattern; the words of names are in rules/names.toml.",
);

pub(super) fn show(out: &mut impl Write, detectors: &Detectors, id: &str) -> anyhow::Result<()> {
    if let Some(check) = check::get(id) {
        write!(out, "{}", check::docs::section(check.meta()))?;
        return Ok(());
    }
    if let Some((file, rule)) = detectors.rule(id).filter(|_| detectors.get(id).is_some()) {
        return Ok(detector(out, file, &rule)?);
    }
    if id == GENERIC.0 {
        writeln!(out, "{}\n  {}", GENERIC.0, GENERIC.1)?;
        return Ok(());
    }
    let ids = detectors.all().iter().map(|detector| detector.id);
    let known = ids.chain(check::all().iter().map(|check| check.meta().id));
    match nearest(id, known) {
        Some(meant) => bail!("there is no detector or check `{id}`\nhint: did you mean `{meant}`?"),
        None => bail!("there is no detector or check `{id}`\nhint: `keytrawl rules list` lists them"),
    }
}

fn detector(out: &mut impl Write, file: &str, rule: &Rule) -> io::Result<()> {
    let list = |words: &[String]| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    let or_none = |word: Option<&String>| word.map_or_else(|| "-".to_owned(), Clone::clone);
    writeln!(out, "{}: {}", rule.id, rule.description)?;
    let samples = &rule.samples;
    for (field, value) in [
        ("provider", rule.provider.clone()),
        ("issuer", rule.issuer.clone().unwrap_or_else(|| "anybody".to_owned())),
        ("kind", rule.kind.clone()),
        ("confidence", rule.confidence.clone()),
        ("documentation", rule.documentation.clone()),
        ("learnt from", rule.source.clone()),
        ("rule file", file.to_owned()),
        ("keywords", list(&rule.keywords)),
        ("held by", list(&rule.names)),
        ("pattern", rule.pattern.clone()),
        ("tells", list(&ids(rule))),
        ("checksum", or_none(rule.checksum.as_ref())),
        ("samples", format!("{} positive, {} negative", samples.positive.len(), samples.negative.len())),
    ] {
        writeln!(out, "  {field:13}  {value}")?;
    }
    Ok(())
}

/// The ids that stand in or beside the credential: named groups of the patterns, and what a decoder reads.
fn ids(rule: &Rule) -> Vec<String> {
    let near = rule.near.as_ref().map(|near| &near.pattern);
    let patterns = std::iter::once(&rule.pattern).chain(near).chain(&rule.also);
    let mut names = BTreeSet::new();
    for pattern in patterns {
        for opening in ["(?<", "(?P<"] {
            let groups = pattern.split(opening).skip(1).filter_map(|rest| rest.split_once('>'));
            names.extend(groups.map(|(name, _)| name.to_owned()).filter(|name| is_name(name) && name != "secret"));
        }
    }
    let decoded = rule.decoder.iter().map(|decoder| format!("what its {decoder} part says"));
    names.into_iter().chain(decoded).collect()
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
