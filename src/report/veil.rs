//! Covers credentials in names: a file, server or variable that is called like a token must not carry it into a report.

use aho_corasick::AhoCorasick;

use super::{Credential, Finding, Notice, Report};
use crate::credential::Preview;
use crate::detector::{Confidence, Detector, Detectors};

/// The detectors behind one search for their keywords.
pub(super) struct Veil {
    detectors: &'static Detectors,
    search: Option<AhoCorasick>,
    /// Detector of each keyword, by position.
    owners: Vec<usize>,
}

impl Veil {
    /// Prepares the search.
    pub(super) fn new(detectors: &'static Detectors) -> Self {
        let pairs = detectors.all().iter().enumerate().flat_map(|(index, detector)| {
            detector.keywords.iter().filter(|word| !word.is_empty()).map(move |word| (index, *word))
        });
        let (owners, words): (Vec<usize>, Vec<&str>) = pairs.unzip();
        Self { detectors, search: AhoCorasick::new(words).ok(), owners }
    }

    /// Covers every text of a report that comes from names in what was scanned.
    pub(super) fn cover(&self, report: &mut Report) {
        for asset in &mut report.assets {
            self.text(&mut asset.id);
            asset.branch.iter_mut().for_each(|text| self.text(text));
        }
        for Credential { occurrences, .. } in &mut report.credentials {
            for found in occurrences {
                self.text(&mut found.path);
                self.text(&mut found.asset);
                let names = [&mut found.server, &mut found.pointer, &mut found.variable];
                names.into_iter().flatten().for_each(|text| self.text(text));
            }
        }
        for server in &mut report.servers {
            self.text(&mut server.path);
            self.text(&mut server.pointer);
            [&mut server.name, &mut server.target].into_iter().flatten().for_each(|text| self.text(text));
            server.references.iter_mut().for_each(|text| self.text(text));
        }
        report.files.iter_mut().for_each(|file| self.text(&mut file.path));
        for found in &mut report.references {
            for text in [&mut found.path, &mut found.asset, &mut found.name] {
                self.text(text);
            }
            let names = [&mut found.server, &mut found.pointer, &mut found.variable];
            names.into_iter().flatten().chain(&mut found.defined_in).for_each(|text| self.text(text));
        }
        for Finding { path, message, .. } in &mut report.findings {
            self.text(path);
            self.text(message);
        }
        for Notice { path, message, hint, .. } in &mut report.notices {
            self.text(message);
            [path, hint].into_iter().flatten().for_each(|text| self.text(text));
        }
    }

    /// Puts previews in the place of what a detector is sure of.
    fn text(&self, text: &mut String) {
        let Some(search) = &self.search else { return };
        let mut hits = Vec::new();
        for found in search.find_overlapping_iter(text.as_str()) {
            let owner = self.owners.get(found.pattern().as_usize()).and_then(|at| self.detectors.all().get(*at));
            let hit = owner.and_then(|detector: &Detector| detector.confirm(text.as_bytes(), found.range()));
            let Some(hit) = hit.filter(|hit| hit.confidence >= Confidence::High) else { continue };
            let Some(secret) = text.as_bytes().get(hit.secret.clone()) else { continue };
            // The id of an access key is no secret.
            if hit.facts.key_id.as_deref().is_none_or(|id| id.as_bytes() != secret) {
                hits.push((hit.secret.clone(), Preview::of(secret, hit.public, hit.bits)));
            }
        }
        // From the end, so that what is replaced moves nothing that is still to be replaced.
        hits.sort_by_key(|(range, _)| (std::cmp::Reverse(range.start), std::cmp::Reverse(range.end)));
        let mut covered = usize::MAX;
        for (range, preview) in hits {
            if range.end <= covered && text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
                covered = range.start;
                text.replace_range(range, preview.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::recipe;

    #[test]
    fn a_name_that_is_a_token_is_covered_and_another_stands() {
        let veil = Veil::new(Detectors::embedded());
        let token = recipe::expand("ghp_{alnum:30}{crc32-github}", 7).unwrap();
        let mut text = format!("`{token}` in größe/{token}.txt");
        veil.text(&mut text);
        assert!(!text.contains(&token) && text.starts_with("`ghp_…"), "{text}");
        assert!(text.contains("in größe/ghp_…") && text.ends_with(".txt"), "{text}");
        for plain in ["a/.mcp.json", "ghp_", "", "server of key AKIA"] {
            let mut text = plain.to_owned();
            veil.text(&mut text);
            assert_eq!(text, plain);
        }
    }
}
