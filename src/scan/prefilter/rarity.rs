//! How rare a run of bytes is in source text: the rarer those are that stand for keywords, the less is looked at in vain.

/// Words whose parts stand in source text more often than their letters tell: in the sources of nine repositories most runs
/// of four bytes in them are met at more than forty of a million places.
const FREQUENT: &[&str] = &[
    " = (",
    " by ",
    " key",
    " pass",
    ".com/",
    ".org/",
    "HTTP",
    "Session",
    "Source",
    "TION",
    "Token",
    "Users",
    "Version",
    "Data",
    "Auth",
    "Server",
    "_key",
    "_pat",
    "_project",
    "_tok",
    "access",
    "accept",
    "accounts",
    "agent.",
    "ass ",
    "api/",
    "ate_",
    "ation ",
    "ation.",
    "author",
    "base",
    "certificate",
    "client",
    "cloud",
    "cluster",
    "compo",
    "config",
    "convert",
    "count",
    "cret",
    "data.",
    "direct",
    "distri",
    "ed by",
    "ent-",
    "ent_",
    "entry",
    "esti",
    "ess_",
    "figure",
    "file",
    "fresh",
    "github",
    "gist",
    "h = ",
    "hook",
    "host",
    "https://",
    "identifier",
    "identity",
    "inating",
    "ine ",
    "ing ",
    "internal",
    "ion-",
    "ion.",
    "ion_",
    "iterate",
    "keys",
    "ling",
    "link",
    "live",
    "login",
    "machine",
    "make",
    "mcp-",
    "mcp.",
    "model",
    "name=\"",
    "names",
    "open",
    "operation",
    "other",
    "password",
    "position",
    "post",
    "pres",
    "private",
    "progress",
    "property",
    "rating",
    "redirect",
    "register",
    "releases",
    "require",
    "rest",
    "right",
    "root",
    "secret",
    "server",
    "session",
    "sha256",
    "shared",
    "source",
    "specified",
    "strategy",
    "stream",
    "string",
    "ted ",
    "test_",
    "th = ",
    "token",
    "tools",
    "url ",
    "user ",
    "variable",
    "version",
    "with ",
    "word",
];

/// Bytes as they stand in the sources of eleven repositories, commonest first; whatever is not listed is rarest.
const COMMON: &[u8] = b" etasroin\ncldpu\"m\t.hfg,-:b_/0)(1y2v=A3w465kx{}T;S8C'79*EI>RPNM$ODL[]Fq`Bzj#HU&<GVW|\\@KY+Z";

/// The places of all bytes in that list.
const PLACES: [u8; 256] = {
    let mut places = [COMMON.len() as u8; 256];
    let mut at = 0;
    while at < COMMON.len() {
        places[COMMON[at] as usize] = at as u8;
        at += 1;
    }
    places
};

/// Tells how rare runs are. Made once for all keywords: thousands of runs are compared when the program starts.
#[derive(Debug)]
pub(super) struct Rarity {
    /// The runs of three and four bytes of the frequent words, in order.
    frequent: Vec<u32>,
}

impl Rarity {
    pub(super) fn new() -> Self {
        let runs = |len| FREQUENT.iter().flat_map(move |word| word.as_bytes().windows(len));
        let mut frequent: Vec<u32> = runs(3).chain(runs(4)).map(number).collect();
        frequent.sort_unstable();
        frequent.dedup();
        Self { frequent }
    }

    /// How rare a run of three or four bytes is in source text: higher is rarer.
    pub(super) fn of(&self, run: &[u8]) -> usize {
        // Each URL and each line across a page has these, and none says more than the other.
        let ruled = run.windows(2).any(|pair| matches!(pair, b":/" | b"//" | b"--" | b"=="));
        if ruled || self.frequent.binary_search(&number(run)).is_ok() {
            return 0;
        }
        run.iter().map(|byte| usize::from(PLACES[usize::from(*byte)])).sum()
    }
}

fn number(run: &[u8]) -> u32 {
    run.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_words_are_made_of_is_less_rare_than_what_they_are_not() {
        let rarity = Rarity::new();
        assert!(rarity.of(b"quir") < rarity.of(b"repa"));
        assert!(rarity.of(b"tps:") < rarity.of(b"ghp_"));
        assert_eq!((rarity.of(b"s://"), rarity.of(b"ing")), (0, 0));
    }
}
