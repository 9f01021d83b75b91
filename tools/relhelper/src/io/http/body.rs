//! The content of a file, continued where it broke off.

use std::io::{self, Read};
use std::sync::atomic::Ordering;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::StatusCode;
use reqwest::blocking::Response;

use super::HttpError;
use super::client::Http;
use super::identity::Identity;
use super::retry::{Failures, Pace};
use crate::release::FileName;

/// Files from this size on have a progress bar, in bytes.
const BAR_BYTES: u64 = 1024 * 1024;

/// The stream of a file's bytes.
pub(super) struct Body<'a> {
    http: &'a Http,
    file: FileName,
    /// None once it is read to its end, or failed.
    response: Option<Response>,
    ended: bool,
    identity: Identity,
    /// Of the same file, when it was read before.
    before: Option<(u64, u32)>,
    /// Number of bytes that were handed out, and their checksum.
    position: u64,
    checksum: crc32fast::Hasher,
    /// What was handed out before and comes again, from a server that starts anew.
    again: Option<Again>,
    failures: Failures,
    pace: Pace,
    bar: ProgressBar,
}

struct Again {
    left: u64,
    checksum: crc32fast::Hasher,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        http: &'a Http,
        file: &FileName,
        response: Response,
        identity: Identity,
        before: Option<(u64, u32)>,
        failures: Failures,
    ) -> Self {
        let bar = match identity.length {
            Some(length) if length >= BAR_BYTES => http.progress.add(ProgressBar::new(length)),
            _ => ProgressBar::hidden(),
        };
        let style =
            ProgressStyle::with_template("{msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(file.to_string());
        Self {
            http,
            file: file.clone(),
            response: Some(response),
            ended: false,
            identity,
            before,
            position: 0,
            checksum: crc32fast::Hasher::new(),
            again: None,
            failures,
            pace: Pace::default(),
            bar,
        }
    }

    /// The next bytes of the file, 0 at its end.
    fn next(&mut self, buffer: &mut [u8]) -> Result<usize, HttpError> {
        let mut scratch = [0; 16 * 1024];
        while let Some(response) = &mut self.response {
            let target = match &self.again {
                Some(again) => {
                    let length =
                        usize::try_from(again.left).unwrap_or(usize::MAX).min(scratch.len());
                    &mut scratch[..length]
                }
                None => &mut *buffer,
            };
            let begun = Instant::now();
            let outcome = response.read(target);
            let read = *outcome.as_ref().unwrap_or(&0);
            if !self.pace.keeps(begun.elapsed(), read as u64, &self.http.timing) {
                let timing = &self.http.timing;
                return Err(HttpError::TooSlow { bytes: timing.min_bytes, window: timing.window });
            }
            match outcome {
                Ok(0) => match self.missing() {
                    Some(error) => self.go_on(error)?,
                    None => self.finish()?,
                },
                Ok(read) if self.again.is_some() => self.compare(&scratch[..read])?,
                Ok(read) => {
                    self.position = self.position.saturating_add(read as u64);
                    self.checksum.update(&buffer[..read]);
                    self.bar.inc(read as u64);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let error = self.broken(error);
                    self.go_on(error)?;
                }
            }
        }
        if self.ended {
            return Ok(0);
        }
        // A failure stays one: no end of the file may be taken from it.
        Err(self.broken(io::Error::other("an earlier read failed")))
    }

    fn broken(&self, source: io::Error) -> HttpError {
        let cause = source.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
        if cause.is_some_and(reqwest::Error::is_timeout) {
            return HttpError::Stalled(self.http.timing.stall);
        }
        HttpError::Broken { position: self.position, source }
    }

    /// What is wrong with an end here, if something is.
    fn missing(&self) -> Option<HttpError> {
        let position = self.position;
        match self.identity.length {
            Some(promised) if promised > position => {
                Some(HttpError::Truncated { found: position, promised })
            }
            _ => self.again.as_ref().map(|again| HttpError::Truncated {
                found: position.saturating_sub(again.left),
                promised: position,
            }),
        }
    }

    /// Asks for the rest of the file, after a failure.
    fn go_on(&mut self, error: HttpError) -> Result<(), HttpError> {
        self.response = None;
        let position = self.position;
        self.http.pause(error, position, None, &mut self.failures)?;
        let validator = self.identity.validator();
        let response = self.http.ask(&self.file, position, validator, &mut self.failures)?;
        let headers = response.headers();
        let (later, again) = match response.status() {
            StatusCode::OK => {
                let again = Again { left: position, checksum: crc32fast::Hasher::new() };
                (Identity::of_whole(headers), (position > 0).then_some(again))
            }
            StatusCode::PARTIAL_CONTENT => {
                let rest = Identity::of_rest(headers, position);
                (rest.ok_or(HttpError::Part { position })?, None)
            }
            status => {
                let first = format!("{position} bytes or more");
                let later = format!("status {}", status.as_u16());
                return Err(HttpError::Changed { what: "the file", first, later });
            }
        };
        if let Some((what, first, later)) = self.identity.difference(&later) {
            return Err(HttpError::Changed { what, first, later });
        }
        self.again = again;
        self.response = Some(response);
        Ok(())
    }

    /// Compares what comes again with what came before.
    fn compare(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        let Some(again) = &mut self.again else { return Ok(()) };
        again.checksum.update(bytes);
        again.left = again.left.saturating_sub(bytes.len() as u64);
        if again.left == 0 {
            let later = again.checksum.clone().finalize();
            self.again = None;
            let first = self.checksum.clone().finalize();
            same_content((self.position, first), (self.position, later))?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), HttpError> {
        self.response = None;
        let content = (self.position, self.checksum.clone().finalize());
        if let Some(before) = self.before {
            same_content(before, content)?;
        }
        self.http.known(&self.file, |known| known.content = Some(content));
        self.http.tired.store(false, Ordering::Relaxed);
        self.ended = true;
        Ok(())
    }
}

fn same_content(first: (u64, u32), later: (u64, u32)) -> Result<(), HttpError> {
    let text = |(bytes, checksum)| format!("{bytes} bytes with the CRC-32 {checksum:08x}");
    if first == later {
        return Ok(());
    }
    Err(HttpError::Changed { what: "the content", first: text(first), later: text(later) })
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.next(buffer).map_err(|error| {
            self.response = None;
            io::Error::other(error)
        })
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
