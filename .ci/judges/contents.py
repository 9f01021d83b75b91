"""What a document says, in the same words whatever its format, so that two of them can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = dict[str, Any]
# What all formats have of relations between components; CycloneDX does not say of which kind one is.
KINDS_OF_SPDX = {
    "CONTAINS": ("contains", False),
    "DEPENDS_ON": ("depends on", False),
    "GENERATED_FROM": ("is made from", False),
    "BUILD_DEPENDENCY_OF": ("needs while it is built", True),
    "BUILD_TOOL_OF": ("is built with", True),
}
KINDS_OF_SPDX3 = {
    ("contains", None): ("contains", False),
    ("dependsOn", None): ("depends on", False),
    ("generates", None): ("is made from", True),
    ("dependsOn", "build"): ("needs while it is built", False),
    ("usesTool", "build"): ("is built with", False),
}
# In place of a component: there is none, or nobody knows.
NO_COMPONENTS = {"NoneElement": "NONE", "NoAssertionElement": "NOASSERTION"}


class Component(NamedTuple):
    """An empty text for what there is not."""

    name: str
    version: str
    purl: str
    digests: str


class Keys(NamedTuple):
    """What a format calls the parts of a component, and those of a digest of it."""

    identifier: str
    version: str
    digests: str
    algorithm: str
    value: str


KEYS_OF_SPDX = Keys("SPDXID", "versionInfo", "checksums", "algorithm", "checksumValue")
KEYS_OF_SPDX3 = Keys("spdxId", "software_packageVersion", "verifiedUsing", "algorithm", "hashValue")
KEYS_OF_CYCLONEDX = Keys("bom-ref", "version", "hashes", "alg", "content")


class Header(NamedTuple):
    """Of the document itself."""

    created: str
    authors: list[str]
    tools: list[str]
    # What it was made from and when: "build".
    context: str


@dataclass(frozen=True)
class Contents:
    """Identifiers, which are those of one document, lead to components, and only these are told."""

    components: list[tuple[str, Component]]
    # Of each component, as declared.
    licences: list[tuple[Component, str]]
    # Kind, from, to; the latter two are texts where they lead nowhere.
    relations: set[tuple[str, Component | str, Component | str]]
    # Of each component, in the order of the components: what relhelper notes of it.
    notes: list[dict[str, str]]
    header: Header


def contents(path: Path) -> Contents:
    document = read(path)
    if "@graph" in document:
        return of_spdx3(document["@graph"])
    return of_spdx(document) if "packages" in document else of_cyclonedx(document)


def read(path: Path) -> Json:
    return json.loads(path.read_bytes())


def of_spdx(document: Json) -> Contents:
    rows = document["packages"]
    components = [component(row, KEYS_OF_SPDX, next(purls(row.get("externalRefs", [])), "")) for row in rows]
    texts = {each["licenseId"]: each["extractedText"] for each in document.get("hasExtractedLicensingInfos", [])}
    declared = [row.get("licenseDeclared", "NOASSERTION") for row in rows]
    licences = ["" if each == "NOASSERTION" else texts.get(each, each) for each in declared]
    edges = set()
    for row in document["relationships"]:
        if row["relationshipType"] != "DESCRIBES":
            kind, backwards = KINDS_OF_SPDX.get(row["relationshipType"], (row["relationshipType"], False))
            one, other = row["spdxElementId"], row["relatedSpdxElement"]
            edges.add((kind, other, one) if backwards else (kind, one, other))
    creation = document["creationInfo"]
    creators = [each.partition(": ") for each in creation.get("creators", [])]
    header = Header(
        creation.get("created", ""),
        [name for kind, _, name in creators if kind in ("Organization", "Person")],
        [name for kind, _, name in creators if kind == "Tool"],
        context(creation.get("comment", "")),
    )
    return made(components, licences, edges, [lines(row.get("comment", "")) for row in rows], header)


def of_spdx3(graph: list[Json]) -> Contents:
    rows = [each for each in graph if each["type"] == "software_Package"]
    components = [component(row, KEYS_OF_SPDX3, row.get("software_packageUrl", "")) for row in rows]
    packages = {iri for iri, _ in components}
    licences = [each for each in graph if each["type"].startswith("simplelicensing_")]
    texts = {each["spdxId"]: each.get("simplelicensing_licenseText", "") for each in licences}
    for each in licences:
        expression = each.get("simplelicensing_licenseExpression", "")
        own = {row["key"]: texts.get(row["value"], "") for row in each.get("simplelicensing_customIdToUri", [])}
        texts[each["spdxId"]] = texts[each["spdxId"]] or own.get(expression, expression)
    declared: dict[str, str] = {}
    edges = set()
    for row in graph:
        # Builds are related as well, and no other format has them like that.
        if not row["type"].endswith("Relationship") or row["from"] not in packages:
            continue
        if row["relationshipType"] == "hasDeclaredLicense":
            declared[row["from"]] = " and ".join(texts.get(iri, "") for iri in row["to"])
        elif row["relationshipType"] != "hasDistributionArtifact":
            kind = row["relationshipType"], row.get("scope")
            name, backwards = KINDS_OF_SPDX3.get(kind, (str(kind), False))
            for other in (NO_COMPONENTS.get(iri, iri) for iri in row["to"]):
                edges.add((name, other, row["from"]) if backwards else (name, row["from"], other))
    names = {each["spdxId"]: each.get("name", "") for each in graph if "spdxId" in each}
    creation = next(each for each in graph if each["type"] == "CreationInfo")
    header = Header(
        creation.get("created", ""),
        [names.get(iri, "") for iri in creation.get("createdBy", [])],
        [names.get(iri, "") for iri in creation.get("createdUsing", [])],
        context(creation.get("comment", "")),
    )
    licences_of = [declared.get(iri, "") for iri, _ in components]
    return made(components, licences_of, edges, [lines(row.get("comment", "")) for row in rows], header)


def of_cyclonedx(document: Json) -> Contents:
    rows = list(nested([document["metadata"]["component"], *document.get("components", [])]))
    components = [component(row, KEYS_OF_CYCLONEDX, row.get("purl", "")) for row in rows]
    licences = [" and ".join(licence_of_cyclonedx(each) for each in row.get("licenses", [])) for row in rows]
    complete = {
        ref
        for row in document.get("compositions", [])
        if row["aggregate"] == "complete"
        for ref in row.get("dependencies", [])
    }
    edges = set()
    for row in document.get("dependencies", []):
        ref, others = row["ref"], row["dependsOn"]
        edges |= {("", ref, other) for other in others}
        if ref not in complete:
            edges.add(("", ref, "NOASSERTION"))
        elif not others:
            edges.add(("", ref, "NONE"))
    metadata = document["metadata"]
    header = Header(
        metadata.get("timestamp", ""),
        [each.get("name", "") for each in (metadata.get("manufacturer", {}), *metadata.get("authors", []))],
        [each.get("name", "") for each in metadata.get("tools", {}).get("components", [])],
        " ".join(each.get("phase", "") for each in metadata.get("lifecycles", [])),
    )
    notes = [
        {each["name"].removeprefix("relhelper:"): each["value"] for each in row.get("properties", [])} for row in rows
    ]
    return made(components, licences, edges, notes, header)


def component(row: Json, keys: Keys, purl: str) -> tuple[str, Component]:
    # All digests; each format has a spelling of its own for algorithms.
    digests = [
        f"{each[keys.algorithm].replace('-', '').lower()}:{each[keys.value]}" for each in row.get(keys.digests, [])
    ]
    version = row.get(keys.version, "")
    return row[keys.identifier], Component(row["name"], version, purl, " ".join(sorted(digests)))


def licence_of_cyclonedx(row: Json) -> str:
    licence = row.get("license", {})
    return row.get("expression") or licence.get("id") or licence.get("name", "")


def made(
    components: list[tuple[str, Component]],
    licences: list[str],
    edges: set[tuple[str, str, str]],
    notes: list[dict[str, str]],
    header: Header,
) -> Contents:
    known = dict(components)
    return Contents(
        components,
        [(each, licence) for (_, each), licence in zip(components, licences, strict=True)],
        {(kind, known.get(one, one), known.get(other, other)) for kind, one, other in edges},
        notes,
        header,
    )


def context(comment: str) -> str:
    return comment.partition("Generation context: ")[2].partition(".")[0]


def lines(comment: str) -> dict[str, str]:
    """The notes in a comment of SPDX."""
    return {key: value for key, found, value in (line.partition(": ") for line in comment.split("\n")) if found}


def purls(value: object) -> Iterator[str]:
    """Every package URL of a document of any format, or of a part of one."""
    if isinstance(value, dict):
        if isinstance(value.get("purl"), str):
            yield value["purl"]
        if isinstance(value.get("software_packageUrl"), str):
            yield value["software_packageUrl"]
        if value.get("referenceType") == "purl":
            yield value["referenceLocator"]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from purls(each)


def nested(found: list[Json]) -> Iterator[Json]:
    """Components of CycloneDX and those in them."""
    for component in filter(None, found):
        yield component
        yield from nested(component.get("components", []))
