//! One pass over the raw bytes that finds where keywords stand, before any pattern is tried.
//!
//! Every keyword is represented by two of its three-byte runs, one at an even and one at an odd offset; the pass looks
//! at every second position only, so each occurrence is met by exactly one of the two. A run is looked up in a table, of
//! which each word tells in its 32 bits what may stand behind the run; the few that pass are compared with the
//! keyword itself. The cost does not grow with the number of keywords as long as the table stays sparse, which an
//! automaton of the same keywords cannot claim. What was measured: `docs/performance.md`.

mod rarity;

use std::ops::Range;

use rarity::Rarity;

/// How the letters of a keyword are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// Byte for byte.
    Exact,
    /// All small, all capital or capitalised: `token`, `TOKEN`, `Token`.
    Word,
}

/// A keyword at a place in the text, below 2^48: in one word, as thousands are carried from version to version of a file.
/// Their order is that of the places, then that of the keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit(u64);

impl Hit {
    /// The keyword of that ordinal at that offset.
    #[must_use]
    pub const fn new(start: usize, keyword: u16) -> Self {
        Self((start as u64) << 16 | keyword as u64)
    }

    /// Offset of its first byte.
    #[must_use]
    pub const fn start(self) -> usize {
        (self.0 >> 16) as usize
    }

    /// Ordinal of the keyword in the order it was given to [`Prefilter::new`].
    #[must_use]
    pub const fn keyword(self) -> u16 {
        self.0 as u16
    }

    /// The same keyword, where what stood at `from` stands at `to`.
    #[must_use]
    pub const fn moved(self, from: usize, to: usize) -> Self {
        Self::new(self.start() + to - from, self.keyword())
    }
}

/// Bits of the hash of a run. Four bytes each: a table of 256 KiB, as large as the caches of most cores hold.
const BITS: u32 = 16;
/// Bytes looked at between two branches.
const BLOCK: usize = 16;
/// A block and the bytes that are loaded with its last position.
const REACH: usize = BLOCK + 4;
/// Multiplier of the hash, from the golden ratio; shifted so that the fourth byte of a load falls out of the product.
const SPREAD: u32 = 0x9E37_79B1 << 8;
/// Bits of the hash by which runs are put together to be compared.
const SHELF_BITS: u32 = 13;

/// One three-byte run that stands for a keyword.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The run, and the byte behind it where that belongs to the keyword too.
    bytes: u32,
    /// Which bits of `bytes` count.
    mask: u32,
    keyword: u16,
    /// Offset of the run in the keyword; -1 where it begins one byte before it, whichever that is.
    offset: i8,
}

/// Runs by their hash, those of one hash side by side.
#[derive(Debug, Clone, Default)]
struct Shelves {
    /// Where those of each hash begin, and where those of the last end.
    first: Vec<u32>,
    runs: Vec<Run>,
}

impl Shelves {
    fn new(mut runs: Vec<(usize, Run)>) -> Self {
        runs.sort_by_key(|(shelf, _)| *shelf);
        let mut first = vec![0; (1 << SHELF_BITS) + 1];
        runs.iter().for_each(|(shelf, _)| first[shelf + 1] += 1);
        for shelf in 1..first.len() {
            first[shelf] += first[shelf - 1];
        }
        Self { first, runs: runs.into_iter().map(|(_, run)| run).collect() }
    }

    #[inline]
    fn at(&self, shelf: usize) -> &[Run] {
        let (Some(first), Some(end)) = (self.first.get(shelf), self.first.get(shelf + 1)) else { return &[] };
        self.runs.get(*first as usize..*end as usize).unwrap_or_default()
    }
}

/// Runs on their way to the shelves, each with the number of its own.
#[derive(Default)]
struct Entered {
    whole: Vec<(usize, Run)>,
    headless: Vec<(usize, Run)>,
}

#[derive(Debug, Clone)]
struct Keyword {
    bytes: Box<[u8]>,
    case: Case,
}

/// Finds all occurrences of a fixed set of keywords.
#[derive(Debug, Clone)]
pub struct Prefilter {
    table: Box<[u32]>,
    whole: Shelves,
    /// The runs of which the first byte does not count.
    headless: Shelves,
    /// A bit for each two bytes that such a run has behind its first.
    pairs: Box<[u64]>,
    keywords: Vec<Keyword>,
}

