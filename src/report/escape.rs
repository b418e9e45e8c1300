//! Makes names that come from scanned files safe to show: nothing in them may move the cursor, hide or reorder text.

use std::fmt::Write as _;

/// `text` on one line, with every character that could act on a terminal or mislead a reader written as an escape:
/// controls as `\x1b`, bidirectional overrides, invisible characters and line separators as `\u{202e}`.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if !misleads(character) {
            shown.push(character);
        } else if (character as u32) < 0x80 {
            let _ = write!(shown, "\\x{:02x}", character as u32);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", character as u32);
        }
    }
    shown
}

/// Whether a character has an effect instead of a shape. Ranges: Unicode 16, categories Cc and Cf as far as they are
/// used for spoofing, and the line and paragraph separators.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_in_any_script_are_shown_as_they_are() {
        assert_eq!(escape("Größe/数据 – mcp.json"), "Größe/数据 – mcp.json");
    }

    #[test]
    fn a_name_cannot_colour_the_terminal_break_the_line_or_reverse_text() {
        assert_eq!(escape("a\x1b[31m\r\nb\u{202e}c\u{9b}"), "a\\x1b[31m\\x0d\\x0ab\\u{202e}c\\u{9b}");
    }
}
