//! Addresses of servers: which are accepted, and where they may send on to.

use reqwest::Url;

use crate::release::FileName;

/// Most redirects that are followed for one file.
pub const MAX_REDIRECTS: usize = 10;

/// Where HTTP without TLS is accepted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PlainHttp {
    /// From every server. Whoever is on the way can then change what is read, so only digests and signatures protect.
    Anywhere,
    /// From this machine only.
    #[default]
    LoopbackOnly,
}

/// An address that is not asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AddressError {
    #[error("it has a user name or a password, which would end up in logs")]
    Credentials,
    #[error("a folder of this machine is given by its path, not as `file://`")]
    File,
    #[error("it has no host")]
    Host,
    #[error("it cannot be parsed: {0}")]
    Parse(String),
    #[error("it is plain HTTP, and `{host}` is not this machine")]
    PlainHttp { host: String },
    #[error("it has a query or a fragment, and names of files could not follow it")]
    Query,
    #[error("its scheme is `{0}`, expected `https`")]
    Scheme(String),
}

/// A redirect that is not followed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum RedirectError {
    #[error("the server redirects to {to}: {source}")]
    Address { to: String, source: AddressError },
    #[error("the server redirects from HTTPS to plain HTTP: {to}")]
    Downgrade { to: String },
    #[error("the server redirects more than {MAX_REDIRECTS} times")]
    TooMany,
}

/// The address of the folder at `text`; its path ends with a slash.
///
/// # Errors
///
/// When nothing should be read from there.
pub fn folder(text: &str, plain_http: PlainHttp) -> Result<Url, AddressError> {
    let mut url = Url::parse(text).map_err(|error| AddressError::Parse(error.to_string()))?;
    accept(&url, plain_http)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::Query);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// The address of a service at `text`.
///
/// # Errors
///
/// When it should not be asked.
pub fn service(text: &str, plain_http: PlainHttp) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|error| AddressError::Parse(error.to_string()))?;
    accept(&url, plain_http)?;
    Ok(url)
}

/// The address of a file in the folder `folder`.
#[must_use]
pub fn file(folder: &Url, name: &FileName) -> Url {
    let mut url = folder.clone();
    // Some object stores take a plus for a space; every server takes `%2B` for a plus.
    url.set_path(&format!("{}{}", folder.path(), name.as_str().replace('+', "%2B")));
    url
}

/// Whether to follow a redirect to `next` after `previous`, the address that was asked for first.
///
/// # Errors
///
/// When it leads to what would not have been asked for in the first place, from HTTPS to HTTP, or on and on.
pub fn redirect(previous: &[Url], next: &Url, plain_http: PlainHttp) -> Result<(), RedirectError> {
    if previous.len() > MAX_REDIRECTS {
        return Err(RedirectError::TooMany);
    }
    let to = shown(next.as_str());
    if next.scheme() == "http" && previous.iter().any(|url| url.scheme() == "https") {
        return Err(RedirectError::Downgrade { to });
    }
    accept(next, plain_http).map_err(|source| RedirectError::Address { to, source })
}

fn accept(url: &Url, plain_http: PlainHttp) -> Result<(), AddressError> {
    if url.scheme() == "file" {
        return Err(AddressError::File);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::Scheme(url.scheme().to_owned()));
    }
    let host = url.host_str().ok_or(AddressError::Host)?;
    if url.scheme() == "http" && plain_http == PlainHttp::LoopbackOnly && !is_loopback(url) {
        return Err(AddressError::PlainHttp { host: host.to_owned() });
    }
    if has_user(url) {
        return Err(AddressError::Credentials);
    }
    Ok(())
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether an address may have a user name or a password in it, but for the user name that SSH wants.
#[must_use]
pub fn may_have_password(text: &str) -> bool {
    if !(text.contains("://") && text.contains('@')) {
        return false;
    }
    match Url::parse(text) {
        Ok(url) if url.scheme().ends_with("ssh") => url.password().is_some(),
        Ok(url) => has_user(&url),
        // Nobody knows what the parts of it are.
        Err(_) => true,
    }
}