impl Prefilter {
    /// Builds the tables: microseconds for hundreds of keywords. Keywords of fewer than two bytes are never found.
    #[must_use]
    pub fn new<'k>(keywords: impl IntoIterator<Item = (&'k str, Case)>) -> Self {
        let mut filter = Self {
            table: vec![0; 1 << BITS].into(),
            whole: Shelves::default(),
            headless: Shelves::default(),
            pairs: vec![0; 1 << 16 >> 6].into(),
            keywords: Vec::new(),
        };
        let rarity = Rarity::new();
        let mut entered = Entered::default();
        for (ordinal, (keyword, case)) in keywords.into_iter().enumerate() {
            let bytes: Box<[u8]> = match case {
                Case::Exact => keyword.as_bytes().into(),
                Case::Word => keyword.to_ascii_lowercase().into_bytes().into(),
            };
            filter.represent(&bytes, case, ordinal as u16, &rarity, &mut entered);
            filter.keywords.push(Keyword { bytes, case });
        }
        filter.whole = Shelves::new(entered.whole);
        filter.headless = Shelves::new(entered.headless);
        filter
    }

    /// Length of a keyword in bytes.
    #[must_use]
    pub fn len_of(&self, keyword: u16) -> usize {
        self.keywords.get(usize::from(keyword)).map_or(0, |keyword| keyword.bytes.len())
    }

    /// Where a hit stands.
    #[must_use]
    pub fn span(&self, hit: Hit) -> Range<usize> {
        hit.start()..hit.start() + self.len_of(hit.keyword())
    }

    /// Appends every occurrence of every keyword to `hits`, in order of the place at which it was noticed. Overlapping
    /// occurrences are all reported.
    pub fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.find_in(text, 0..text.len(), hits);
    }

    /// The same for those that are noticed in a part of the text: none is missed that stands in it and at least as far from
    /// its ends as [`Self::reach`] says; others may be found too.
    pub fn find_in(&self, text: &[u8], part: Range<usize>, hits: &mut Vec<Hit>) {
        let mut at = part.start;
        while at < part.end
            && let Some(block) = text.get(at..at + REACH).and_then(|block| <&[u8; REACH]>::try_from(block).ok())
        {
            let met = self.met(block);
            if met != 0 {
                self.look(text, (block, met), at, BLOCK.min(part.end - at), hits);
            }
            at += BLOCK;
        }
        // The end of the text, padded: what the padding makes up is refused when the keyword is compared.
        while at < part.end.min(text.len()) {
            let mut padded = [0; REACH];
            let rest = text.get(at..text.len().min(at + REACH)).unwrap_or_default();
            if let Some(head) = padded.get_mut(..rest.len()) {
                head.copy_from_slice(rest);
            }
            let met = self.met(&padded);
            if met != 0 {
                self.look(text, (&padded, met), at, rest.len().min(BLOCK).min(part.end - at), hits);
            }
            at += BLOCK;
        }
    }

    /// How far before a place must be looked, and how far behind it, so that no keyword is missed that covers it.
    #[must_use]
    pub fn reach(&self) -> (usize, usize) {
        let runs = || self.whole.runs.iter().chain(&self.headless.runs);
        let before = runs().map(|run| self.len_of(run.keyword).saturating_add_signed(-isize::from(run.offset)));
        let behind = runs().map(|run| usize::try_from(run.offset).unwrap_or(0) + 1);
        (before.max().unwrap_or(0), behind.max().unwrap_or(0))
    }

    /// Brings what [`Self::find`] appended into order. Hits are noticed within a keyword's length of where they start, so that
    /// each moves a few places; where they stand too close for that, they are sorted as anything is.
    pub fn sort(hits: &mut [Hit]) {
        const MOVES: usize = 8;
        let mut left = hits.len().saturating_mul(MOVES);
        for at in 1..hits.len() {
            let mut free = at;
            while let [.., before, this] = &mut hits[..=free]
                && *before > *this
            {
                std::mem::swap(before, this);
                free -= 1;
                left -= 1;
                if left == 0 {
                    return hits.sort_unstable();
                }
            }
        }
    }

    /// Which looked-at runs of the block are in the table: a bit for each, the last of which is the lowest. The shift for
    /// each run is by one, whichever it is: that takes two instructions, and any other way more.
    #[inline]
    fn met(&self, block: &[u8; REACH]) -> u64 {
        let Some(table) = self.table.first_chunk::<{ 1 << BITS }>() else { return (1 << (BLOCK / 2)) - 1 };
        let mut met = 0;
        let mut index = 0;
        while index < BLOCK {
            let run = run_at(block, index);
            met = met << 1 | u64::from(table[hash(run) as usize] >> kind(run) & 1);
            index += 2;
        }
        met
    }

    /// Compares the keywords of every run that was met, in the first `len` bytes of the block.
    #[cold]
    #[inline(never)]
    fn look(&self, text: &[u8], (block, mut met): (&[u8; REACH], u64), base: usize, len: usize, hits: &mut Vec<Hit>) {
        while met != 0 {
            let bit = 63 - met.leading_zeros() as usize;
            let index = BLOCK - 2 - 2 * bit;
            if index >= len {
                return;
            }
            met ^= 1 << bit;
            let run = run_at(block, index);
            self.compare(self.whole.at(shelf(hash(run))), run, (text, base + index), hits);
            if self.pairs[pair(run) >> 6] >> (pair(run) & 63) & 1 == 1 {
                self.compare(self.headless.at(shelf(headless(run))), run, (text, base + index), hits);
            }
        }
    }

    /// Compares the keywords of those runs of a shelf that are this one, which stands at a place of the text.
    #[inline]
    fn compare(&self, shelf: &[Run], run: u32, (text, place): (&[u8], usize), hits: &mut Vec<Hit>) {
        for entry in shelf {
            if entry.bytes == run & entry.mask
                && let Some(start) = place.checked_add_signed(-isize::from(entry.offset))
                && self.stands(text, start, entry.keyword)
            {
                hits.push(Hit::new(start, entry.keyword));
            }
        }
    }

    fn stands(&self, text: &[u8], start: usize, keyword: u16) -> bool {
        let Some(keyword) = self.keywords.get(usize::from(keyword)) else { return false };
        let Some(found) = text.get(start..start + keyword.bytes.len()) else { return false };
        match keyword.case {
            // Most that are no keyword are told by the byte at an end: a call to compare the rest costs more.
            Case::Exact => {
                found.first() == keyword.bytes.first()
                    && found.last() == keyword.bytes.last()
                    && *found == *keyword.bytes
            }
            Case::Word => is_written(found, &keyword.bytes),
        }
    }

    /// Chooses the rarest run at an even and the rarest at an odd offset and enters them.
    fn represent(&mut self, keyword: &[u8], case: Case, ordinal: u16, rarity: &Rarity, entered: &mut Entered) {
        match *keyword {
            [] | [_] => {}
            // What stands at an odd place is met with the byte before it.
            [first, second] => {
                self.enter([Some(first), Some(second), None], None, case, (ordinal, 0), entered);
                self.enter([None, Some(first), Some(second)], None, case, (ordinal, -1), entered);
            }
            [first, second, third] => {
                self.enter([Some(first), Some(second), Some(third)], None, case, (ordinal, 0), entered);
                self.enter([None, Some(first), Some(second)], Some(third), case, (ordinal, -1), entered);
            }
            _ => {
                for parity in 0..2 {
                    // With the byte behind it where there is one: of four bytes, one parity has three only.
                    let len = if keyword.len() == 4 && parity == 1 { 3 } else { 4 };
                    let rarest = (parity..=keyword.len() - len)
                        .step_by(2)
                        .filter(|&offset| offset < 100)
                        .max_by_key(|&offset| (rarity.of(&keyword[offset..offset + len]), std::cmp::Reverse(offset)));
                    if let Some(offset) = rarest {
                        let run = &keyword[offset..offset + len];
                        let behind = run.get(3).copied();
                        self.enter(
                            [Some(run[0]), Some(run[1]), Some(run[2])],
                            behind,
                            case,
                            (ordinal, offset as i8),
                            entered,
                        );
                    }
                }
            }
        }
    }

    /// Enters a run in each way the keyword may be written, with every byte that may stand where `None` is. `behind` is the
    /// byte of the keyword that follows.
    fn enter(
        &mut self,
        run: [Option<u8>; 3],
        behind: Option<u8>,
        case: Case,
        (keyword, offset): (u16, i8),
        entered: &mut Entered,
    ) {
        let mut written = vec![(run, behind)];
        if case == Case::Word {
            let mut capitalised = run;
            let first = match offset {
                -1 => Some(1),
                0 => Some(0),
                _ => None,
            };
            if let Some(Some(first)) = first.map(|first: usize| &mut capitalised[first]) {
                first.make_ascii_uppercase();
            }
            let capitals = run.map(|byte| byte.map(|byte| byte.to_ascii_uppercase()));
            for other in [(capitals, behind.map(|byte| byte.to_ascii_uppercase())), (capitalised, behind)] {
                if !written.contains(&other) {
                    written.push(other);
                }
            }
        }
        for (run, behind) in written {
            let any = |byte: Option<u8>| byte.map_or(0..=u8::MAX, |byte| byte..=byte);
            let kinds = behind.map_or(u32::MAX, |byte| 1 << kind(u32::from_le_bytes([0, 0, 0, byte])));
            let byte = |byte: Option<u8>| (byte.unwrap_or(0), if byte.is_some() { u8::MAX } else { 0 });
            let [(a, first), (b, second), (c, third), (d, fourth)] = [run[0], run[1], run[2], behind].map(byte);
            let mask = u32::from_le_bytes([first, second, third, fourth]);
            let bytes = u32::from_le_bytes([a, b, c, d]);
            for first in any(run[0]) {
                for third in any(run[2]) {
                    let met = u32::from_le_bytes([first, b, third, d]);
                    self.table[hash(met) as usize] |= kinds;
                    // Without its first byte a run is on one shelf, else on that of each run that it is met as.
                    if run[0].is_some() {
                        entered.whole.push((shelf(hash(met)), Run { bytes, mask, keyword, offset }));
                    }
                }
            }
            if run[0].is_none() {
                self.pairs[pair(bytes) >> 6] |= 1 << (pair(bytes) & 63);
                entered.headless.push((shelf(headless(bytes)), Run { bytes, mask, keyword, offset }));
            }
        }
    }
}

