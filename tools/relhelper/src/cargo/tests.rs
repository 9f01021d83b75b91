#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const TRIPLE: &str = "x86_64-unknown-linux-musl";

fn fixture(unit_graph: &str, metadata: &str) -> [Value; 2] {
    [unit_graph, metadata].map(|text| serde_json::from_str(text).unwrap())
}

fn program() -> [Value; 2] {
    fixture(
        include_str!("../../tests/fixtures/cargo/program/unit-graph.json"),
        include_str!("../../tests/fixtures/cargo/program/metadata.json"),
    )
}

fn std() -> [Value; 2] {
    fixture(
        include_str!("../../tests/fixtures/cargo/std/unit-graph.json"),
        include_str!("../../tests/fixtures/cargo/std/metadata.json"),
    )
}

fn parse([units, metadata]: &[Value; 2]) -> RawCrates {
    RawCrates::parse(units.to_string().as_bytes(), metadata.to_string().as_bytes()).unwrap()
}

fn read(program: &[Value; 2]) -> Result<Crates, CrateProblems> {
    Crates::read(TRIPLE, &parse(program), &parse(&std()))
}

/// One line a crate: role, name, source, what it links, what else it needs.
fn show(crates: &Crates) -> String {
    let mut text = String::new();
    for package in &crates.packages {
        let CratePackage { name, version, source, role, links, builds, features, .. } = package;
        let names = |places: &std::collections::BTreeSet<usize>| {
            places
                .iter()
                .map(|place| crates.packages[*place].name.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let root = if package.root { " (root)" } else { "" };
        write!(text, "{role:?} {name} {version} {source:?}{root}").unwrap();
        if !features.is_empty() {
            write!(text, " [{}]", features.iter().cloned().collect::<Vec<_>>().join(" ")).unwrap();
        }
        for (word, places) in [("links", links), ("builds with", builds)] {
            if !places.is_empty() {
                write!(text, "; {word} {}", names(places)).unwrap();
            }
        }
        text.push('\n');
    }
    text
}

#[test]
fn reads_what_cargo_says_of_this_program() {
    let crates = read(&program()).unwrap();
    expect![[r#"
        Linked alloc 0.0.0 Toolchain; links compiler_builtins core
        Linked cfg-if 1.0.4 Toolchain [core rustc-dep-of-std]; links rustc-std-workspace-core
        Linked compiler_builtins 0.1.160 Toolchain [compiler-builtins default]; links core
        Linked core 0.0.0 Toolchain
        Linked hashbrown 0.16.1 Toolchain [alloc core nightly rustc-dep-of-std rustc-internal-api]; links rustc-std-workspace-core
        Linked libc 0.2.183 Toolchain [align rustc-dep-of-std rustc-std-workspace-core]; links rustc-std-workspace-core
        Linked memchr 2.8.3 Registry [alloc default std]
        Build proc-macro2 1.0.107 Registry [default proc-macro]; links unicode-ident
        Build quote 1.0.47 Registry [default proc-macro]; links proc-macro2
        Linked relhelper 0.1.0 Workspace (root); links memchr serde std
        Linked rustc-std-workspace-core 1.99.0 Toolchain; links compiler_builtins core
        Linked serde 1.0.229 Registry [default derive serde_derive std]; links serde_core; builds with serde_derive
        Linked serde_core 1.0.229 Registry [default result std]
        Build serde_derive 1.0.229 Registry [default]; links proc-macro2 quote syn
        Linked std 0.0.0 Toolchain [panic-unwind]; links alloc cfg-if core hashbrown libc
        Build syn 3.0.9 Registry [clone-impls default derive full parsing printing proc-macro]; links proc-macro2 quote unicode-ident
        Build unicode-ident 1.0.27 Registry
    "#]].assert_eq(&show(&crates));
    assert_eq!(crates.root().unwrap().name, "relhelper");
    assert_eq!(crates.linked().count(), 12);
    let memchr = crates.packages.iter().find(|package| package.name == "memchr").unwrap();
    expect![[r#"
        CratePackage {
            name: "memchr",
            version: Version {
                major: 2,
                minor: 8,
                patch: 3,
            },
            source: Registry,
            role: Linked,
            root: false,
            license: Expression(
                "Unlicense OR MIT",
            ),
            authors: [
                "Andrew Gallant <jamslam@gmail.com>",
                "bluss",
            ],
            description: Some(
                "Provides extremely fast (uses SIMD on x86_64, aarch64 and wasm32) routines for 1, 2 or 3 byte search and single substring search.",
            ),
            repository: Some(
                "https://github.com/BurntSushi/memchr",
            ),
            features: {
                "alloc",
                "default",
                "std",
            },
            links: {},
            builds: {},
        }
    "#]].assert_debug_eq(memchr);
}

/// A unit of a package, as a row: package, kind, side, indices of what it needs.
type Row = (&'static str, &'static str, Option<&'static str>, &'static [usize]);

const HERE: Option<&str> = Some(TRIPLE);

fn id(package: &str) -> String {
    let (name, version) = package.split_once('@').unwrap_or((package, "1.0.0"));
    if name == "own" {
        format!("path+file:///own#{version}")
    } else {
        format!("registry+https://registry.example/index#{name}@{version}")
    }
}

/// What cargo says of these units, of which the first is asked for.
fn sketch(rows: &[Row]) -> [Value; 2] {
    let unit = |(package, kind, platform, needs): &Row| {
        let (kind, mode) = kind.split_once(' ').unwrap_or((kind, "build"));
        let dependencies: Vec<_> = needs.iter().map(|index| json!({ "index": index })).collect();
        json!({
            "pkg_id": id(package), "target": { "kind": [kind] }, "platform": platform, "mode": mode,
            "features": [if platform.is_some() { "there" } else { "here" }], "dependencies": dependencies,
        })
    };
    let packages: BTreeMap<_, _> = rows.iter().map(|row| (row.0, package(row.0))).collect();
    [
        json!({ "version": 1, "units": rows.iter().map(unit).collect::<Vec<_>>(), "roots": [0] }),
        json!({
            "packages": packages.into_values().collect::<Vec<_>>(), "workspace_members": [id("own")],
            "workspace_root": "/own", "target_directory": "/target", "resolve": null, "version": 1,
        }),
    ]
}

fn package(title: &str) -> Value {
    let (name, version) = title.split_once('@').unwrap_or((title, "1.0.0"));
    json!({
        "name": name, "version": version, "id": id(title), "manifest_path": "/Cargo.toml",
        "source": (name != "own").then_some("registry+https://registry.example/index"),
        "dependencies": [], "targets": [], "features": {},
    })
}

#[track_caller]
fn check(rows: &[Row], expected: Expect) {
    let crates = read(&sketch(rows)).unwrap();
    let own: Vec<_> = show(&crates)
        .lines()
        .filter(|line| !line.contains("Toolchain"))
        .map(str::to_owned)
        .collect();
    expected.assert_eq(&own.join("\n"));
}

#[test]
fn a_crate_on_both_sides_is_linked_with_the_features_of_the_target() {
    check(
        &[
            ("own", "bin", HERE, &[1, 2, 4]),
            ("both", "lib", HERE, &[]),
            ("macro", "proc-macro", None, &[3]),
            ("both", "lib", None, &[5]),
            ("own", "lib", HERE, &[1]),
            ("only-here", "lib", None, &[]),
        ],
        expect![[r#"
            Linked both 1.0.0 Registry [there]; builds with only-here
            Build macro 1.0.0 Registry [here]; links both
            Build only-here 1.0.0 Registry [here]
            Linked own 1.0.0 Workspace (root) [there]; links both std; builds with macro"#]],
    );
}

#[test]
fn the_run_of_a_build_script_is_not_linked_though_it_is_for_the_target() {
    check(
        &[
            ("own", "bin", HERE, &[1]),
            ("own", "custom-build run-custom-build", HERE, &[2, 5]),
            ("own", "custom-build", None, &[3]),
            ("generator", "lib", None, &[4]),
            ("macro", "proc-macro", None, &[]),
            ("native-sys", "custom-build run-custom-build", HERE, &[6]),
            ("native-sys", "custom-build", None, &[]),
        ],
        expect![[r#"
            Build generator 1.0.0 Registry [here]; builds with macro
            Build macro 1.0.0 Registry [here]
            Build native-sys 1.0.0 Registry [here there]
            Linked own 1.0.0 Workspace (root) [there]; links std; builds with generator native-sys"#]],
    );
}

#[test]
fn two_versions_are_two_crates() {
    check(
        &[
            ("own", "bin", HERE, &[1, 2]),
            ("a@1.10.0", "lib", HERE, &[2]),
            ("a@1.9.0", "lib", HERE, &[]),
        ],
        expect![[r#"
            Linked a 1.9.0 Registry [there]
            Linked a 1.10.0 Registry [there]; links a
            Linked own 1.0.0 Workspace (root) [there]; links a a std"#]],
    );
}

#[test]
fn ids_of_any_spelling_join() {
    let old = |value: &Value| {
        let text = value
            .to_string()
            .replace(&id("a"), "a 1.0.0 (registry+https://registry.example/index)");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let new = sketch(&[("own", "bin", HERE, &[1]), ("a", "lib", HERE, &[])]);
    assert_eq!(read(&[old(&new[0]), old(&new[1])]).unwrap(), read(&new).unwrap());
}

#[track_caller]
fn check_problems(rows: &[Row], change: impl FnOnce(&mut [Value; 2]), expected: Expect) {
    let mut value = sketch(rows);
    change(&mut value);
    expected.assert_eq(&read(&value).unwrap_err().to_string());
}

#[test]
fn lists_everything_that_is_wrong() {
    let rows: &[Row] = &[
        ("own", "bin", HERE, &[1, 2, 9]),
        ("a", "lib test", HERE, &[]),
        ("b", "lib", Some("other"), &[]),
        ("c", "lib", HERE, &[]),
    ];
    check_problems(
        rows,
        |[units, metadata]| {
            units["roots"] = json!([0, 1, 77]);
            metadata["packages"].as_array_mut().unwrap().remove(2);
            metadata["packages"][0]["source"] = json!("git+https://git.example/a");
        },
        expect![[r#"
            what cargo says of its build has 7 problems
              - `path+file:///own#1.0.0`: there is no unit 9 among 4
              - `registry+https://registry.example/index#a@1.0.0` is compiled in the mode `test`, expected `build` or `run-custom-build`
              - `registry+https://registry.example/index#b@1.0.0` is compiled for other, expected x86_64-unknown-linux-musl or the build machine
              - `registry+https://registry.example/index#c@1.0.0` is compiled, but `cargo metadata` does not know it
              - `roots`: there is no unit 77 among 4
              - programs of several packages are asked for, expected one: path+file:///own#1.0.0, registry+https://registry.example/index#a@1.0.0
              - `registry+https://registry.example/index#a@1.0.0` comes from `git+https://git.example/a`, expected a registry or the workspace; publish it, or make it a member"#]],
    );
}

#[test]
fn refuses_a_build_without_a_program_for_the_target() {
    let rows: &[Row] = &[("own", "bin", None, &[])];
    check_problems(
        rows,
        |_| (),
        expect![[r#"
        what cargo says of its build has 1 problem
          - `path+file:///own#1.0.0` is asked for, but it is not compiled for the target; give cargo `--target`"#]],
    );
    check_problems(
        rows,
        |[units, _]| units["roots"] = json!([]),
        expect![[r#"
        what cargo says of its build has 1 problem
          - nothing is asked for"#]],
    );
    let crates = Crates::read(TRIPLE, &parse(&program()), &parse(&program()));
    expect![[r#"
        what cargo says of its build has 1 problem
          - the standard library's workspace compiles no package `std`"#]]
    .assert_eq(&crates.unwrap_err().to_string());
}

#[test]
fn refuses_a_cycle() {
    let rows: &[Row] = &[
        ("own", "bin", HERE, &[1]),
        ("a", "lib", HERE, &[2]),
        ("b", "lib", HERE, &[3, 4]),
        ("c", "proc-macro", None, &[5]),
        ("leaf", "lib", HERE, &[]),
        ("a", "lib", None, &[]),
    ];
    check_problems(
        rows,
        |_| (),
        expect![[r#"
        what cargo says of its build has 1 problem
          - these depend on each other: a → b → c → a"#]],
    );
}

#[test]
fn refuses_one_crate_of_two_registries() {
    let rows: &[Row] =
        &[("own", "bin", HERE, &[1, 2]), ("a", "lib", HERE, &[]), ("b", "lib", HERE, &[])];
    check_problems(
        rows,
        |[_, metadata]| metadata["packages"][1]["name"] = json!("a"),
        expect![[r#"
            what cargo says of its build has 1 problem
              - two packages are `a` 1.0.0, from different registries"#]],
    );
}

#[test]
fn refuses_other_formats() {
    let check = |units: &str, metadata: &str, expected: Expect| {
        let error = RawCrates::parse(units.as_bytes(), metadata.as_bytes()).unwrap_err();
        expected.assert_eq(&error.to_string());
    };
    let empty = r#"{"version":1,"units":[],"roots":[]}"#;
    check("{}", "{}", expect!["the unit graph has no version, expected 1"]);
    check(
        r#"{"version":2}"#,
        "{}",
        expect!["the unit graph has version 2, expected 1; another cargo made it"],
    );
    check(
        r#"{"version":1,"units":[]}"#,
        "{}",
        expect!["it is not the output of `cargo build --unit-graph`: missing field `roots`"],
    );
    check(
        "]",
        "{}",
        expect![
            "it is not the output of `cargo build --unit-graph`: expected value at line 1 column 1"
        ],
    );
    check(
        empty,
        "{}",
        expect![
            "it is not the output of `cargo metadata`: missing field `packages` at line 1 column 2"
        ],
    );
}

/// The same units in another order, with their indices.
fn shuffle(graph: &Value, order: &[usize]) -> Value {
    let place = |index: &Value| {
        let index = index.as_u64().unwrap();
        json!(order.iter().position(|old| *old as u64 == index).unwrap())
    };
    let mut graph = graph.clone();
    graph["units"] = order.iter().map(|old| graph["units"][old].clone()).collect();
    for unit in graph["units"].as_array_mut().unwrap() {
        for dependency in unit["dependencies"].as_array_mut().unwrap() {
            dependency["index"] = place(&dependency["index"]);
        }
        unit["dependencies"].as_array_mut().unwrap().reverse();
    }
    graph["roots"] = graph["roots"].as_array().unwrap().iter().map(place).collect();
    graph
}

proptest! {
    #[test]
    fn the_order_of_units_and_packages_does_not_matter(
        units in Just((0..program()[0]["units"].as_array().unwrap().len()).collect::<Vec<_>>()).prop_shuffle(),
        packages in Just(program()[1]["packages"].as_array().unwrap().clone()).prop_shuffle(),
    ) {
        let [graph, mut metadata] = program();
        metadata["packages"] = json!(packages);
        prop_assert_eq!(read(&[shuffle(&graph, &units), metadata]).unwrap(), read(&program()).unwrap());
    }
}
