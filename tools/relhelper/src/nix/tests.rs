//! Reading derivations that Nix wrote, and such as it would not.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::fixtures::DERIVATIONS;

#[derive(Debug, thiserror::Error)]
#[error("there is no such file")]
struct Missing;

type Files = BTreeMap<StorePath, Vec<u8>>;

fn files() -> Files {
    let path = |name: &str| format!("/nix/store/{name}").parse::<StorePath>().unwrap();
    DERIVATIONS.iter().map(|(name, content)| (path(name), content.to_vec())).collect()
}

fn named(files: &Files, name: &str) -> StorePath {
    files.keys().find(|path| path.name() == name).unwrap().clone()
}

fn read(files: &Files, root: &StorePath) -> Result<Closure, ClosureError<Missing>> {
    Closure::read([root], |path| files.get(path).cloned().ok_or(Missing))
}

/// Replaces `old` in the topmost derivation and gives it the path that its new content asks for,
/// so that only its outputs and inputs can be wrong.
fn forge(old: &str, new: &str) -> (Files, StorePath) {
    let mut files = files();
    let top = named(&files, "top-1.2.drv");
    let text = String::from_utf8(files.remove(&top).unwrap()).unwrap();
    assert!(text.contains(old), "{text}");
    let text = text.replace(old, new).into_bytes();
    let derivation = Derivation::parse(&text).unwrap();
    let root = StorePath::of_text(top.name(), &text, &derivation.references());
    files.insert(root.clone(), text);
    (files, root)
}

#[track_caller]
fn check_error((files, root): (Files, StorePath), expected: Expect) {
    expected.assert_eq(&read(&files, &root).unwrap_err().to_string());
}

#[test]
fn agrees_with_nix_on_every_path() {
    let files = files();
    let closure = read(&files, &named(&files, "top-1.2.drv")).unwrap();
    assert_eq!(closure.len(), files.len());
    let (maker, output) = closure
        .maker(&"/nix/store/lm3wbxa681k386msv2r9a6fn8qn77iki-several-doc".parse().unwrap())
        .unwrap();
    assert_eq!((maker.name(), output), ("several.drv", "doc"));
    let fixed: Vec<_> = closure
        .fixed_outputs()
        .map(|(path, fixed)| format!("{} {}", path.name(), fixed.method_and_algorithm()))
        .collect();
    assert_eq!(fixed.len(), 4);
    for row in ["flat-1.0.crate sha256", "old.tar.gz sha1", "old-tree r:sha512", "tree r:sha256"] {
        assert!(fixed.contains(&row.to_owned()), "{fixed:?}");
    }
}

#[test]
fn writes_derivations_as_nix_does() {
    for (name, content) in DERIVATIONS {
        let derivation = Derivation::parse(content).unwrap();
        assert_eq!(derivation.to_bytes(), content, "{name}");
    }
}

#[test]
fn does_not_need_the_order_of_the_roots() {
    let files = files();
    let forwards =
        Closure::read(files.keys(), |path| files.get(path).cloned().ok_or(Missing)).unwrap();
    let backwards =
        Closure::read(files.keys().rev(), |path| files.get(path).cloned().ok_or(Missing)).unwrap();
    assert_eq!(forwards, backwards);
}

#[test]
fn refuses_a_file_with_the_content_of_another() {
    let mut files = files();
    let (top, tree) = (named(&files, "top-1.2.drv"), named(&files, "tree.drv"));
    let old_tree = files[&named(&files, "old-tree.drv")].clone();
    files.insert(tree, old_tree);
    check_error(
        (files, top),
        expect![
            "/nix/store/8m9hclcs9h31rp6kjvd9akmdjb148fjm-tree.drv: its content belongs to /nix/store/qcprczqkhjlx3vi4fhhm5ga4gcz3qhxx-tree.drv"
        ],
    );
}

#[test]
fn refuses_an_incomplete_closure() {
    let mut files = files();
    let (top, old) = (named(&files, "top-1.2.drv"), named(&files, "old.tar.gz.drv"));
    files.remove(&old);
    check_error(
        (files, top),
        expect![
            "/nix/store/vaw6wyf3amhyn9wdxab5i3m84yr3k14y-old.tar.gz.drv: there is no such file"
        ],
    );
}

#[test]
fn refuses_outputs_that_do_not_follow_from_the_inputs() {
    // The path in the outputs and the environment alike, as a forger would.
    check_error(
        forge("khg9yl5pj9ccm20ni6n90drvi926im7v", "khg9yl5pj9ccm20ni6n90drvi926im7w"),
        expect![
            "/nix/store/xdl4dir821cik1gwn45lk3fyxlx3pxyj-top-1.2.drv: its output `out` is said to be /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7w-top-1.2, but by its inputs it is /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2"
        ],
    );
    check_error(
        forge("\"flag\\\":true", "\"flag\\\":false"),
        expect![
            "/nix/store/wkf6y1fmhk5krqmrcmvqw98ds6z26q5g-top-1.2.drv: its output `out` is said to be /nix/store/khg9yl5pj9ccm20ni6n90drvi926im7v-top-1.2, but by its inputs it is /nix/store/s24jr3lwz8n9lfpcziq08gxvpn3w3sj6-top-1.2"
        ],
    );
    check_error(
        forge("[\"doc\",\"out\"]", "[\"dev\",\"out\"]"),
        expect![
            "/nix/store/zwngf7s5ghq3a2dh6g2xkwkkwqkhr27s-top-1.2.drv: it uses the output `dev` of /nix/store/wnc91h25b9bm6wdgqaxp5hbbnhakpnvn-several.drv, which has none of that name"
        ],
    );
}

