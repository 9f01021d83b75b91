//! Derivations as text, in the one form that Nix writes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use super::Derivation;
use super::aterm::{write_list, write_plain, write_string};
use super::encoding::hex;

/// Whether the paths of outputs are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outputs {
    Hidden,
    Shown,
}

impl Derivation {
    /// The content of the `.drv` file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let inputs = self
            .input_derivations
            .iter()
            .map(|(path, outputs)| (path.to_string(), outputs.clone()));
        self.write(&inputs.collect(), Outputs::Shown)
    }

    /// The content with `inputs` in place of the input derivations, and the paths of the outputs
    /// shown or left empty.
    pub(super) fn write(
        &self,
        inputs: &BTreeMap<String, BTreeSet<String>>,
        outputs: Outputs,
    ) -> Vec<u8> {
        let mut out = b"Derive(".to_vec();
        // Nix escapes nothing in names, paths and the system, so what would need it is not canonical.
        let string = |out: &mut Vec<u8>, value: &String| write_plain(out, value.as_bytes());
        write_list(&mut out, *b"[]", &self.outputs, |out, (name, output)| {
            let path =
                if outputs == Outputs::Shown { output.path.to_string() } else { String::new() };
            let (method, digest) = output
                .fixed
                .as_ref()
                .map(|fixed| (fixed.method_and_algorithm(), hex(&fixed.digest)))
                .unwrap_or_default();
            write_list(out, *b"()", [name, &path, &method, &digest], string);
        });
        out.push(b',');
        write_list(&mut out, *b"[]", inputs, |out, (input, outputs)| {
            out.push(b'(');
            write_plain(out, input.as_bytes());
            out.push(b',');
            write_list(out, *b"[]", outputs, string);
            out.push(b')');
        });
        out.push(b',');
        write_list(&mut out, *b"[]", &self.input_sources, |out, path| {
            write_plain(out, path.to_string().as_bytes());
        });
        out.push(b',');
        write_plain(&mut out, &self.system);
        out.push(b',');
        write_string(&mut out, &self.builder_path);
        out.push(b',');
        write_list(&mut out, *b"[]", &self.arguments, |out, argument| write_string(out, argument));
        out.push(b',');
        write_list(&mut out, *b"[]", &self.environment, |out, (name, value)| {
            let is_output =
                std::str::from_utf8(name).is_ok_and(|name| self.outputs.contains_key(name));
            let hidden = outputs == Outputs::Hidden && is_output;
            write_list(
                out,
                *b"()",
                [name.as_slice(), if hidden { b"" } else { value }],
                write_string,
            );
        });
        out.push(b')');
        out
    }
}
