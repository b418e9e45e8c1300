//! Makes a detector of a rule that is read while the program runs.

use super::confirm::Regexes;
use super::rule::Rule;
use super::{Checksum, Confidence, Decoder, Detector, Form};

impl Detector {
    /// A detector of a rule whose [`Rule::mistakes`] are none. Its text is never freed: a rule lives as long as the
    /// process, so that occurrences can refer to it without counting.
    #[must_use]
    pub fn leak(rule: &Rule) -> Self {
        Self {
            id: text(&rule.id),
            provider: text(&rule.provider),
            issuer: rule.issuer.as_deref().map(text),
            kind: text(&rule.kind),
            description: text(&rule.description),
            documentation: text(&rule.documentation),
            source: text(&rule.source),
            keywords: texts(&rule.keywords),
            names: texts(&rule.names),
            prefix: text(&rule.prefix),
            suffix: text(&rule.suffix),
            pattern: text(&rule.pattern),
            before: rule.before,
            after: rule.after,
            near: rule.near.as_ref().map(|near| (text(&near.pattern), near.before, near.after)),
            also: texts(&rule.also),
            also_within: rule.also_within,
            alphabet: text(&rule.alphabet),
            entropy: rule.entropy,
            checksum: rule.checksum.as_deref().and_then(Checksum::named),
            decoder: rule.decoder.as_deref().and_then(Decoder::named),
            form: match rule.form.as_str() {
                "percent" => Form::Percent,
                "pem" => Form::Pem,
                _ => Form::Plain,
            },
            confidence: match rule.confidence.as_str() {
                "low" => Confidence::Low,
                "medium" => Confidence::Medium,
                _ => Confidence::High,
            },
            regexes: Regexes::new(),
        }
    }
}

fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn texts(list: &[String]) -> &'static [&'static str] {
    Box::leak(list.iter().map(|item| text(item)).collect())
}
