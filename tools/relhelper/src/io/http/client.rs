//! Asking a server for files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressDrawTarget};
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, IF_RANGE, RANGE, RETRY_AFTER};
use reqwest::{StatusCode, Url, redirect};

use super::HttpError;
use super::address;
use super::body::Body;
use super::certificate;
use super::identity::Identity;
use super::retry::{self, Failures, Timing};
use super::settings::{ClientError, Settings, certificates};
use crate::io::origin::{Capped, Origin, OriginError};
use crate::release::FileName;

/// What is known of a file that was asked for before.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub identity: Identity,
    /// Bytes and CRC-32 of the content, once it was read to its end. They find accidents, not attacks: `io::verified`.
    pub content: Option<(u64, u32)>,
}

/// A folder on a server.
#[derive(Debug)]
pub struct Http {
    client: Client,
    folder: Url,
    pub(super) timing: Timing,
    pub(super) progress: MultiProgress,
    known: Mutex<BTreeMap<FileName, Known>>,
    /// Whether the last file that was done with failed again and again. The next one is then asked for once.
    pub(super) tired: AtomicBool,
}

impl Http {
    /// The folder at the address `text`. Nothing is asked yet.
    ///
    /// Proxies are those of the variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; this machine is asked
    /// without one.
    ///
    /// # Errors
    ///
    /// When the address is refused, or the file of certificates cannot be read.
    pub fn new(text: &str, settings: &Settings) -> Result<Self, ClientError> {
        let plain_http = settings.plain_http;
        let folder = address::folder(text, plain_http)
            .map_err(|source| ClientError::address(text, source))?;
        let follow = move |attempt: redirect::Attempt<'_>| match address::redirect(
            attempt.previous(),
            attempt.url(),
            plain_http,
        ) {
            Ok(()) => attempt.follow(),
            Err(error) => attempt.error(error),
        };
        let mut builder = Client::builder()
            .user_agent(concat!("relhelper/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.timing.connect)
            .timeout(settings.timing.stall)
            .referer(false)
            .redirect(redirect::Policy::custom(follow));
        if address::is_loopback(&folder) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &settings.ca_file {
            for certificate in certificates(path)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(ClientError::Client)?;
        // A target that is not a terminal shows nothing.
        let target = if settings.progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = MultiProgress::with_draw_target(target);
        Ok(Self {
            client,
            folder,
            timing: settings.timing,
            progress,
            known: Mutex::default(),
            tired: AtomicBool::new(false),
        })
    }

    /// What is known of a file, after `update`.
    pub(super) fn known(&self, file: &FileName, update: impl FnOnce(&mut Known)) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(file.clone()).or_default();
        update(entry);
        entry.clone()
    }

    /// The answer to a request for a file, from byte `position` on if that is not 0: status 200, 206 (with a position only),
    /// 404, 410 or 416 (with a position only).
    pub(super) fn ask(
        &self,
        file: &FileName,
        position: u64,
        validator: Option<&str>,
        failures: &mut Failures,
    ) -> Result<Response, HttpError> {
        loop {
            let (error, asked) = match self.ask_once(file, position, validator) {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            self.pause(error, position, asked, failures)?;
        }
    }

    /// Waits after a failure, or gives up and returns it.
    pub(super) fn pause(
        &self,
        error: HttpError,
        position: u64,
        asked: Option<Duration>,
        failures: &mut Failures,
    ) -> Result<(), HttpError> {
        if !error.may_pass() || self.tired.load(Ordering::Relaxed) {
            return Err(error);
        }
        if let Some(delay) = failures.count(position, asked, &self.timing) {
            thread::sleep(delay);
            return Ok(());
        }
        self.tired.store(true, Ordering::Relaxed);
        match asked {
            Some(asked) if asked > self.timing.max_retry_after => Err(HttpError::Rest(asked)),
            _ => Err(error),
        }
    }

    fn ask_once(
        &self,
        file: &FileName,
        position: u64,
        validator: Option<&str>,
    ) -> Result<Response, (HttpError, Option<Duration>)> {
        let mut request =
            self.client.get(address::file(&self.folder, file)).header(ACCEPT_ENCODING, "identity");
        if position > 0 {
            request = request.header(RANGE, format!("bytes={position}-"));
            if let Some(validator) = validator {
                request = request.header(IF_RANGE, validator);
            }
        }
        let response = request.send().map_err(|error| {
            let stalled = error.is_timeout() && !error.is_connect();
            let error = error.without_url();
            let error = match certificate::refused(&error) {
                Some(why) => HttpError::Certificate(why),
                None if stalled => HttpError::Stalled(self.timing.stall),
                None => HttpError::Request(error),
            };
            (error, None)
        })?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(response),
            StatusCode::OK => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if position > 0 => {}
            status => {
                let asked =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let asked =
                    asked.and_then(|value| retry::retry_after(value, jiff::Timestamp::now()));
                return Err((HttpError::Status(status.as_u16()), asked));
            }
        }
        let encoding = response.headers().get(CONTENT_ENCODING);
        if let Some(encoding) =
            encoding.filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
        {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).escape_debug().to_string();
            return Err((HttpError::Encoded(encoding), None));
        }
        Ok(response)
    }
}

impl Origin for Http {
    fn name(&self) -> String {
        self.folder.to_string()
    }

    /// A server cannot be listed.
    fn list(&self) -> Result<Option<BTreeSet<String>>, OriginError> {
        Ok(None)
    }

    fn open(&self, file: &FileName, limit: u64) -> Result<Box<dyn Read + Send + '_>, OriginError> {
        let unreadable = |error| OriginError::Unreadable {
            what: address::file(&self.folder, file).to_string(),
            source: std::io::Error::other(error),
        };
        let mut failures = Failures::default();
        let response = self.ask(file, 0, None, &mut failures).map_err(unreadable)?;
        if response.status() != StatusCode::OK {
            return Err(OriginError::Missing { file: file.to_string(), origin: self.name() });
        }
        let identity = Identity::of_whole(response.headers());
        if identity.length.is_some_and(|length| length > limit) {
            return Ok(Box::new(Capped::too_long(std::io::empty(), limit)));
        }
        let mut difference = None;
        let known = self.known(file, |known| {
            difference = known.identity.difference(&identity);
            if difference.is_none() {
                known.identity.clone_from(&identity);
            }
        });
        if let Some((what, first, later)) = difference {
            return Err(unreadable(HttpError::Changed { what, first, later }));
        }
        let body = Body::new(self, file, response, identity, known.content, failures);
        Ok(Box::new(Capped::new(body, limit)))
    }
}
