//! Configs that a program fills in before they are used: what stands between `{{` and `}}` is no part of their syntax.

/// The text without its instructions, each other byte where it was; `None` where it has none. An instruction on lines of
/// its own leaves blanks, one within a line a number, which may stand wherever a value may.
pub(super) fn blanked(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((inside, after)) = behind.split_once("}}") else { break };
        bytes.extend_from_slice(before.as_bytes());
        let begins = before.rsplit('\n').next().unwrap_or(before).trim().is_empty();
        let ends = after.split('\n').next().unwrap_or(after).trim().is_empty();
        let (from, length) = (bytes.len(), inside.len() + 4);
        bytes.extend(inside.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }));
        bytes.resize(from + length, b' ');
        if let Some(first) = bytes.get_mut(from).filter(|_| !(begins && ends)) {
            *first = b'0';
        }
        rest = after;
    }
    if bytes.is_empty() {
        return None;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_leave_what_is_around_them_in_place() {
        let text = "{{ if eq .os \"linux\" }}\n[a]\nb = {{ .b | quote }}\nc = \"{{ read \"op://é\" }}\"\n{{- end }}\nd = \"x\"";
        let blank = blanked(text).expect("it has instructions");
        assert_eq!(blank.len(), text.len());
        assert_eq!(blank.find("d = \"x\""), text.find("d = \"x\""));
        assert!(crate::client::toml::read(&blank).is_ok(), "{blank}");
        assert_eq!(blanked("{\"a\": {}}"), None, "what has none");
        assert_eq!(blanked("{{ open"), None);
    }
}
