//! Options of every command that reads from servers.

use std::path::PathBuf;

use clap::Args;

use crate::io::http::{PlainHttp, Settings, Timing};

/// How servers are asked.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Servers")]
pub struct Server {
    /// Also read over HTTP without TLS; from this machine that is always possible
    #[arg(long)]
    pub allow_plain_http: bool,
    /// Certificates (PEM) of authorities to trust beside those built in
    #[arg(env = "SSL_CERT_FILE", hide_env_values = true, long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

impl Server {
    /// The same, for the client.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            plain_http: if self.allow_plain_http {
                PlainHttp::Anywhere
            } else {
                PlainHttp::LoopbackOnly
            },
            ca_file: self.ca_file.clone(),
            timing: Timing::default(),
            progress: true,
        }
    }
}
