//! What a crate says of its licence. Nothing is guessed: what is not said stays unsaid.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use spdx::lexer::{Lexer, Token};
use spdx::{Expression, ParseMode};

/// The `license` and `license-file` of a manifest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum License {
    /// An SPDX licence expression, in its canonical spelling.
    Expression(String),
    /// Something else in its place.
    Text(String),
    /// A file in the crate.
    File(String),
    /// Neither.
    Missing,
}

/// What a manifest may contain: real identifiers, deprecated ones too, and the slash that cargo took for `OR`
/// before there were expressions. Identifiers that are merely similar would be guesses.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: true,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

impl License {
    /// Reads both fields of a manifest.
    #[must_use]
    pub fn of_manifest(license: Option<&str>, file: Option<&str>) -> Self {
        match (license.map(str::trim).filter(|text| !text.is_empty()), file) {
            (Some(text), _) => {
                canonical(text).map_or_else(|| Self::Text(text.to_owned()), Self::Expression)
            }
            (None, Some(file)) => Self::File(file.to_owned()),
            (None, None) => Self::Missing,
        }
    }
}

/// The expression with one space around operators, and these in capitals.
fn canonical(text: &str) -> Option<String> {
    Expression::parse_mode(text, MODE).ok()?;
    let mut canonical = String::new();
    for token in Lexer::new_mode(text, MODE) {
        match token.ok()?.token {
            Token::Spdx(license) => canonical.push_str(license.name),
            Token::Exception(exception) => canonical.push_str(exception.name),
            Token::LicenseRef { doc_ref, lic_ref } => {
                push_reference(&mut canonical, doc_ref, "LicenseRef-", lic_ref);
            }
            Token::AdditionRef { doc_ref, add_ref } => {
                push_reference(&mut canonical, doc_ref, "AdditionRef-", add_ref);
            }
            Token::Plus => canonical.push('+'),
            Token::OpenParen => canonical.push('('),
            Token::CloseParen => canonical.push(')'),
            Token::With => canonical.push_str(" WITH "),
            Token::And => canonical.push_str(" AND "),
            Token::Or => canonical.push_str(" OR "),
            Token::Unknown(_) => return None,
        }
    }
    Some(canonical)
}

fn push_reference(text: &mut String, document: Option<&str>, kind: &str, name: &str) {
    if let Some(document) = document {
        text.extend(["DocumentRef-", document, ":"]);
    }
    text.extend([kind, name]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&format!("{:?}", License::of_manifest(Some(text), None)));
    }

    #[test]
    fn writes_expressions_in_one_way() {
        check("MIT OR Apache-2.0", expect![[r#"Expression("MIT OR Apache-2.0")"#]]);
        check("MIT/Apache-2.0", expect![[r#"Expression("MIT OR Apache-2.0")"#]]);
        check("Unlicense / MIT", expect![[r#"Expression("Unlicense OR MIT")"#]]);
        check(
            "(MIT  or Apache-2.0) and  Unicode-3.0",
            expect![[r#"Expression("(MIT OR Apache-2.0) AND Unicode-3.0")"#]],
        );
        check(
            "Apache-2.0 WITH LLVM-exception",
            expect![[r#"Expression("Apache-2.0 WITH LLVM-exception")"#]],
        );
        check("GPL-2.0+", expect![[r#"Expression("GPL-2.0+")"#]]);
        check("LicenseRef-own", expect![[r#"Expression("LicenseRef-own")"#]]);
    }

    #[test]
    fn does_not_guess() {
        check("Apache2", expect![[r#"Text("Apache2")"#]]);
        check("MIT, Apache-2.0", expect![[r#"Text("MIT, Apache-2.0")"#]]);
        check("MIT OR", expect![[r#"Text("MIT OR")"#]]);
        check("see the website", expect![[r#"Text("see the website")"#]]);
        check(" ", expect!["Missing"]);
        assert_eq!(License::of_manifest(None, None), License::Missing);
        let file = License::File("COPYING".to_owned());
        assert_eq!(License::of_manifest(None, Some("COPYING")), file);
        assert_eq!(License::of_manifest(Some(""), Some("COPYING")), file);
    }

    proptest! {
        #[test]
        fn a_canonical_expression_stays_as_it_is(text in "((MIT|Apache-2.0|GPL-2.0\\+|0BSD)( OR | AND |/|)){1,4}") {
            if let License::Expression(once) = License::of_manifest(Some(&text), None) {
                prop_assert_eq!(License::of_manifest(Some(&once), None), License::Expression(once.clone()));
            }
        }
    }
}
