//! Asking a server to do something: one request, one short answer.

use std::io::Read as _;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Url, redirect};

use super::HttpError;
use super::address;
use super::settings::{ClientError, Settings, certificates};

/// Most bytes that an answer may have.
const MAX_BYTES: u64 = 1024 * 1024;

/// A service at an address. It is asked once: what was done when an answer got lost, nobody knows. Redirects are not followed.
#[derive(Debug)]
pub struct Api {
    client: Client,
    address: Url,
}

impl Api {
    /// The service at the address `text`; see [`super::Http::new`] for proxies.
    ///
    /// # Errors
    ///
    /// When the address is refused, or the file of certificates cannot be read.
    pub fn new(text: &str, settings: &Settings) -> Result<Self, ClientError> {
        let address = address::service(text, settings.plain_http)
            .map_err(|source| ClientError::address(text, source))?;
        let mut builder = Client::builder()
            .user_agent(concat!("relhelper/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.timing.connect)
            .timeout(settings.timing.stall)
            .referer(false)
            .redirect(redirect::Policy::none());
        if address::is_loopback(&address) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &settings.ca_file {
            for certificate in certificates(path)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(Self { client: builder.build().map_err(ClientError::Client)?, address })
    }

    /// The answer to the JSON `body`, sent to `path` below the address.
    ///
    /// # Errors
    ///
    /// When there is none, or one that is not of success.
    pub fn post(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, HttpError> {
        let mut address = self.address.clone();
        address.set_path(&format!("{}/{path}", address.path().trim_end_matches('/')));
        answer(self.client.post(address).header(CONTENT_TYPE, "application/json").body(body))
    }

    /// What is at the address with `name=value` in its query, for the bearer of `token` (RFC 6750).
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is not of success.
    pub fn get(&self, (name, value): (&str, &str), token: &str) -> Result<Vec<u8>, HttpError> {
        let mut address = self.address.clone();
        address.query_pairs_mut().append_pair(name, value);
        answer(self.client.get(address).bearer_auth(token))
    }
}

fn answer(request: RequestBuilder) -> Result<Vec<u8>, HttpError> {
    // The address can have secrets in its query.
    let response = request
        .header(ACCEPT, "application/json")
        .send()
        .map_err(|error| HttpError::Request(error.without_url()))?;
    if !response.status().is_success() {
        return Err(HttpError::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    let read = response.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|source| HttpError::Broken { position: bytes.len() as u64, source })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(HttpError::TooLong(MAX_BYTES));
    }
    Ok(bytes)
}
