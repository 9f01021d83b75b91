use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{
    LINUX, OUTPUT, bundle_metadata, check_sums, emit_release, names, release_metadata, relhelper,
    run, write_attributes,
};

#[test]
fn writes_a_release_in_the_nix_sandbox() {
    let (build_top, out) = (tempdir().unwrap(), tempdir().unwrap());
    let metadata = release_metadata(build_top.path());
    write_attributes(&build_top.path().join(".attrs.json"), &metadata, out.path());
    // Nix 2.8 names a file that does not exist inside of the sandbox.
    let nowhere = build_top.path().join("outside/.attrs.json");
    run(
        emit_release(build_top.path())
            .env("NIX_BUILD_TOP", build_top.path())
            .env("NIX_ATTRS_JSON_FILE", nowhere),
        0,
    );
    let expected = [
        "BUILD_META.txt",
        "SHA256SUMS",
        "hello-1.2.3-source.tar.gz",
        "hello-1.2.3-source.tar.gz.cdx.json",
        "hello-1.2.3-source.tar.gz.spdx.json",
        "hello-1.2.3-source.tar.gz.spdx3.json",
        "hello-1.2.3-source.tar.gz.v1.7.cdx.json",
        "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz",
        "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz.cdx.json",
        "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz.spdx.json",
        "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz.spdx3.json",
        "hello-1.2.3-x86_64-unknown-linux-musl.tar.gz.v1.7.cdx.json",
        "hello-1.2.3.cdx.json",
        "hello-1.2.3.spdx.json",
        "hello-1.2.3.spdx3.json",
        "hello-1.2.3.v1.7.cdx.json",
        "index.json",
        "provenance.json",
        "release-manifest.json",
    ];
    assert_eq!(names(out.path()), expected);
    check_sums(out.path(), "SHA256SUMS");
    let manifest: Value =
        serde_json::from_slice(&fs::read(out.path().join("release-manifest.json")).unwrap())
            .unwrap();
    assert_eq!(manifest["artifacts"][0]["size"], json!(3_000_000));
}

#[test]
fn writes_the_same_release_from_other_folders_and_with_other_cores() {
    let emit = |cores: &str| {
        let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
        let attributes = input.path().join("attributes.json");
        write_attributes(&attributes, &release_metadata(input.path()), out.path());
        run(
            emit_release(input.path())
                .arg("--attributes")
                .arg(&attributes)
                .env("NIX_BUILD_CORES", cores),
            0,
        );
        let read = |name: &String| fs::read(out.path().join(name)).unwrap();
        names(out.path()).iter().map(read).collect::<Vec<_>>()
    };
    assert!(emit("1") == emit("8"));
}

#[test]
fn writes_a_bundle() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &bundle_metadata(input.path()), out.path());
    run(relhelper().args(["emit", "bundle", "--attributes"]).arg(&attributes), 0);
    let top = format!("hello-1.2.3-{LINUX}");
    let folder = out.path().join(&top);
    assert_eq!(names(out.path()).last().unwrap(), &format!("{top}/release-manifest.json"));
    let expected = [
        "README.md",
        "ROLLBACK.txt",
        "bin/",
        "bin/hello",
        "checksums.txt",
        "release-manifest.json",
    ];
    assert_eq!(names(&folder), expected);
    check_sums(&folder, "checksums.txt");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode("bin/hello"), mode("README.md"), mode("ROLLBACK.txt")),
            (0o755, 0o644, 0o644)
        );
    }
}

#[test]
fn lists_every_problem_and_writes_nothing() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let mut metadata = release_metadata(input.path());
    metadata["product"]["name"] = json!("../hello");
    metadata["source"]["revision"] = json!("main");
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata, out.path());
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    expect![[r#"
        error: the metadata has 2 problems
          - the product's name: `../hello` is not a plain file name: it has `/` at byte 2, expected one of `A-Za-z0-9+-._`
          - the source's revision is `main`, expected 40 or 64 lower-case hexadecimal digits, or null
    "#]].assert_eq(&stderr);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn does_not_write_among_other_files() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(out.path().join("old"), "").unwrap();
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &release_metadata(input.path()), out.path());
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    assert!(stderr.contains("why: there are files in it already"), "{stderr}");
    assert_eq!(names(out.path()), ["old"]);
}