/// An address as it may be told: without user name, password, query and fragment, which can hold what gives access.
#[must_use]
pub fn shown(text: &str) -> String {
    if !text.contains(['@', '?', '#']) {
        return text.to_owned();
    }
    match Url::parse(text) {
        // A password with a slash in it goes on in what looks like the path.
        Ok(mut url) if url.has_host() && !(has_user(&url) && url.path().contains('@')) => {
            let more = if url.query().is_some() || url.fragment().is_some() { "?…" } else { "" };
            url.set_query(None);
            url.set_fragment(None);
            // This fails only where there is none.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            format!("{url}{more}")
        }
        // How far they go, nobody knows.
        _ => {
            let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
            let is_scheme = !scheme.is_empty() && scheme.bytes().all(|c| c.is_ascii_alphanumeric());
            if is_scheme { format!("{scheme}://…") } else { "…".to_owned() }
        }
    }
}

/// Whether an address is one of this machine, by its own words: `localhost` (RFC 6761, section 6.3) or a loopback address.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn accepts_https_everywhere_and_http_on_this_machine() {
        let accepted = |text: &str, plain| folder(text, plain).map(|url| url.to_string());
        let strict = PlainHttp::LoopbackOnly;
        assert_eq!(accepted("https://host/a", strict).unwrap(), "https://host/a/");
        for text in
            ["http://127.0.0.1:80/", "http://127.8.9.1/", "http://[::1]:9/", "http://localhost"]
        {
            accepted(text, strict).unwrap();
        }
        for host in
            ["10.0.0.1", "localhost.example", "127.0.0.1.example", "[::2]", "[::ffff:10.0.0.1]"]
        {
            let error = accepted(&format!("http://{host}/"), strict).unwrap_err();
            assert!(matches!(error, AddressError::PlainHttp { .. }), "{host}");
        }
        accepted("http://example/", PlainHttp::Anywhere).unwrap();
    }

    #[test]
    fn refuses_other_schemes_credentials_and_queries() {
        let error = |text| folder(text, PlainHttp::Anywhere).unwrap_err();
        assert_eq!(error("ftp://host/"), AddressError::Scheme("ftp".to_owned()));
        assert_eq!(error("file:///etc"), AddressError::File);
        assert_eq!(error("https://me:secret@host/"), AddressError::Credentials);
        assert_eq!(error("https://me@host/"), AddressError::Credentials);
        assert_eq!(error("https://host/?a=b"), AddressError::Query);
        assert_eq!(error("https://host/#a"), AddressError::Query);
        assert!(matches!(error("https://"), AddressError::Parse(_)));
    }

    #[test]
    fn never_follows_a_redirect_to_a_lesser_protocol() {
        let go = |from: &str, to: &str, plain| redirect(&[url(from)], &url(to), plain);
        for plain in [PlainHttp::Anywhere, PlainHttp::LoopbackOnly] {
            assert_eq!(go("https://a/", "https://b/x?signature=1", plain), Ok(()));
            assert!(matches!(
                go("https://a/", "http://a/", plain),
                Err(RedirectError::Downgrade { .. })
            ));
            let to_this_machine = go("https://a/", "http://127.0.0.1/", plain);
            assert!(matches!(to_this_machine, Err(RedirectError::Downgrade { .. })));
            for to in ["file:///etc/passwd", "ftp://a/", "data:,a", "https://me:secret@b/"] {
                assert!(
                    matches!(go("https://a/", to, plain), Err(RedirectError::Address { .. })),
                    "{to}"
                );
            }
        }
        assert_eq!(go("http://127.0.0.1/", "http://127.0.0.1:1/", PlainHttp::LoopbackOnly), Ok(()));
        assert!(go("http://127.0.0.1/", "http://other/", PlainHttp::LoopbackOnly).is_err());
        assert_eq!(go("http://127.0.0.1/", "http://other/", PlainHttp::Anywhere), Ok(()));
        // The way went over HTTPS once.
        let previous = [url("http://127.0.0.1/"), url("https://a/")];
        assert!(redirect(&previous, &url("http://127.0.0.1/"), PlainHttp::Anywhere).is_err());
    }

    #[test]
    fn follows_ten_redirects_and_tells_no_query() {
        let previous = vec![url("https://a/"); 11];
        assert_eq!(redirect(&previous[..10], &url("https://b/"), PlainHttp::Anywhere), Ok(()));
        let error = redirect(&previous, &url("https://b/"), PlainHttp::Anywhere);
        assert_eq!(error, Err(RedirectError::TooMany));
        let error =
            redirect(&previous[..1], &url("ftp://b/x?key=1"), PlainHttp::Anywhere).unwrap_err();
        assert!(!error.to_string().contains("key"), "{error}");
        let error = redirect(&previous[..1], &url("https://me:secret@b/"), PlainHttp::Anywhere);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("the server redirects to https://b/: "), "{error}");
    }

    #[test]
    fn tells_addresses_with_passwords() {
        for text in [
            "https://me:secret@host/a",
            "https://secret@host/a",
            "git+https://secret@host/a?rev=1",
            "git+https://me:sec/ret@host/a",
            "git+ssh://me:secret@host/a",
            "https://me:sec/ret@host/a",
        ] {
            assert!(may_have_password(text), "{text}");
        }
        for text in [
            "https://host/@scope/a",
            "git+ssh://git@host/a",
            "github:a/b",
            "folder@1",
            "git+file:///a@b",
            "git+https://host/a?ref=a@b",
        ] {
            assert!(!may_have_password(text), "{text}");
        }
    }

    #[test]
    fn an_address_is_told_without_what_gives_access() {
        for (text, expected) in [
            ("https://host/a", "https://host/a"),
            ("https://", "https://"),
            ("https://host/@scope/a", "https://host/@scope/a"),
            ("https://me:secret@host:1/a", "https://host:1/a"),
            ("https://secret@host/a?secret=1#secret", "https://host/a?…"),
            ("http://host?secret", "http://host/?…"),
            ("https://host/#secret", "https://host/?…"),
            ("ftp://me:secret@host/", "ftp://host/"),
            // No host, or no address at all: it cannot be told where the secret ends.
            ("https://me:sec/ret@host/", "https://…"),
            ("https://me:sec?ret@host/", "https://…"),
            ("https://me:sec@ret/et@host/", "https://…"),
            ("https://me:secret@", "https://…"),
            ("data:,secret?", "…"),
            ("me:secret@host/", "…"),
            ("secret@host://", "…"),
            ("secret?", "…"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_password_or_a_query_is_told(text in "(https?|ftp)://[a-z]{0,3}:XY[!-~]{0,5}XY@[a-z:/?@]{0,6}", query in "[!-~]{0,5}") {
            prop_assert!(!shown(&text).contains("XY"), "{text}");
            let text = format!("https://host/?XY{query}");
            prop_assert!(!shown(&text).contains("XY"), "{text}");
        }

        #[test]
        fn a_file_stays_in_its_folder(name in "[A-Za-z0-9_][A-Za-z0-9+._-]{0,20}[A-Za-z0-9_]", path in "(/[a-z%. ]{0,5}){0,3}") {
            let (Ok(base), Ok(name)) = (folder(&format!("https://host{path}"), PlainHttp::LoopbackOnly), name.parse()) else {
                return Ok(());
            };
            let url = file(&base, &name);
            prop_assert_eq!(url.host_str(), Some("host"));
            prop_assert_eq!(url.join(".").unwrap(), base);
            prop_assert_eq!(url.path_segments().unwrap().next_back().unwrap().replace("%2B", "+"), name.as_str());
        }
    }
}