#[test]
fn refuses_a_name_that_is_no_derivation() {
    let path: StorePath =
        "/nix/store/lm3wbxa681k386msv2r9a6fn8qn77iki-several-doc".parse().unwrap();
    check_error(
        (files(), path),
        expect![
            "/nix/store/lm3wbxa681k386msv2r9a6fn8qn77iki-several-doc: its name does not end with `.drv`"
        ],
    );
}

#[track_caller]
fn check_parse_error(name: &str, old: &str, new: &str, expected: Expect) {
    let files = files();
    let text = String::from_utf8(files[&named(&files, name)].clone()).unwrap();
    assert!(text.contains(old), "{text}");
    expected.assert_eq(
        &Derivation::parse(text.replacen(old, new, 1).as_bytes()).unwrap_err().to_string(),
    );
}

#[test]
fn says_what_it_does_not_support() {
    let out = "/nix/store/5cb1lp05wids3zavjqqfwkawllanq2f9-old.tar.gz";
    check_parse_error(
        "old.tar.gz.drv",
        "Derive(",
        "DrvWithVersion(\"xp-dyn-drv\",",
        expect![
            "it depends on derivations that are built first (feature dynamic-derivations); such derivations are not supported"
        ],
    );
    check_parse_error(
        "old.tar.gz.drv",
        out,
        "",
        expect![
            "the output `out` is addressed by its content, so its path is not known before it is built; such derivations are not supported"
        ],
    );
    check_parse_error(
        "old.tar.gz.drv",
        "\"sha1\"",
        "\"git:sha1\"",
        expect![
            "the output `out` is fixed by `git:sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709`, expected an optional `r:` and one of blake3, md5, sha1, sha256, sha512, and a digest of its length"
        ],
    );
    check_parse_error(
        "old.tar.gz.drv",
        "\"sha1\"",
        "\"sha256\"",
        expect![
            "the output `out` is fixed by `sha256:da39a3ee5e6b4b0d3255bfef95601890afd80709`, expected an optional `r:` and one of blake3, md5, sha1, sha256, sha512, and a digest of its length"
        ],
    );
    check_parse_error(
        "old.tar.gz.drv",
        "(\"out\",",
        "(\"doc\",",
        expect![
            "an output of a derivation with a fixed output is called `doc`, expected `out` alone"
        ],
    );
}

#[test]
fn refuses_what_nix_would_not_write() {
    // Nix escapes nothing in the system. Found by the fuzz target `aterm`.
    check_parse_error(
        "several.drv",
        "x86_64-linux",
        "x86\\\"linux",
        expect![
            "it is not written as Nix writes it: lists that are not sorted, a name twice, or needless escapes"
        ],
    );
    check_parse_error(
        "old.tar.gz.drv",
        "\"builtin\"",
        "\"\\builtin\"",
        expect![
            "it is not written as Nix writes it: lists that are not sorted, a name twice, or needless escapes"
        ],
    );
    check_parse_error(
        "several.drv",
        "[\"-c\",",
        "[ \"-c\",",
        expect![[r#"there is ` \"-c\",\"tab\\t` at byte 423, expected `"`"#]],
    );
    check_parse_error(
        "tree.drv",
        "Derive([",
        "Derive([],[",
        expect!["`out` is not a store path: it does not start with `/nix/store/`"],
    );
    check_parse_error(
        "tree.drv",
        "/nix/store/",
        "/gnu/store/",
        expect![
            "`/gnu/store/1h48vji4kxgspjfvwvsc5hfwbf08qn5v-tree` is not a store path: it does not start with `/nix/store/`"
        ],
    );
    let trailing = [DERIVATIONS[1].1, b"\n"].concat();
    assert_eq!(
        Derivation::parse(&trailing).unwrap_err().to_string(),
        "there is `\\n` at byte 485, expected the end"
    );
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..12)
}

fn store_path(suffix: &'static str) -> impl Strategy<Value = StorePath> {
    "[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+._?=-]{1,9}"
        .prop_map(move |base| format!("/nix/store/{base}{suffix}").parse().unwrap())
}

prop_compose! {
    fn derivation()(
        outputs in prop::collection::btree_map("[a-z]{1,4}", store_path(""), 1..4),
        input_derivations in prop::collection::btree_map(store_path(".drv"), prop::collection::btree_set("[a-z]{1,4}", 1..3), 0..4),
        input_sources in prop::collection::btree_set(store_path(""), 0..4),
        system in "[a-z0-9_-]{0,12}",
        builder_path in bytes(),
        arguments in prop::collection::vec(bytes(), 0..4),
        environment in prop::collection::btree_map(bytes(), bytes(), 0..4),
    ) -> Derivation {
        let outputs = outputs.into_iter().map(|(name, path)| (name, Output { path, fixed: None })).collect();
        Derivation { outputs, input_derivations, input_sources, system: system.into_bytes(), builder_path, arguments, environment }
    }
}

proptest! {
    #[test]
    fn parsing_is_the_inverse_of_writing(derivation in derivation()) {
        prop_assert_eq!(Derivation::parse(&derivation.to_bytes()).unwrap(), derivation);
    }

    #[test]
    fn a_changed_byte_is_an_error(file in 0..DERIVATIONS.len(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = files();
        let (top, path) = (named(&files, "top-1.2.drv"), files.keys().nth(file).unwrap().clone());
        let content = files.get_mut(&path).unwrap();
        let at = at.index(content.len());
        prop_assume!(content[at] != byte);
        content[at] = byte;
        prop_assert!(read(&files, &top).is_err());
    }
}
