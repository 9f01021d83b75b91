#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{expect, expect_file};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::cargo::{CrateRole, License};
use crate::document::sbom;
use crate::facts::{ReleaseFacts, samples};
use crate::release::layout::SbomFormat;

/// The sample with the crates of Linux; those of Windows are not known.
fn facts() -> ReleaseFacts {
    let mut facts = samples::release_facts_with_crates();
    facts.crates.remove(&samples::windows().triple);
    facts
}

/// The same, with everything known, and with a supplier.
fn known() -> ReleaseFacts {
    let mut value = samples::release_json_with_crates();
    value["product"]["supplier"] = json!("Hello Inc.");
    value["product"]["homepage"] = json!("https://hello.example");
    samples::release_facts_with_crates_of(&value)
}

/// Every graph there is of a release.
fn graphs(facts: &ReleaseFacts) -> Vec<Graph> {
    let graphs = Graphs::new(facts);
    let artifacts = facts.artifacts.iter().map(|artifact| graphs.artifact(artifact));
    std::iter::once(graphs.release()).chain(artifacts).collect()
}

fn graph_of(facts: &ReleaseFacts, file: &str) -> Graph {
    graphs(facts).into_iter().find(|graph| graph.name == file).unwrap()
}

fn parsed(graph: &Graph, format: SbomFormat) -> Value {
    serde_json::from_slice(&sbom(graph, format)).unwrap()
}

fn all_documents(facts: &ReleaseFacts) -> Vec<Vec<u8>> {
    let of = |graph: &Graph| SbomFormat::ALL.map(|format| sbom(graph, format));
    graphs(facts).iter().flat_map(of).collect()
}

/// The relations as lines of names.
fn lines(graph: &Graph) -> String {
    let name = |id: &Id| graph.components[id].name.clone();
    let mut lines: Vec<_> = graph
        .relations
        .iter()
        .map(|(from, relation, to)| format!("{} {relation:?} {}", name(from), name(to)))
        .collect();
    lines.sort();
    lines.join("\n")
}

const BINARY: &str = "hello-1.2.3-x86_64-unknown-linux-musl";
const ZIP: &str = "hello-1.2.3-x86_64-pc-windows-gnullvm.zip";

