//! Identity tokens: secrets that say whom somebody vouches for.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::request::{RequestError, unreadable};

/// An identity token of `OpenID` Connect: a JSON Web Token (RFC 7519).
pub struct Token {
    text: Zeroizing<String>,
    subject: String,
}

/// What the issuer of tokens answers, as GitHub Actions does.
#[derive(Deserialize)]
struct Answer {
    value: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
}

impl Token {
    /// Reads whom the token is about. That it is true, only its issuer can tell, whom the authority asks.
    ///
    /// # Errors
    ///
    /// When it is no token, or about nobody.
    pub fn parse(text: Zeroizing<String>) -> Result<Self, RequestError> {
        let wrong = RequestError::Token("is no JSON Web Token");
        let mut parts = text.trim().split('.');
        let (Some(_), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong);
        };
        let claims =
            Zeroizing::new(BASE64URL_NOPAD.decode(claims.as_bytes()).map_err(|_| wrong.clone())?);
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| wrong)?;
        // As the authority does it.
        let subject = match (claims.email, claims.email_verified) {
            (Some(email), Some(true)) => email,
            (Some(_), _) => {
                return Err(RequestError::Token("has an address of mail that nobody verified"));
            }
            (None, _) => claims.sub.ok_or(RequestError::Token("is about nobody"))?,
        };
        let text = Zeroizing::new(text.trim().to_owned());
        Ok(Self { text, subject })
    }

    /// The token in the answer of who issues them.
    ///
    /// # Errors
    ///
    /// When there is none. Nothing of the answer is in the error.
    pub fn of_issuer(answer: &[u8]) -> Result<Self, RequestError> {
        let answer: Answer = serde_json::from_slice(answer)
            .map_err(|error| unreadable("issuer of tokens", &error))?;
        Self::parse(Zeroizing::new(answer.value))
    }

    /// As it is shown to the authority.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whom it is about.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Result<String, RequestError> {
        let text = format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(claims.as_bytes()));
        Token::parse(Zeroizing::new(text)).map(|token| token.subject)
    }

    #[test]
    fn a_token_is_about_a_verified_address_or_a_subject() {
        assert_eq!(token(r#"{"sub":"repo:a/b"}"#).unwrap(), "repo:a/b");
        let verified = r#"{"sub":"1","email":"a@example.com","email_verified":true}"#;
        assert_eq!(token(verified).unwrap(), "a@example.com");
        for claims in [
            r#"{"sub":"1","email":"a@example.com","email_verified":false}"#,
            r#"{"sub":"1","email":"a@example.com"}"#,
            "{}",
            "[]",
            "",
        ] {
            assert!(matches!(token(claims), Err(RequestError::Token(_))), "{claims}");
        }
        for text in ["", "a.b", "a.b.c.d", "!.!.!"] {
            let error = Token::parse(Zeroizing::new(text.to_owned())).map(|_| ()).unwrap_err();
            assert_eq!(error, RequestError::Token("is no JSON Web Token"));
        }
    }

    #[test]
    fn an_answer_of_another_form_betrays_no_token() {
        let token = format!("e30.{}.c2VjcmV0", BASE64URL_NOPAD.encode(br#"{"sub":"me"}"#));
        let of = |answer: String| Token::of_issuer(answer.as_bytes()).map(|token| token.subject);
        assert_eq!(of(format!(r#"{{"value":"{token}"}}"#)).unwrap(), "me");
        for answer in [
            format!("\"{token}\""),
            format!("[\"{token}\", \"{token}\"]"),
            format!(r#"{{"{token}":1}}"#),
            format!(r#"{{"value":{{"{token}":1}}}}"#),
            token.clone(),
        ] {
            let error = of(answer.clone()).unwrap_err().to_string();
            let expected = "the answer of the issuer of tokens cannot be used: \
                it is not the JSON that is expected, in line 1, column ";
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains("c2VjcmV0") && !error.contains("e30"), "{answer}: {error}");
        }
    }
}