#[test]
fn says_what_to_do_without_attributes() {
    let (_, stderr) = run(relhelper().args(["emit", "bundle"]), 2);
    expect![[r#"
        error: there are no structured attributes to read
        hint: give a file with --attributes, or run it as the builder of a Nix derivation with `__structuredAttrs = true`
    "#]].assert_eq(&stderr);
}

#[test]
fn names_a_file_that_is_missing() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let mut metadata = release_metadata(input.path());
    metadata["artifacts"][0]["from"] = json!(format!("{OUTPUT}/missing"));
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata, out.path());
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    assert!(stderr.contains("cannot open") && stderr.contains("missing"), "{stderr}");
}

#[test]
fn does_not_emit_without_the_derivations() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &release_metadata(input.path()), out.path());
    let lost = input.path().join("vaw6wyf3amhyn9wdxab5i3m84yr3k14y-old.tar.gz.drv");
    fs::remove_file(lost).unwrap();
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    assert!(
        stderr.contains("vaw6wyf3amhyn9wdxab5i3m84yr3k14y-old.tar.gz.drv: cannot read")
            && stderr.contains("hint: what the release was built from cannot be told without it"),
        "{stderr}"
    );
    assert_eq!(names(out.path()), [""; 0]);
}

/// Puts what cargo says of its builds into the store `folder`, with the registry's crates or without.
fn add_crates(folder: &Path, metadata: &mut Value, with_registry: bool) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cargo");
    let output = folder.join(OUTPUT.strip_prefix("/nix/store/").unwrap());
    for build in ["program", "std"] {
        fs::create_dir(output.join(build)).unwrap();
        for file in ["unit-graph.json", "metadata.json"] {
            fs::copy(fixtures.join(build).join(file), output.join(build).join(file)).unwrap();
        }
    }
    if !with_registry {
        let file = output.join("program/unit-graph.json");
        let mut graph: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let root = usize::try_from(graph["roots"][0].as_u64().unwrap()).unwrap();
        graph["units"] = json!([graph["units"][root]]);
        graph["units"][0]["dependencies"] = json!([]);
        graph["roots"] = json!([0]);
        fs::write(&file, graph.to_string()).unwrap();
    }
    metadata["targets"][0]["crates"] =
        json!({ "program": format!("{OUTPUT}/program"), "std": format!("{OUTPUT}/std") });
}

#[test]
fn reads_what_cargo_compiled() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let mut metadata = release_metadata(input.path());
    add_crates(input.path(), &mut metadata, false);
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata, out.path());
    run(emit_release(input.path()).arg("--attributes").arg(&attributes), 0);
    check_sums(out.path(), "SHA256SUMS");
}

#[test]
fn does_not_release_crates_that_are_no_input_of_the_build() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let mut metadata = release_metadata(input.path());
    add_crates(input.path(), &mut metadata, true);
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata, out.path());
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    expect![[r#"
        error: the metadata has 8 problems
          - the crate `memchr` 2.8.3 was compiled, but no input of the build is its file
          - the crate `proc-macro2` 1.0.107 was compiled, but no input of the build is its file
          - the crate `quote` 1.0.47 was compiled, but no input of the build is its file
          - the crate `serde` 1.0.229 was compiled, but no input of the build is its file
          - the crate `serde_core` 1.0.229 was compiled, but no input of the build is its file
          - the crate `serde_derive` 1.0.229 was compiled, but no input of the build is its file
          - the crate `syn` 3.0.9 was compiled, but no input of the build is its file
          - the crate `unicode-ident` 1.0.27 was compiled, but no input of the build is its file
    "#]]
    .assert_eq(&stderr);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn says_which_build_it_cannot_make_sense_of() {
    let (input, out) = (tempdir().unwrap(), tempdir().unwrap());
    let mut metadata = release_metadata(input.path());
    add_crates(input.path(), &mut metadata, true);
    metadata["targets"][0]["crates"]["std"] = json!(format!("{OUTPUT}/program"));
    let attributes = input.path().join("attributes.json");
    write_attributes(&attributes, &metadata, out.path());
    let (_, stderr) = run(emit_release(input.path()).arg("--attributes").arg(&attributes), 2);
    expect![[r#"
        error: what cargo says of its build has 1 problem
          - the standard library's workspace compiles no package `std`
        hint: it is the build for x86_64-unknown-linux-musl
    "#]]
    .assert_eq(&stderr);
}
