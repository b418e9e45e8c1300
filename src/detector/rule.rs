//! A detector as it is written in `rules/detectors/*.toml`. The build reads our files with this, `rules check` a user's.

use serde::Deserialize;

/// One rule file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Its detectors, in the order of the file.
    #[serde(default)]
    pub detector: Vec<Rule>,
}

/// One detector.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name in all output, in kebab case.
    pub id: String,
    /// Who issues it, for people.
    pub provider: String,
    /// Who issues it, as inventories write it.
    pub issuer: Option<String>,
    /// Kind of inventory record.
    pub kind: String,
    /// One line on what it opens.
    pub description: String,
    /// The vendor's page on it.
    pub documentation: String,
    /// Where the format was learnt.
    pub source: String,
    /// Literals of which at least one stands in every match; none for a detector that only goes by `names`.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Byte-wise regular expression. The group `secret` is the credential (else all of it), `key_id` its id, any other
    /// named group a principal.
    pub pattern: String,
    /// How many bytes before the keyword a match may start. 0: it starts with the keyword.
    #[serde(default)]
    pub before: usize,
    /// How many bytes behind the keyword a match may end.
    #[serde(default = "default_after")]
    pub after: usize,
    /// Where the credential stands if not in the match but beside it.
    pub near: Option<Near>,
    /// Patterns whose named groups are taken over if one matches around the keyword: ids that stand beside a credential.
    #[serde(default)]
    pub also: Vec<String>,
    /// How many bytes before and behind the keyword those are looked for.
    #[serde(default = "default_also_within")]
    pub also_within: usize,
    /// Characters of the alphabet besides letters, digits and `_`: none may stand before or behind a match.
    #[serde(default)]
    pub alphabet: String,
    /// Constant head that says nothing of the secret.
    #[serde(default)]
    pub prefix: String,
    /// Constant tail that says nothing of the secret.
    #[serde(default)]
    pub suffix: String,
    /// Least Shannon entropy of what stands between prefix and suffix, in bits per byte.
    #[serde(default)]
    pub entropy: f64,
    /// Name of the checksum it ends with.
    pub checksum: Option<String>,
    /// Name of the reader of the ids embedded in it.
    pub decoder: Option<String>,
    /// How the match is turned into the canonical secret: `plain`, `percent` or `pem`.
    #[serde(default = "default_form")]
    pub form: String,
    /// Confidence of a match: `low`, `medium` or `high`.
    #[serde(default = "default_confidence")]
    pub confidence: String,
    /// Variables and headers that hold it even without its prefix.
    #[serde(default)]
    pub names: Vec<String>,
    /// What it must and must not find.
    pub samples: Samples,
}

/// A second pattern around the first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// What the credential looks like; same groups as `pattern`.
    pub pattern: String,
    /// How many bytes before the keyword it is looked for.
    pub before: usize,
    /// How many bytes behind the keyword it is looked for.
    pub after: usize,
}

/// Recipes (see `detector::recipe`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// Texts in which the detector finds its credential.
    pub positive: Vec<String>,
    /// Texts in which it finds nothing.
    pub negative: Vec<String>,
}

const fn default_after() -> usize {
    256
}

const fn default_also_within() -> usize {
    600
}

fn default_form() -> String {
    "plain".to_owned()
}

fn default_confidence() -> String {
    "high".to_owned()
}

/// Kinds of inventory records (see CONTRACT, inventory).
pub const KINDS: &[&str] = &[
    "api_key",
    "api_token",
    "oauth_client",
    "oauth_token",
    "access_key",
    "service_account_key",
    "certificate",
    "ssh_key",
    "password",
    "webhook_secret",
    "jwt",
    "other",
];
/// Names of checksums.
pub const CHECKSUMS: &[&str] = &["github", "atlassian", "grafana", "cloudflare", "zuplo"];
/// Names of readers of embedded ids.
pub const DECODERS: &[&str] = &[
    "airtable-oauth",
    "aws-account",
    "bedrock",
    "discord",
    "elastic",
    "generated",
    "gitlab-routable",
    "github-app",
    "grafana-cloud",
    "grafana-legacy",
    "jwt",
    "mapbox",
    "onepassword",
    "pem",
    "sentry",
    "supabase",
    "url",
];

