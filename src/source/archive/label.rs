//! Names of members as they stand in reports: hostile ones can only ever look strange.

/// Longest name of a member, in characters.
const LONGEST: usize = 512;

/// The reported name of a member: `/`-separated and relative, with no way up and no control characters.
///
/// Bytes that are not UTF-8, and control characters, are shown as U+FFFD; a component `..` as `__`.
#[must_use]
pub(super) fn of(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let mut label = String::with_capacity(text.len().min(LONGEST));
    for part in text.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")) {
        if !label.is_empty() {
            label.push('/');
        }
        label.push_str(if part == ".." { "__" } else { part });
    }
    let label: String =
        label.chars().map(|char| if is_unfit(char) { '\u{fffd}' } else { char }).take(LONGEST).collect();
    if label.is_empty() { "unnamed".to_owned() } else { label }
}

/// Control characters, and those that turn the direction of what follows.
fn is_unfit(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The name of what a compressed file holds: its own name without the ending that tells of the compression.
#[must_use]
pub(super) fn inside(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let known = ["gz", "zst", "xz", "bz2", "zstd", "bzip2", "z"];
    if !stem.is_empty() && known.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        stem.to_owned()
    } else {
        of(name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_only_look_strange() {
        assert_eq!(of(b"../../etc/passwd"), "__/__/etc/passwd");
        assert_eq!(of(b"/abs//./x"), "abs/x");
        assert_eq!(of(b"C:\\x\\y"), "C:/x/y");
        assert_eq!(of(b"a\x1b[31m\n\xff"), "a\u{fffd}[31m\u{fffd}\u{fffd}");
        assert_eq!(of(b""), "unnamed");
        assert_eq!(of(&[b'x'; 9000]).len(), LONGEST);
    }

    #[test]
    fn a_compressed_file_holds_its_namesake() {
        assert_eq!(inside("a/.env.gz"), ".env");
        assert_eq!(inside("a/log"), "log");
        assert_eq!(inside("b.zip!/x.JSON.ZST"), "x.JSON");
    }
}