#[test]
fn an_artifact_has_what_its_program_links_and_what_made_it() {
    expect![[r#"
        derive Links helper
        generator BuildNeeds helper
        hashbrown Links core
        hello BuildNeeds generator
        hello Links hello-core
        hello Links std
        hello-1.2.3-x86_64-unknown-linux-musl BuildNeeds flat
        hello-1.2.3-x86_64-unknown-linux-musl BuiltWith old-tree
        hello-1.2.3-x86_64-unknown-linux-musl BuiltWith old.tar.gz
        hello-1.2.3-x86_64-unknown-linux-musl BuiltWith tree
        hello-1.2.3-x86_64-unknown-linux-musl Contains hello
        hello-1.2.3-x86_64-unknown-linux-musl GeneratedFrom hello-source
        hello-core BuildNeeds derive
        hello-core Links both
        helper Links both
        std Links core
        std Links hashbrown"#]]
    .assert_eq(&lines(&graph_of(&facts(), BINARY)));
}

#[test]
fn the_c_runtime_is_in_programs() {
    let mut facts = facts();
    let triple = samples::linux().triple;
    let tree = facts.build.inputs.iter().find(|input| input.path.name() == "tree").unwrap();
    facts.runtimes.insert(triple, vec![tree.path.clone()]);
    let graph = graph_of(&facts, BINARY);
    let relations = lines(&graph);
    let of_tree: Vec<_> = relations.lines().filter(|line| line.ends_with(" tree")).collect();
    assert_eq!(of_tree, ["hello Links tree".to_owned(), format!("{BINARY} BuiltWith tree")]);
    assert!(graph.excluded().iter().all(|id| graph.components[*id].name != "tree"));
}

#[test]
fn a_program_of_unknown_crates_never_looks_complete() {
    let graph = graph_of(&facts(), ZIP);
    expect![[r#"
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip BuildNeeds flat
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip BuiltWith old-tree
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip BuiltWith old.tar.gz
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip BuiltWith tree
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip GeneratedFrom hello-source"#]]
    .assert_eq(&lines(&graph));
    assert_eq!(graph.coverage(), Coverage::Unknown);
    assert_eq!(graph.excluded(), BTreeSet::new());
    let cyclonedx = parsed(&graph, SbomFormat::CycloneDx16);
    let unknown = &cyclonedx["compositions"][0];
    assert_eq!(unknown["aggregate"], "unknown");
    assert!(unknown["dependencies"].as_array().unwrap().contains(&json!(graph.root)));
    assert!(
        cyclonedx["components"].as_array().unwrap().iter().all(|row| row.get("scope").is_none())
    );
    let statement = json!({
        "spdxElementId": format!("SPDXRef-{}", graph.root),
        "relationshipType": "DEPENDS_ON",
        "relatedSpdxElement": "NOASSERTION",
    });
    let spdx = parsed(&graph, SbomFormat::Spdx);
    assert!(spdx["relationships"].as_array().unwrap().contains(&statement));
}

#[test]
fn the_release_has_all_of_it() {
    expect![[r#"
        derive Links helper
        generator BuildNeeds helper
        hashbrown Links core
        hello BuildNeeds flat
        hello BuildNeeds generator
        hello BuildNeeds only-windows
        hello BuiltWith old-tree
        hello BuiltWith old.tar.gz
        hello BuiltWith tree
        hello Contains hello-1.2.3-source.tar.gz
        hello Contains hello-1.2.3-x86_64-pc-windows-gnullvm.zip
        hello Contains hello-1.2.3-x86_64-unknown-linux-musl
        hello Contains hello-1.2.3-x86_64-unknown-linux-musl.tar.gz
        hello Links hello-core
        hello Links std
        hello-1.2.3-source.tar.gz Contains hello-source
        hello-1.2.3-x86_64-pc-windows-gnullvm.zip GeneratedFrom hello-source
        hello-1.2.3-x86_64-unknown-linux-musl Contains hello
        hello-1.2.3-x86_64-unknown-linux-musl GeneratedFrom hello-source
        hello-1.2.3-x86_64-unknown-linux-musl.tar.gz Contains hello
        hello-1.2.3-x86_64-unknown-linux-musl.tar.gz GeneratedFrom hello-source
        hello-core BuildNeeds derive
        hello-core Links both
        helper Links both
        std Links core
        std Links hashbrown"#]]
    .assert_eq(&lines(&graph_of(&facts(), "hello-1.2.3")));
    assert_eq!(graph_of(&facts(), "hello-1.2.3").coverage(), Coverage::Incomplete);
    assert_eq!(graph_of(&known(), "hello-1.2.3").coverage(), Coverage::Complete);
}

#[test]
fn the_source_archive_contains_the_source() {
    let graph = graph_of(&facts(), "hello-1.2.3-source.tar.gz");
    expect![[r#"
        hello-1.2.3-source.tar.gz BuildNeeds flat
        hello-1.2.3-source.tar.gz BuiltWith old-tree
        hello-1.2.3-source.tar.gz BuiltWith old.tar.gz
        hello-1.2.3-source.tar.gz BuiltWith tree
        hello-1.2.3-source.tar.gz Contains hello-source"#]]
    .assert_eq(&lines(&graph));
    assert_eq!(graph.coverage(), Coverage::Complete);
}

#[test]
fn what_only_builds_is_excluded() {
    let graph = graph_of(&facts(), BINARY);
    let names: Vec<_> =
        graph.excluded().into_iter().map(|id| graph.components[id].name.as_str()).collect();
    expect!["derive flat generator helper old-tree old.tar.gz tree hello-source"]
        .assert_eq(&names.join(" "));
}

#[test]
fn a_crate_that_one_target_links_is_linked_in_the_release() {
    let mut facts = known();
    let windows = facts.crates.get_mut(&samples::windows().triple).unwrap();
    let both = windows.packages.iter_mut().find(|package| package.name == "both").unwrap();
    both.role = CrateRole::Build;
    both.features.insert("wide".to_owned());
    let graph = graph_of(&facts, "hello-1.2.3");
    let both: Vec<_> =
        graph.components.values().filter(|component| component.name == "both").collect();
    assert_eq!(both.len(), 1);
    let notes = &both[0].notes;
    assert_eq!((notes["role"].as_str(), notes["features"].as_str()), ("linked", "std wide"));
}

fn named(rows: &Value, name: &str) -> Value {
    rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
}

#[test]
fn licences_that_are_not_stated_stay_so() {
    let graph = graph_of(&known(), "hello-1.2.3");
    let (spdx, cyclonedx) =
        (parsed(&graph, SbomFormat::Spdx), parsed(&graph, SbomFormat::CycloneDx16));
    for (name, note) in [("only-windows", "not stated"), ("helper", "in the file COPYING")] {
        assert_eq!(named(&spdx["packages"], name)["licenseDeclared"], "NOASSERTION");
        let row = named(&cyclonedx["components"], name);
        assert_eq!(row.get("licenses"), None);
        let note = json!({ "name": "relhelper:license", "value": note });
        assert!(row["properties"].as_array().unwrap().contains(&note));
    }
    let reference = named(&spdx["packages"], "generator")["licenseDeclared"].clone();
    assert_eq!(
        spdx["hasExtractedLicensingInfos"],
        json!([{ "licenseId": reference, "extractedText": "see the website" }])
    );
    let licenses = &named(&cyclonedx["components"], "generator")["licenses"];
    assert_eq!(licenses[0]["license"]["name"], "see the website");
}

#[test]
fn expressions_that_spdx_2_3_has_not_are_texts_there() {
    let mut facts = facts();
    let crates = facts.crates.get_mut(&samples::linux().triple).unwrap();
    crates.packages[0].license = License::Expression("LicenseRef-own OR MIT".to_owned());
    crates.packages[1].license = License::Expression("DocumentRef-a:LicenseRef-b".to_owned());
    let spdx = parsed(&graph_of(&facts, BINARY), SbomFormat::Spdx);
    let texts = spdx["hasExtractedLicensingInfos"].as_array().unwrap();
    let texts: BTreeMap<_, _> = texts
        .iter()
        .map(|row| (row["extractedText"].as_str().unwrap(), row["licenseId"].as_str().unwrap()))
        .collect();
    assert_eq!(texts["NOASSERTION"], "LicenseRef-own");
    assert!(
        texts["DocumentRef-a:LicenseRef-b"].starts_with("LicenseRef-DocumentRef-a-LicenseRef-b-")
    );
}

/// name, version, package URL, licence, SHA-256
type Row = [Option<String>; 5];

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn of_spdx(document: &Value) -> BTreeSet<Row> {
    let texts: BTreeMap<_, _> = document["hasExtractedLicensingInfos"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| (text(&row["licenseId"]).unwrap(), text(&row["extractedText"]).unwrap()))
        .collect();
    let row = |row: &Value| {
        let references = row["externalRefs"].as_array();
        let purl = references
            .and_then(|list| list.iter().find(|reference| reference["referenceType"] == "purl"))
            .and_then(|reference| text(&reference["referenceLocator"]));
        let license = text(&row["licenseDeclared"]).filter(|license| license != "NOASSERTION");
        let license = license.map(|license| texts.get(&license).cloned().unwrap_or(license));
        let sha256 = (row["checksums"][0]["algorithm"] == "SHA256")
            .then(|| text(&row["checksums"][0]["checksumValue"]).unwrap());
        [text(&row["name"]), text(&row["versionInfo"]), purl, license, sha256]
    };
    document["packages"].as_array().unwrap().iter().map(row).collect()
}

fn of_spdx3(document: &Value) -> BTreeSet<Row> {
    let elements = document["@graph"].as_array().unwrap();
    let by_id: BTreeMap<_, _> = elements
        .iter()
        .map(|element| (element["spdxId"].as_str().unwrap_or_default(), element))
        .collect();
    let of_class = |class| elements.iter().filter(move |element| element["type"] == class);
    let licenses: BTreeMap<_, _> = of_class("Relationship")
        .filter(|row| row["relationshipType"] == "hasDeclaredLicense")
        .map(|row| (row["from"].as_str().unwrap(), &row["to"][0]))
        .collect();
    let license = |package: &Value| {
        let license = by_id.get(licenses[package["spdxId"].as_str().unwrap()].as_str().unwrap())?;
        let expression = text(&license["simplelicensing_licenseExpression"]).unwrap();
        let entry = &license["simplelicensing_customIdToUri"][0];
        if entry["key"] != json!(expression) {
            return Some(expression);
        }
        text(&by_id[entry["value"].as_str().unwrap()]["simplelicensing_licenseText"])
    };
    let row = |package: &Value| {
        let sha256 = (package["verifiedUsing"][0]["algorithm"] == "sha256")
            .then(|| text(&package["verifiedUsing"][0]["hashValue"]).unwrap());
        let [name, version, purl] = ["name", "software_packageVersion", "software_packageUrl"]
            .map(|key| text(&package[key]));
        [name, version, purl, license(package), sha256]
    };
    of_class("software_Package").map(row).collect()
}

fn of_cyclonedx(document: &Value) -> BTreeSet<Row> {
    let row = |row: &Value| {
        let license = &row["licenses"][0];
        let license = text(&license["expression"]).or_else(|| text(&license["license"]["name"]));
        let sha256 = (row["hashes"][0]["alg"] == "SHA-256")
            .then(|| text(&row["hashes"][0]["content"]).unwrap());
        [text(&row["name"]), text(&row["version"]), text(&row["purl"]), license, sha256]
    };
    let components = document["components"].as_array().unwrap().iter();
    components.chain([&document["metadata"]["component"]]).map(row).collect()
}

#[test]
fn all_formats_say_the_same() {
    for graph in graphs(&facts()).iter().chain(&graphs(&known())) {
        let rows = of_spdx(&parsed(graph, SbomFormat::Spdx));
        assert_eq!(rows.len(), graph.components.len());
        assert_eq!(rows, of_cyclonedx(&parsed(graph, SbomFormat::CycloneDx16)));
        assert_eq!(rows, of_cyclonedx(&parsed(graph, SbomFormat::CycloneDx17)));
        assert_eq!(rows, of_spdx3(&parsed(graph, SbomFormat::Spdx3)));
    }
}

/// Every string below the keys `keys`.
fn strings_of<'v>(value: &'v Value, keys: &[&str], found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| strings_of(item, keys, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if keys.contains(&key.as_str()) => found.push(text),
                    Value::Array(items) if keys.contains(&key.as_str()) => {
                        found.extend(items.iter().filter_map(Value::as_str));
                    }
                    other => strings_of(other, keys, found),
                }
            }
        }
        _ => {}
    }
}

/// What refers to elements in SPDX 3.
const OF_SPDX3: [&str; 10] = [
    "createdBy",
    "createdUsing",
    "creationInfo",
    "dataLicense",
    "element",
    "from",
    "originatedBy",
    "rootElement",
    "suppliedBy",
    "to",
];
const NO_LICENSE: &str = "expandedlicensing_NoAssertionLicense";

#[test]
fn every_reference_leads_somewhere_and_no_id_is_used_twice() {
    for graph in graphs(&facts()) {
        for (format, defining, referring) in [
            (SbomFormat::Spdx, vec!["SPDXID"], vec!["spdxElementId", "relatedSpdxElement"]),
            (SbomFormat::CycloneDx16, vec!["bom-ref"], vec!["ref", "dependsOn", "dependencies"]),
            (SbomFormat::Spdx3, vec!["@id", "spdxId"], OF_SPDX3.to_vec()),
        ] {
            let document = parsed(&graph, format);
            let (mut ids, mut references) = (Vec::new(), Vec::new());
            strings_of(&document, &defining, &mut ids);
            strings_of(&document, &referring, &mut references);
            let known: BTreeSet<_> = ids.iter().copied().collect();
            assert_eq!(known.len(), ids.len());
            let words = ["NONE", "NOASSERTION", "NoneElement", "NoAssertionElement", NO_LICENSE];
            let lost = references.iter().find(|id| !known.contains(*id) && !words.contains(id));
            assert_eq!(lost, None, "{} in {format:?}", graph.name);
            assert!(references.len() >= known.len());
        }
    }
}

#[test]
fn everything_can_be_reached_from_the_root() {
    for graph in graphs(&facts()) {
        let needs = graph.needs();
        let (mut reached, mut todo) = (BTreeSet::new(), vec![&graph.root]);
        while let Some(id) = todo.pop() {
            if reached.insert(id) {
                todo.extend(&needs[id]);
            }
        }
        assert_eq!(reached.len(), graph.components.len(), "{}", graph.name);
    }
}

#[test]
fn other_facts_have_other_serial_numbers() {
    let serials = |facts: &ReleaseFacts| {
        let mut found = Vec::new();
        let keys = ["serialNumber", "documentNamespace"];
        for document in all_documents(facts) {
            let document: Value = serde_json::from_slice(&document).unwrap();
            let serial = keys.iter().find_map(|key| text(&document[*key]));
            // In SPDX 3, all identifiers begin with the name.
            found.push(serial.unwrap_or_else(|| text(&document["@graph"][1]["spdxId"]).unwrap()));
        }
        found
    };
    let mut changed = samples::release_json_with_crates();
    changed["source"]["sourceDate"] = json!(1_700_000_001);
    let changed = samples::release_facts_with_crates_of(&changed);
    let all = [serials(&facts()), serials(&changed), serials(&known())].concat();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn documents_parse_back_and_are_written_again_with_the_same_lines() {
    let lines = |document: &[u8]| {
        let text = std::str::from_utf8(document).unwrap();
        let mut lines: Vec<_> =
            text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
        lines.sort();
        lines
    };
    let pretty = |document: &Vec<u8>| document.ends_with(b"\n");
    for document in all_documents(&known()).into_iter().filter(pretty) {
        let value: Value = serde_json::from_slice(&document).unwrap();
        let again = crate::document::json::to_bytes(&value);
        assert_eq!(lines(&document), lines(&again));
        assert_eq!(document.len(), again.len());
    }
}

/// No line breaks, no space, sorted keys: specification, section 4.2.
#[test]
fn spdx_3_is_written_in_its_canonical_form() {
    for graph in graphs(&facts()).iter().chain(&graphs(&known())) {
        let written = sbom(graph, SbomFormat::Spdx3);
        let again = serde_json::to_vec(&parsed(graph, SbomFormat::Spdx3)).unwrap();
        assert_eq!(String::from_utf8(written), String::from_utf8(again));
    }
}

#[test]
fn the_collection_of_spdx_3_has_everything_but_itself() {
    let document = parsed(&graph_of(&facts(), BINARY), SbomFormat::Spdx3);
    let elements = document["@graph"].as_array().unwrap();
    let [creation, itself, sbom, content @ ..] = elements.as_slice() else { panic!() };
    assert_eq!(creation["type"], "CreationInfo");
    assert_eq!(
        (&itself["element"], &itself["rootElement"]),
        (&json!([sbom["spdxId"]]), &itself["element"])
    );
    let ids: Vec<_> = content.iter().map(|element| &element["spdxId"]).collect();
    assert_eq!(sbom["element"], json!(ids));
    let uuid = text(&itself["spdxId"]).unwrap();
    let prefix = "urn:uuid:";
    assert!(
        uuid.starts_with(prefix) && uuid.len() == prefix.len() + 36 + "#document".len(),
        "{uuid}"
    );
}

/// How complete the relationship of a component is, and the ends of what it leads to.
fn related(document: &Value, from: &Id, kind: &str) -> Option<(String, Vec<String>)> {
    let end = |value: &Value| value.as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    let elements = document["@graph"].as_array().unwrap().iter();
    let mut rows = elements.filter(|element| element["type"] == "Relationship");
    let row =
        rows.find(|row| row["relationshipType"] == kind && end(&row["from"]) == from.as_str())?;
    Some((end(&row["completeness"]), row["to"].as_array().unwrap().iter().map(end).collect()))
}

#[test]
fn spdx_3_says_what_is_not_known() {
    let graph = graph_of(&facts(), ZIP);
    let document = parsed(&graph, SbomFormat::Spdx3);
    let nobody_knows = Some(("noAssertion".to_owned(), vec!["NoAssertionElement".to_owned()]));
    assert_eq!(related(&document, &graph.root, "dependsOn"), nobody_knows);
    let source =
        graph.components.values().find(|component| component.kind == Kind::Source).unwrap();
    assert_eq!(related(&document, &source.id, "dependsOn"), nobody_knows);
    let made = Some(("complete".to_owned(), vec![graph.root.to_string()]));
    assert_eq!(related(&document, &source.id, "generates"), made);
    let author = document["@graph"][0]["createdBy"][0].as_str().unwrap();
    assert!(author.ends_with("#agent-relhelper"), "{author}");

    let graph = graph_of(&facts(), BINARY);
    let leaf = graph.components.values().find(|component| component.name == "core").unwrap();
    let none = Some(("complete".to_owned(), vec!["NoneElement".to_owned()]));
    assert_eq!(related(&parsed(&graph, SbomFormat::Spdx3), &leaf.id, "dependsOn"), none);
}

/// The complete examples in `docs/formats` are what is written for the sample.
#[test]
fn the_examples_are_real() {
    let graph = graph_of(&known(), BINARY);
    let text = |format| String::from_utf8(sbom(&graph, format)).unwrap();
    expect_file!["../../../../docs/formats/sbom.example.spdx.json"]
        .assert_eq(&text(SbomFormat::Spdx));
    expect_file!["../../../../docs/formats/sbom.example.spdx3.json"]
        .assert_eq(&text(SbomFormat::Spdx3));
    expect_file!["../../../../docs/formats/sbom.example.cdx.json"]
        .assert_eq(&text(SbomFormat::CycloneDx16));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_of_metadata_and_derivations_does_not_matter(
        artifacts in Just(samples::release_json()["artifacts"].as_array().unwrap().clone()).prop_shuffle(),
        inputs in Just(samples::release_json_with_crates()["build"]["inputs"].as_array().unwrap().clone()).prop_shuffle(),
        targets in Just(samples::release_json()["targets"].as_array().unwrap().clone()).prop_shuffle(),
    ) {
        let mut value = samples::release_json();
        value["artifacts"] = json!(artifacts);
        value["build"]["inputs"] = json!(inputs);
        value["targets"] = json!(targets);
        let (shuffled, sample) = (samples::release_facts_with_crates_of(&value), samples::release_facts_with_crates());
        prop_assert!(all_documents(&shuffled) == all_documents(&sample));
    }

    #[test]
    fn texts_of_manifests_break_no_document(name in "\\PC{1,12}", license in "\\PC{0,20}", address in "(https://)?\\PC{0,12}") {
        let mut facts = facts();
        let crates = facts.crates.get_mut(&samples::linux().triple).unwrap();
        crates.packages[1].authors = vec![name];
        crates.packages[1].license = License::of_manifest(Some(&license), None);
        crates.packages[1].repository = Some(address);
        for graph in graphs(&facts) {
            let rows = of_spdx(&parsed(&graph, SbomFormat::Spdx));
            prop_assert_eq!(&rows, &of_cyclonedx(&parsed(&graph, SbomFormat::CycloneDx16)));
            prop_assert_eq!(&rows, &of_spdx3(&parsed(&graph, SbomFormat::Spdx3)));
        }
    }
}
