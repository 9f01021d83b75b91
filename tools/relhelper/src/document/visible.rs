//! Text of strangers, so that people see what is there.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// The text with those characters written as `\u{202e}` that move the cursor, turn the direction of what follows, or cannot be
/// seen. Ends of lines stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// Controls, and of the format characters of Unicode those that hide, or order text (UAX #9, section 2).
fn is_hidden(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    format || c.is_control() && c != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_what_hides_or_turns_text() {
        assert_eq!(visible("a\u{202e}gnp.exe"), "a\\u{202e}gnp.exe");
        assert_eq!(visible("\u{1b}[2J\u{200b}\r\n"), "\\u{1b}[2J\\u{200b}\\u{d}\n");
        // Words of other languages stay as they are.
        for text in ["naïve e\u{301}", "हिन्दी", "עברית", "\"q\" \\ 'q'", "a\nb"]
        {
            assert_eq!(visible(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_nothing_else_changes(text in "(\\PC|\\p{Cf}|\\p{Cc}){0,40}") {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(visible(&shown), shown.clone());
            prop_assert!(text.chars().any(is_hidden) || shown == text);
        }
    }
}
