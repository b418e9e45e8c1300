//! Where in a policy file each key stands, so that one can say who decided what.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::mistyped::line_of;

/// Path and line by key (`lifetime.max_days`, `lifetime.override.aws.max_days`, `exception.EX-1`).
pub type Origins = BTreeMap<String, (String, u32)>;

/// The keys of a policy file that is known to be well-formed; of any other, none.
pub(super) fn of(path: &str, text: &str) -> Origins {
    let mut origins = Origins::new();
    if let Ok(table) = DeTable::parse(text) {
        walk(table.get_ref(), "", path, text, &mut origins);
    }
    origins
}

fn walk(table: &DeTable<'_>, prefix: &str, path: &str, text: &str, origins: &mut Origins) {
    for (key, value) in table.iter() {
        let name = match prefix {
            "" => key.get_ref().to_string(),
            _ => format!("{prefix}.{}", key.get_ref()),
        };
        match value.get_ref() {
            DeValue::Table(inner) if prefix.is_empty() => walk(inner, &name, path, text, origins),
            DeValue::Array(items) if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) => {
                for item in items.iter() {
                    let DeValue::Table(inner) = item.get_ref() else { continue };
                    let own = ["id", "issuer", "name"].iter().find_map(|key| inner.get(*key)?.get_ref().as_str());
                    let name = format!("{name}.{}", own.unwrap_or_default());
                    origins.entry(name.clone()).or_insert_with(|| (path.to_owned(), line_of(text, item.span().start)));
                    if name.starts_with("lifetime.override.") {
                        walk(inner, &name, path, text, origins);
                    }
                }
            }
            _ => {
                origins.insert(name, (path.to_owned(), line_of(text, key.span().start)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_at_its_line() {
        let text = "version = 1\n[lifetime]\nmax_days = 90\n[[lifetime.override]]\nissuer = 'aws'\nmax_days = 30\n\
                    [[exception]]\nid = 'EX-1'\n[places]\nprod = ['env']\n[[environment]]\nname = 'prod'\nglob = ['a']\n";
        let origins = of("p.toml", text);
        for (key, line) in [
            ("version", 1),
            ("lifetime.max_days", 3),
            ("lifetime.override.aws", 4),
            ("lifetime.override.aws.max_days", 6),
            ("exception.EX-1", 7),
            ("places.prod", 10),
            ("environment.prod", 11),
        ] {
            assert_eq!(origins.get(key), Some(&("p.toml".to_owned(), line)), "{key}: {origins:?}");
        }
    }
}
