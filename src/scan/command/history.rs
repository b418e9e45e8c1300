//! How shells write their histories: fish escapes line ends, zsh writes some bytes as two.

use std::ops::Range;

use crate::span::Text;

/// Longest command that is decoded.
const LONGEST: usize = 64 * 1024;
/// The byte behind which zsh writes a byte that has a meaning to itself, changed in one bit.
const META: u8 = 0x83;
const CHANGED: u8 = 0x20;

/// Whether a path is that of a shell's history.
pub(in crate::scan) fn is_history(path: &str) -> bool {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    ["history", "histfile", "hist"].iter().any(|end| name.ends_with(end))
}

/// The command around `at`, where fish wrote it with escapes, without them.
pub(in crate::scan) fn fish(text: &[u8], at: usize) -> Option<(Range<usize>, Text<'static>)> {
    let line = line(text, at)?;
    let lead = b"- cmd: ";
    let written = text.get(line.clone())?.strip_prefix(lead)?;
    memchr::memchr(b'\\', written)?;
    let start = line.start + lead.len();
    let (mut value, mut table) = (String::new(), Vec::new());
    let mut characters = std::str::from_utf8(written).ok()?.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let meant = match (character, characters.peek().map(|next| next.1)) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('\\')) => Some('\\'),
            _ => None,
        };
        if meant.is_some() {
            characters.next();
        }
        let meant = meant.unwrap_or(character);
        value.push(meant);
        table.extend(std::iter::repeat_n(start + offset, meant.len_utf8()));
    }
    table.push(line.end);
    Some((line, Text::decoded(value, table)?))
}

/// The command around `at`, its continued lines included, where zsh wrote bytes of it as two, without that.
pub(in crate::scan) fn zsh(text: &[u8], at: usize) -> Option<(Range<usize>, Text<'static>)> {
    let mut run = line(text, at)?;
    while run.start > 1
        && text.get(..run.start - 1).is_some_and(|before| before.ends_with(b"\\"))
        && run.len() < LONGEST
    {
        run.start = line(text, run.start - 1)?.start;
    }
    while text.get(run.clone()).is_some_and(|line| line.ends_with(b"\\")) && run.end < text.len() && run.len() < LONGEST
    {
        run.end = line(text, run.end + 1)?.end;
    }
    let written = text.get(run.clone())?;
    memchr::memchr(META, written)?;
    let (mut bytes, mut table) = (Vec::with_capacity(written.len()), Vec::with_capacity(written.len() + 1));
    let mut at = 0;
    while let Some(&byte) = written.get(at) {
        let changed = (byte == META).then(|| written.get(at + 1)).flatten();
        bytes.push(changed.map_or(byte, |next| next ^ CHANGED));
        table.push(run.start + at);
        at += 1 + usize::from(changed.is_some());
    }
    table.push(run.end);
    // All bytes of a character are placed where its first is.
    for index in 1..bytes.len() {
        if bytes.get(index).is_some_and(|byte| byte & 0xc0 == 0x80)
            && let Some(first) = table.get(index - 1).copied()
            && let Some(place) = table.get_mut(index)
        {
            *place = first;
        }
    }
    let value = String::from_utf8(bytes).ok()?;
    Some((run, Text::decoded(value, table)?))
}

/// The line around `at`.
pub(in crate::scan) fn line(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = text.get(at.saturating_sub(LONGEST)..at)?;
    let start = memchr::memrchr(b'\n', before).map_or(at - before.len(), |feed| at - before.len() + feed + 1);
    let after = text.get(at..text.len().min(at.saturating_add(LONGEST)))?;
    Some(start..at + memchr::memchr(b'\n', after).unwrap_or(after.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_of_fish_is_unescaped() {
        let text = b"- cmd: a \\\\n b\\nc\n  when: 1\n- cmd: d\n";
        let (run, command) = fish(text, 9).expect("escaped");
        assert_eq!((run, command.as_str()), (0..17, "a \\n b\nc"));
        assert!(fish(text, 32).is_none());
    }

    #[test]
    fn a_command_of_zsh_is_unmetafied() {
        // The second byte of `à`, 0xa0, is one that zsh reserves.
        let text = b": 1:0;x\n: 2:0;K=\xc3\x83\x80y \\\nnext\n: 3:0;z\n";
        let (run, command) = zsh(text, 24).expect("metafied");
        assert_eq!((run.start, command.as_str()), (8, ": 2:0;K=ày \\\nnext"));
        assert!(zsh(text, 3).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_panic(bytes in proptest::collection::vec(prop::sample::select(&b"- cmd: \\n\n\x83\xa0\xc3;x"[..]), 0..60), at in 0usize..60) {
            for found in [fish(&bytes, at.min(bytes.len())), zsh(&bytes, at.min(bytes.len()))].into_iter().flatten() {
                prop_assert!(found.0.end <= bytes.len() && found.1.span().end <= bytes.len());
            }
        }
    }
}