/// What stands in one or the other of two lists that are in order, once.
pub(super) fn merged(one: Vec<Hit>, other: &[Hit]) -> Vec<Hit> {
    if other.is_empty() {
        return one;
    }
    let mut merged: Vec<Hit> = Vec::with_capacity(one.len() + other.len());
    let mut rest = one.as_slice();
    for &hit in other {
        let (before, behind) = rest.split_at(rest.partition_point(|known| *known < hit));
        merged.extend_from_slice(before);
        rest = behind.strip_prefix(&[hit]).unwrap_or(behind);
        if merged.last() != Some(&hit) {
            merged.push(hit);
        }
    }
    merged.extend_from_slice(rest);
    merged
}

#[inline]
fn run_at(block: &[u8; REACH], index: usize) -> u32 {
    u32::from_le_bytes([block[index], block[index + 1], block[index + 2], block[index + 3]])
}

#[inline]
const fn hash(run: u32) -> u32 {
    run.wrapping_mul(SPREAD) >> (32 - BITS)
}

/// The second and third byte of a run.
#[inline]
const fn pair(run: u32) -> usize {
    (run >> 8 & 0xffff) as usize
}

/// The hash of those.
const fn headless(run: u32) -> u32 {
    hash(run >> 8 & 0xffff)
}

