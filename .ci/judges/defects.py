"""One thing wrong in an SBOM, and the judges that must see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Defect:
    """A change in place, and names of judges of sbom.py."""

    judges: tuple[str, ...]
    change: Callable[[Document], object]


def _package(document: Document) -> Document:
    """A package of SPDX with a package URL."""
    return next(each for each in document["packages"] if _locator(each))


def _locator(package: Document) -> Document | None:
    return next((ref for ref in package.get("externalRefs", []) if ref["referenceType"] == "purl"), None)


def _summed(document: Document) -> Document:
    return next(each for each in document["packages"] if each.get("checksums"))


def _component(document: Document, field: str = "purl") -> Document:
    """A component of CycloneDX with that field."""
    return next(each for each in document["components"] if each.get(field))


def _components(document: Document) -> list[Document]:
    """Those of any format."""
    return [*document.get("packages", []), *document.get("components", []), *document.get("@graph", [])]


def _downloaded(document: Document) -> Document:
    """A component, in any format, that is a file, and so has a hash."""
    urls = [
        (each, each.get("purl") or each.get("software_packageUrl") or (_locator(each) or {}).get("referenceLocator"))
        for each in _components(document)
    ]
    return next(each for each, url in urls if url and url.startswith("pkg:cargo/"))


def _unlicensed(document: Document) -> Document:
    """A component, in any format, that has a note why there is no licence."""
    return next(each for each in _components(document) if any(key == "license" for key, _ in _notes(each)))


def _of_workspace(document: Document) -> Document:
    return next(each for each in _components(document) if ("source", "workspace") in _notes(each))


def _notes(component: Document) -> list[tuple[str, str]]:
    properties = [(each["name"].removeprefix("relhelper:"), each["value"]) for each in component.get("properties", [])]
    comment = [
        (key, value) for key, _, value in (row.partition(": ") for row in component.get("comment", "").split("\n"))
    ]
    return properties + comment


def _note(component: Document, key: str, value: str) -> None:
    """Another note in place of that one; none for no value."""
    notes = {**dict(_notes(component)), key: value}
    if "properties" in component:
        component["properties"] = [{"name": f"relhelper:{key}", "value": each} for key, each in notes.items() if each]
    else:
        component["comment"] = "\n".join(f"{key}: {each}" for key, each in notes.items() if each)


# Those that look the same in all formats.
MINIMUM: dict[str, Defect] = {
    "a component with neither licence nor note": Defect(("cisa",), lambda it: _note(_unlicensed(it), "license", "")),
    "a crate of the workspace, without hash, as if from the registry": Defect(
        ("cisa",), lambda it: _note(_of_workspace(it), "source", "registry")
    ),
}


def _twice(rows: list[Any]) -> None:
    rows.append(dict(rows[0]))


SPDX: dict[str, Defect] = {
    **MINIMUM,
    "no time": Defect(("cisa",), lambda it: it["creationInfo"].pop("created")),
    "no author": Defect(("cisa",), lambda it: it["creationInfo"].update(creators=["Tool: relhelper-0.1.0"])),
    "no name of a tool": Defect(
        ("cisa",),
        lambda it: it["creationInfo"].update(
            creators=[each for each in it["creationInfo"]["creators"] if not each.startswith("Tool: ")]
        ),
    ),
    "no generation context": Defect(
        ("cisa",), lambda it: it["creationInfo"].update(comment="The time is that of the source.")
    ),
    "a file without hash": Defect(("cisa",), lambda it: _downloaded(it).pop("checksums")),
    "a relationship to nothing": Defect(
        ("pyspdxtools",),
        lambda it: it["relationships"].append(
            {**it["relationships"][0], "relatedSpdxElement": "SPDXRef-nothing", "relationshipType": "CONTAINS"}
        ),
    ),
    "a time that is not of UTC": Defect(
        ("pyspdxtools",), lambda it: it["creationInfo"].update(created="2026-01-01T00:00:00+01:00")
    ),
    "two packages of one identifier": Defect(("pyspdxtools",), lambda it: _twice(it["packages"])),
    "a key that SPDX does not know": Defect(("spdx-schema",), lambda it: it.update(lifecycles=[])),
    "a licence that is no expression": Defect(
        ("pyspdxtools",), lambda it: _package(it).update(licenseDeclared="MIT AND/OR Apache-2.0")
    ),
    "a licence that SPDX does not list": Defect(
        ("pyspdxtools",), lambda it: _package(it).update(licenseDeclared="Expat")
    ),
    "nothing that it describes": Defect(
        ("pyspdxtools",),
        lambda it: (
            it.pop("documentDescribes", None),
            it.update(relationships=[each for each in it["relationships"] if each["relationshipType"] != "DESCRIBES"]),
        ),
    ),
    "no namespace": Defect(("pyspdxtools",), lambda it: it.pop("documentNamespace")),
    "a package without supplier": Defect(("ntia",), lambda it: _package(it).pop("supplier")),
    "a package without version": Defect(("ntia",), lambda it: _package(it).pop("versionInfo")),
    "a malformed package URL": Defect(
        ("pyspdxtools", "packageurl"), lambda it: _locator(_package(it)).update(referenceLocator="pkg:cargo")
    ),
    "a package URL that is not canonical": Defect(
        ("packageurl",), lambda it: _locator(_package(it)).update(referenceLocator="pkg:PyPI/A_b@1")
    ),
    "an unknown kind of relationship": Defect(
        ("pyspdxtools", "spdx-schema"), lambda it: it["relationships"][0].update(relationshipType="LINKS")
    ),
    "a digest of another length": Defect(
        ("pyspdxtools",), lambda it: _summed(it)["checksums"][0].update(checksumValue="00")
    ),
}


def _element(document: Document, class_: str, field: str = "spdxId") -> Document:
    """An element of SPDX 3 of that class, with that field."""
    return next(each for each in document["@graph"] if each["type"] == class_ and each.get(field))


def _package3(document: Document) -> Document:
    return _element(document, "software_Package", "software_packageUrl")


SPDX3: dict[str, Defect] = {
    **MINIMUM,
    "no time": Defect(("cisa",), lambda it: _element(it, "CreationInfo", "@id").pop("created")),
    "no author": Defect(("cisa",), lambda it: _element(it, "CreationInfo", "@id").update(createdBy=[])),
    "no name of a tool": Defect(("cisa",), lambda it: _element(it, "Tool").pop("name")),
    "no generation context": Defect(("cisa",), lambda it: _element(it, "CreationInfo", "@id").pop("comment")),
    "a file without hash": Defect(("cisa",), lambda it: _downloaded(it).pop("verifiedUsing")),
    "a relationship to nothing": Defect(
        ("spdx3-model",), lambda it: _element(it, "Relationship").update(to=["https://example.com/nothing"])
    ),
    "a property that the model does not know": Defect(
        ("spdx3-model",), lambda it: _package3(it).update(versionInfo="1")
    ),
    "a class that the model does not know": Defect(("spdx3-model",), lambda it: _package3(it).update(type="Package")),
    "a relationship without its end": Defect(("spdx3-model",), lambda it: _element(it, "Relationship").pop("to")),
    "an unknown kind of relationship": Defect(
        ("spdx3-model",), lambda it: _element(it, "Relationship").update(relationshipType="links")
    ),
    "a time that is not of UTC": Defect(
        ("spdx3-model",), lambda it: _element(it, "CreationInfo", "@id").update(created="2026-01-01T00:00:00+01:00")
    ),
    "a build without a type": Defect(("spdx3-model",), lambda it: _element(it, "build_Build").pop("build_buildType")),
    "a digest of an unknown kind": Defect(
        ("spdx3-model",),
        lambda it: _element(it, "software_Package", "verifiedUsing")["verifiedUsing"][0].update(algorithm="crc32"),
    ),
    "two documents in one": Defect(
        ("ntia-3",),
        lambda it: it["@graph"].append({**_element(it, "SpdxDocument"), "spdxId": "https://example.com/second"}),
    ),
    "a package without supplier": Defect(("ntia-3",), lambda it: _package3(it).pop("suppliedBy")),
    "a package without version": Defect(("ntia-3",), lambda it: _package3(it).pop("software_packageVersion")),
    "a package URL that is not canonical": Defect(
        ("packageurl",), lambda it: _package3(it).update(software_packageUrl="pkg:PyPI/A_b@1")
    ),
    "a letter in escapes": Defect(("spdx3-canonical",), lambda it: _package3(it).update(comment="ä")),
}

CYCLONEDX: dict[str, Defect] = {
    **MINIMUM,
    "no time": Defect(("cisa",), lambda it: it["metadata"].pop("timestamp")),
    "no author": Defect(("cisa",), lambda it: it["metadata"].pop("manufacturer")),
    "no name of a tool": Defect(("cisa",), lambda it: it["metadata"].pop("tools")),
    "no generation context": Defect(("cisa",), lambda it: it["metadata"].pop("lifecycles")),
    "a file without hash": Defect(("cisa",), lambda it: _downloaded(it).pop("hashes")),
    "a key that CycloneDX does not know": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"), lambda it: it.update(packages=[])
    ),
    "a digest of another length": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"),
        lambda it: _component(it, "hashes")["hashes"][0].update(content="00"),
    ),
    "a time that is none": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"), lambda it: it["metadata"].update(timestamp="yesterday")
    ),
    "a serial number that is none": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"), lambda it: it.update(serialNumber="urn:uuid:1")
    ),
    "a dependency on nothing": Defect(
        ("cyclonedx-model", "references"), lambda it: it["dependencies"][0]["dependsOn"].append("nothing")
    ),
    "a leaf that is not in the graph": Defect(("references",), lambda it: it["dependencies"].pop()),
    "the same reference for two components": Defect(
        ("references",), lambda it: it["components"][1].update({"bom-ref": it["components"][0]["bom-ref"]})
    ),
    "the same component twice": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"), lambda it: _twice(it["components"])
    ),
    "a malformed package URL": Defect(
        ("cyclonedx-model", "cdx-validate", "packageurl"), lambda it: _component(it).update(purl="pkg:cargo")
    ),
    "a licence that is no expression": Defect(
        ("cdx-ev",), lambda it: _component(it).update(licenses=[{"expression": "MIT AND/OR Apache-2.0"}])
    ),
    "a licence that SPDX does not list": Defect(
        ("cyclonedx-schema", "cdx-validate", "cdx-ev"),
        lambda it: _component(it).update(licenses=[{"license": {"id": "Expat"}}]),
    ),
}


def _row(document: Document) -> Document:
    """A component of CycloneDX that needs others."""
    return next(each for each in document["dependencies"] if each["dependsOn"])


# In one document alone, compared with that of SPDX 2.3 of the same thing.
CYCLONEDX_ALONE: dict[str, Defect] = {
    "a component less": Defect(("sbomdiff", "same-components"), lambda it: it["components"].remove(_component(it))),
    "another version of a component": Defect(
        ("sbomdiff", "same-components"), lambda it: _component(it).update(version="0.0.0-other")
    ),
    "another digest of a component": Defect(
        ("same-components",),
        lambda it: _component(it, "hashes").update(hashes=[{"alg": "SHA-256", "content": "0" * 64}]),
    ),
    "another package URL of a component": Defect(
        ("same-components",), lambda it: _component(it).update(purl="pkg:cargo/other@1.0.0")
    ),
    "another licence": Defect(
        ("same-licences",), lambda it: _component(it, "licenses").update(licenses=[{"license": {"id": "0BSD"}}])
    ),
    "a licence less": Defect(("same-licences",), lambda it: _component(it, "licenses").pop("licenses")),
    "an edge less": Defect(("same-relations",), lambda it: _row(it)["dependsOn"].pop()),
    "an edge too many": Defect(("same-relations",), lambda it: _row(it)["dependsOn"].append(_row(it)["ref"])),
    "what is unknown as if it were complete": Defect(
        ("same-relations",),
        lambda it: next(each for each in it["compositions"] if each["aggregate"] == "unknown").update(
            aggregate="complete"
        ),
    ),
}


def _relation3(document: Document, kind: str, class_: str = "Relationship") -> Document:
    """A relationship of SPDX 3 to several, or to the only one of its kind."""
    return max(
        (each for each in document["@graph"] if each["type"] == class_ and each["relationshipType"] == kind),
        key=lambda each: len(each["to"]),
    )


SPDX3_ALONE: dict[str, Defect] = {
    "another version of a component": Defect(
        ("same-components",), lambda it: _package3(it).update(software_packageVersion="0.0.0-other")
    ),
    "another licence": Defect(
        ("same-licences",),
        lambda it: _relation3(it, "hasDeclaredLicense").update(
            # No component has that of the document itself.
            to=[_element(it, "SpdxDocument")["dataLicense"]]
        ),
    ),
    "an edge less": Defect(("same-relations",), lambda it: _relation3(it, "dependsOn")["to"].pop()),
    "an edge of another kind": Defect(
        ("same-relations",), lambda it: _relation3(it, "dependsOn").update(relationshipType="contains")
    ),
    "a tool less": Defect(
        ("same-relations",), lambda it: _relation3(it, "usesTool", "LifecycleScopedRelationship")["to"].pop()
    ),
}

# By the ending of the document that is broken.
BROKEN = {".spdx.json": SPDX, ".spdx3.json": SPDX3, ".cdx.json": CYCLONEDX}
PAIRED = {".cdx.json": CYCLONEDX_ALONE, ".v1.7.cdx.json": CYCLONEDX_ALONE, ".spdx3.json": SPDX3_ALONE}