/// A window larger than this would make a scan slow on hostile text.
const MAX_WINDOW: usize = 20_000;
/// Bytes of a pattern.
const MAX_PATTERN: usize = 2_000;
/// Bytes of a keyword: the prefilter compares all of them.
const MAX_KEYWORD: usize = 64;
/// Keywords of one detector, and names.
const MAX_WORDS: usize = 64;
/// Samples of one kind.
const MAX_SAMPLES: usize = 64;

/// Something that is wrong with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The field it is in.
    pub field: &'static str,
    /// One sentence.
    pub message: &'static str,
}

impl Rule {
    /// What is wrong with this rule on its own. Patterns and samples are not tried here.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut demand = |holds: bool, field: &'static str, message: &'static str| {
            if !holds {
                mistakes.push(Mistake { field, message });
            }
        };
        let kebab = |text: &str| {
            !text.is_empty()
                && text.len() <= 64
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        demand(kebab(&self.id), "id", "`id` is not in kebab case, or longer than 64 bytes");
        demand(self.issuer.as_deref().is_none_or(kebab), "issuer", "`issuer` is not a slug in kebab case");
        demand(KINDS.contains(&self.kind.as_str()), "kind", "`kind` is not a kind of inventory record");
        demand(!self.provider.is_empty(), "provider", "`provider` is empty");
        demand(!self.description.is_empty(), "description", "`description` is empty");
        demand(self.documentation.starts_with("https://"), "documentation", "`documentation` is not an https address");
        demand(!self.source.is_empty(), "source", "`source` is empty");
        demand(
            self.keywords.iter().all(|word| (3..=MAX_KEYWORD).contains(&word.len())),
            "keywords",
            "a keyword is shorter than 3 bytes or longer than 64",
        );
        demand(self.keywords.len() <= MAX_WORDS, "keywords", "there are more than 64 keywords");
        demand(self.names.len() <= MAX_WORDS, "names", "there are more than 64 names");
        demand(
            !(self.keywords.is_empty() && self.names.is_empty()),
            "pattern",
            "there are neither `keywords` nor `names`, so it could never be tried",
        );
        let fits = |before: usize, behind: usize| before.saturating_add(behind) <= MAX_WINDOW;
        demand(fits(self.before, self.after), "after", "`before` and `after` make the window larger than 20,000 bytes");
        demand(
            self.near.as_ref().is_none_or(|near| fits(near.before, near.after)),
            "near",
            "`near` makes the window larger than 20,000 bytes",
        );
        demand(
            self.also_within <= MAX_WINDOW / 2,
            "also_within",
            "`also_within` makes the window larger than 20,000 bytes",
        );
        demand(self.pattern.len() <= MAX_PATTERN, "pattern", "`pattern` is longer than 2,000 bytes");
        demand(
            self.near.as_ref().is_none_or(|near| near.pattern.len() <= MAX_PATTERN),
            "near",
            "the pattern of `near` is longer than 2,000 bytes",
        );
        demand(
            self.also.len() <= 8 && self.also.iter().all(|pattern| pattern.len() <= MAX_PATTERN),
            "also",
            "`also` has more than 8 patterns, or one longer than 2,000 bytes",
        );
        demand((0.0..=8.0).contains(&self.entropy), "entropy", "`entropy` is not from 0 to 8 bits per byte");
        demand(known(self.checksum.as_deref(), CHECKSUMS), "checksum", "`checksum` is unknown");
        demand(known(self.decoder.as_deref(), DECODERS), "decoder", "`decoder` is unknown");
        demand(
            ["plain", "percent", "pem"].contains(&self.form.as_str()),
            "form",
            "`form` is not plain, percent or pem",
        );
        demand(
            ["low", "medium", "high"].contains(&self.confidence.as_str()),
            "confidence",
            "`confidence` is not low, medium or high",
        );
        for (samples, few, many) in [
            (
                &self.samples.positive,
                "there are fewer than three positive samples",
                "there are more than 64 positive samples, or one is longer than 2,000 bytes",
            ),
            (
                &self.samples.negative,
                "there are fewer than three negative samples",
                "there are more than 64 negative samples, or one is longer than 2,000 bytes",
            ),
        ] {
            demand(samples.len() >= 3, "samples", few);
            let bounded = samples.len() <= MAX_SAMPLES && samples.iter().all(|sample| sample.len() <= MAX_PATTERN);
            demand(bounded, "samples", many);
        }
        mistakes
    }
}

fn known(name: Option<&str>, names: &[&str]) -> bool {
    name.is_none_or(|name| names.contains(&name))
}