/// The kind of the byte behind a run, one of 32.
#[inline]
const fn kind(run: u32) -> u32 {
    run >> 24 & 31
}

const fn shelf(hash: u32) -> usize {
    (hash >> (BITS - SHELF_BITS)) as usize
}

/// `token`, `TOKEN`, `Token`: the ways in which names are written. In any other its runs are entered by chance only, and
/// whether it were noticed would depend on where the text begins.
fn is_written(found: &[u8], word: &[u8]) -> bool {
    let [first, rest @ ..] = found else { return false };
    let [initial, tail @ ..] = word else { return false };
    match first == initial {
        true => rest == tail,
        false => {
            *first == initial.to_ascii_uppercase()
                && (rest == tail || rest.iter().copied().eq(tail.iter().map(u8::to_ascii_uppercase)))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(keywords: &[(&str, Case)], text: &[u8]) -> Vec<(usize, u16)> {
        let filter = Prefilter::new(keywords.iter().copied());
        let mut hits = Vec::new();
        filter.find(text, &mut hits);
        let mut found: Vec<_> = hits.into_iter().map(|hit| (hit.start(), hit.keyword())).collect();
        found.sort_unstable();
        found
    }

    /// Every occurrence by trying every keyword at every place.
    fn expected(keywords: &[(&str, Case)], text: &[u8]) -> Vec<(usize, u16)> {
        let mut found = Vec::new();
        for start in 0..text.len() {
            for (ordinal, (keyword, case)) in keywords.iter().enumerate() {
                let Some(here) = text.get(start..start + keyword.len()) else { continue };
                let lower = keyword.to_ascii_lowercase();
                let mut capital = lower.clone();
                capital[..1].make_ascii_uppercase();
                let ways = [lower.clone(), lower.to_ascii_uppercase(), capital];
                let holds = match case {
                    Case::Exact => here == keyword.as_bytes(),
                    Case::Word => ways.iter().any(|way| here == way.as_bytes()),
                };
                if holds {
                    found.push((start, ordinal as u16));
                }
            }
        }
        found
    }

    const KEYWORDS: &[(&str, Case)] = &[
        ("abc_", Case::Exact),
        ("bc_", Case::Exact),
        ("ab", Case::Exact),
        ("cabcabcab", Case::Exact),
        ("key", Case::Word),
        ("secret", Case::Word),
    ];

    #[test]
    fn a_keyword_is_found_at_every_offset_and_at_both_ends() {
        for offset in 0..40 {
            let text = [" ".repeat(offset).as_bytes(), b"secret"].concat();
            assert_eq!(found(KEYWORDS, &text), [(offset, 5)]);
        }
    }

    #[test]
    fn a_thousand_keywords_are_all_found() {
        let keywords: Vec<String> = (0..1000).map(|n| format!("k{n}_")).collect();
        let list: Vec<(&str, Case)> = keywords.iter().map(|keyword| (keyword.as_str(), Case::Exact)).collect();
        let text = keywords.join("x ");
        assert_eq!(found(&list, text.as_bytes()).len(), expected(&list, text.as_bytes()).len());
    }

    proptest! {
        #[test]
        fn hits_are_brought_into_order(starts in proptest::collection::vec(0_usize..50, 0..200)) {
            let mut hits: Vec<Hit> = starts.iter().map(|&start| Hit::new(start, (start % 3) as u16)).collect();
            let mut sorted = hits.clone();
            sorted.sort_unstable();
            Prefilter::sort(&mut hits);
            prop_assert_eq!(hits, sorted);
        }

        #[test]
        fn two_lists_become_one(one in proptest::collection::vec(0_usize..60, 0..60), other in proptest::collection::vec(0_usize..60, 0..60)) {
            let hits = |starts: Vec<usize>| {
                let mut hits: Vec<Hit> = starts.into_iter().map(|start| Hit::new(start, (start % 3) as u16)).collect();
                hits.sort_unstable();
                hits.dedup();
                hits
            };
            let (one, other) = (hits(one), hits(other));
            let mut all = [&one[..], &other[..]].concat();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(merged(one, &other), all);
        }

        #[test]
        fn in_a_part_all_are_found_that_cover_a_place_of_it(text in "[abcks_KEY ]{0,90}", place in 0_usize..90) {
            let filter = Prefilter::new(KEYWORDS.iter().copied());
            let (before, behind) = filter.reach();
            let mut hits = Vec::new();
            let part = place.saturating_sub(before)..(place + behind).min(text.len());
            filter.find_in(text.as_bytes(), part, &mut hits);
            let hits: Vec<_> = hits.into_iter().map(|hit| (hit.start(), hit.keyword())).collect();
            let all = expected(KEYWORDS, text.as_bytes());
            prop_assert!(hits.iter().all(|hit| all.contains(hit)));
            for (start, keyword) in all {
                if (start..start + KEYWORDS[usize::from(keyword)].0.len()).contains(&place) {
                    prop_assert!(hits.contains(&(start, keyword)), "{} {}", start, keyword);
                }
            }
        }

        #[test]
        fn exactly_the_occurrences_are_found(text in "[abcks_KEY eyrtSCRETx]{0,120}") {
            let text = text.replace("kx", "secret").replace("kK", "KEY").replace("Sx", "Secret");
            let all = expected(KEYWORDS, text.as_bytes());
            let hits = found(KEYWORDS, text.as_bytes());
            // Of a word in mixed case, which is no way a name is written, some occurrences may be found too.
            for hit in &hits {
                let keyword = KEYWORDS[usize::from(hit.1)].0;
                prop_assert!(text[hit.0..][..keyword.len()].eq_ignore_ascii_case(keyword));
            }
            for hit in all {
                prop_assert!(hits.contains(&hit), "{:?}", hit);
            }
        }
    }
}
