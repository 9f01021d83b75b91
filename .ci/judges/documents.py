"""Judges of documents: each takes the path of one and says why it refuses it; an empty list when it does not."""

from __future__ import annotations

import contextlib
import functools
import importlib.resources
import io
import json
import re
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema._format
import jsonschema.validators
from cdxev.validator.helper import validate_instance
from contents import Contents, contents, nested, purls, read
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ntia_conformance_checker import SbomChecker
from packageurl import PackageURL
from sbomdiff import cli as sbomdiff_cli
from spdx_python_model.bindings import v3_0_1 as spdx3
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

# Most addresses are in all documents, and the grammar of IRIs takes milliseconds for each: nine tenths of the time here.
jsonschema._format._rfc3987_is_valid_syntax = functools.cache(jsonschema._format._rfc3987_is_valid_syntax)

SHOWN = 5
# File name endings, longest first: what stands before them is the same for one thing.
ENDINGS = (".v1.7.cdx.json", ".cdx.json", ".spdx.json", ".spdx3.json")


def parts(name: str) -> tuple[str, str]:
    """What a document is about, and its ending; an empty ending for other files."""
    ending = next((each for each in ENDINGS if name.endswith(each)), "")
    return name.removesuffix(ending), ending


def pyspdxtools(path: Path) -> list[str]:
    try:
        document = parse_file(str(path))
    except SPDXParsingError as error:
        return error.get_messages()
    except Exception as error:  # noqa: BLE001 what the parser did not expect is refused as well
        return [f"{type(error).__name__}: {error}"]
    return [message.validation_message for message in validate_full_spdx_document(document, "SPDX-2.3")]


def spdx_schema(path: Path) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in spdx_schema_validator().iter_errors(read(path))]


def ntia(path: Path, spec: str = "spdx2") -> list[str]:
    # What the other judges find they have found already.
    checker = SbomChecker(str(path), validate=False, compliance="ntia", sbom_spec=spec)
    if checker.compliant:
        return []
    lacking = [f"{name}: {each[1]}" for name, found in checker.all_components_without_info for each in found]
    return lacking or [title for title, holds in checker.table_elements if not holds] or ["it cannot be read"]


def spdx3_model(path: Path) -> list[str]:
    """The classes generated from SPDX's own SHACL model: read, link, and write again what was read."""
    found = spdx3.SHACLObjectSet()
    try:
        with path.open("rb") as file:
            spdx3.JSONLDDeserializer().read(file, found)
        missing = found.link()
        again = io.BytesIO()
        spdx3.JSONLDSerializer().write(found, again)
    except Exception as error:  # noqa: BLE001 each part of the model has exceptions of its own
        return [f"{type(error).__name__}: {error}"]
    if missing:
        return [f"{iri} leads nowhere" for iri in sorted(missing)]
    # The one blank node has another name then.
    second = json.loads(again.getvalue().replace(b'"_:CreationInfo0"', b'"_:creationInfo"'))
    one, other = ({json.dumps(each, sort_keys=True) for each in graph["@graph"]} for graph in (read(path), second))
    return [f"it is not what is written again: {each}" for each in sorted(one ^ other)]


def spdx3_canonical(path: Path) -> list[str]:
    """Canonical serialisation, section 4.2: sorted keys, no space, no line break."""
    text = path.read_text()
    written = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return [] if text == written else ["it is not in the canonical form"]


def ntia3(path: Path) -> list[str]:
    return ntia(path, "spdx3")


def cyclonedx_schema(path: Path) -> list[str]:
    text = path.read_text()
    found = cyclonedx_validator(json.loads(text)["specVersion"]).validate_str(text, all_errors=True) or ()
    return [str(error) for error in found]


def cyclonedx_model(path: Path) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bom = Bom.from_json(read(path))  # type: ignore[attr-defined]
            bom.validate()
    except Exception as error:  # noqa: BLE001 each part of the model has exceptions of its own
        return [f"{type(error).__name__}: {error}"]
    return []


def cdx_ev(path: Path) -> list[str]:
    document = read(path)
    result = validate_instance(document, document["specVersion"], "default", None)
    return [f"{issue.location}: {issue.message}" for issue in result.errors]


def references(path: Path) -> list[str]:
    """No library looks whether references of CycloneDX are unique, lead somewhere, and cover every component."""
    document = read(path)
    known = Counter(bom_refs(document))
    rows = document.get("dependencies", [])
    used = {each for row in rows for each in (row["ref"], *row["dependsOn"])}
    used |= {
        each
        for row in document.get("compositions", [])
        for key in ("assemblies", "dependencies")
        for each in row.get(key, [])
    }
    used |= set(resource_refs(document.get("formulation", [])))
    graph = Counter(row["ref"] for row in rows)
    all_components = nested([document["metadata"]["component"], *document.get("components", [])])
    return [
        *(f"{ref} stands for {times} things" for ref, times in known.items() if times > 1),
        *(f"{ref} leads nowhere" for ref in sorted(used - set(known))),
        *(
            f"{each['bom-ref']} has {graph[each['bom-ref']]} rows of dependencies"
            for each in all_components
            if graph[each["bom-ref"]] != 1
        ),
    ]


def cisa(path: Path) -> list[str]:
    """What the minimum elements of 2025 have beside those of 2021, as docs/formats/sbom.md says; this one is ours."""
    found = contents(path)
    header = found.header
    problems = [
        f"there is no {what}"
        for what, holds in (
            ("timestamp", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", header.created)),
            ("author", any(header.authors)),
            ("name of a tool", any(header.tools)),
            ("generation context", header.context == "build"),
        )
        if not holds
    ]
    for (identifier, component), (_, licence), notes in zip(found.components, found.licences, found.notes, strict=True):
        if not licence and not notes.get("license"):
            problems.append(f"{component.name} {component.version} has no licence, and no note why")
        if not component.digests and not without_file(identifier, notes):
            problems.append(f"{component.name} {component.version} has no hash")
    return problems


def without_file(identifier: str, notes: dict[str, str]) -> bool:
    """Whether a component is no file of its own, so that it can have no hash. The table in sbom.md has the same ones."""
    kind = re.split(r"[-#]", identifier.removeprefix("SPDXRef-").rpartition("#")[2])[0]
    return {
        "product": True,
        "crate": notes.get("source") in ("workspace", "toolchain"),
        # A tree, of which there is the digest of the NAR.
        "source": bool(notes.get("narHash")),
        "input": bool(notes.get("narHash")),
    }.get(kind, False)


def packageurl(path: Path) -> list[str]:
    problems = []
    for purl in sorted(set(purls(read(path)))):
        try:
            canonical = PackageURL.from_string(purl).to_string()
        except ValueError as error:
            canonical = str(error)
        if canonical != purl:
            problems.append(f"{purl} is not canonical: {canonical}")
    return problems


def sbomdiff(one: Path, other: Path) -> list[str]:
    """Components by name; of several with one name it sees the first, and none in `metadata`."""
    document = read(other)
    document["components"] = [document["metadata"]["component"], *document.get("components", [])]
    with (
        tempfile.NamedTemporaryFile("w", suffix=parts(other.name)[1]) as seen,
        contextlib.redirect_stdout(io.StringIO()) as out,
    ):
        json.dump(document, seen)
        seen.flush()
        differs = sbomdiff_cli.main(["sbomdiff", "--checksum", "SHA256", str(one), seen.name])
    return [line for line in out.getvalue().splitlines() if line.startswith("[")] or ["they differ"] if differs else []


def same_components(one: Path, other: Path) -> list[str]:
    """Name, version, package URL and digests of every component; this and the next two are ours."""
    return difference(one, other, *(Counter(each for _, each in said(path).components) for path in (one, other)))


def same_licences(one: Path, other: Path) -> list[str]:
    """The licence that every component declares."""
    return difference(one, other, *(Counter(said(path).licences) for path in (one, other)))


def same_relations(one: Path, other: Path) -> list[str]:
    """What depends on what, and of which that is not known. CycloneDX knows one kind only."""
    found = [said(path).relations for path in (one, other)]
    if not all(kind for relations in found for kind, *_ in relations):
        found = [{("", *ends) for _, *ends in relations} for relations in found]
    return difference(one, other, *map(Counter, found))


def difference(one: Path, other: Path, first: Counter[Any], second: Counter[Any]) -> list[str]:
    return [
        f"only in {path.name}: {each}"
        for path, found in ((one, first - second), (other, second - first))
        for each in sorted(found, key=str)
    ]


@functools.lru_cache(maxsize=2)
def said(path: Path) -> Contents:
    """Several judges in a row ask the same of the same two documents."""
    return contents(path)


class CdxValidate:
    """cdx-validate, for many files in one process of node."""

    def __init__(self, node: Path, modules: Path) -> None:
        self.command = [node, Path(__file__).with_name("cdx-validate.mjs"), modules]

    def __call__(self, paths: list[Path]) -> dict[Path, list[str]]:
        names = "".join(f"{path}\n" for path in paths if path.name.endswith(".cdx.json"))
        done = subprocess.run(self.command, input=names, stdout=subprocess.PIPE, check=True, text=True)
        return {Path(name): why[:SHOWN] for name, why in json.loads(done.stdout).items()}


JUDGES: dict[str, Callable[[Path], list[str]]] = {
    "pyspdxtools": pyspdxtools,
    "spdx-schema": spdx_schema,
    "ntia": ntia,
    "ntia-3": ntia3,
    "spdx3-model": spdx3_model,
    "spdx3-canonical": spdx3_canonical,
    "cyclonedx-schema": cyclonedx_schema,
    "cyclonedx-model": cyclonedx_model,
    "cdx-ev": cdx_ev,
    "cisa": cisa,
    "packageurl": packageurl,
    "references": references,
}
OF_SPDX = ("pyspdxtools", "spdx-schema", "ntia", "cisa", "packageurl")
OF_SPDX3 = ("spdx3-model", "spdx3-canonical", "ntia-3", "cisa", "packageurl")
OF_CYCLONEDX = ("cyclonedx-schema", "cyclonedx-model", "cdx-ev", "cisa", "packageurl", "references")
OF_FORMAT = {
    ".cdx.json": OF_CYCLONEDX,
    ".v1.7.cdx.json": OF_CYCLONEDX,
    ".spdx.json": OF_SPDX,
    ".spdx3.json": OF_SPDX3,
}
OF_PAIRS: dict[str, Callable[[Path, Path], list[str]]] = {
    "sbomdiff": sbomdiff,
    "same-components": same_components,
    "same-licences": same_licences,
    "same-relations": same_relations,
}
# Those that compare SPDX 2.3 with a format. sbomdiff does not read SPDX 3.
OF_PAIRED = {
    ".cdx.json": tuple(OF_PAIRS),
    ".v1.7.cdx.json": tuple(OF_PAIRS),
    ".spdx3.json": tuple(name for name in OF_PAIRS if name != "sbomdiff"),
}


# ---- what is read out of documents


def bom_refs(value: object) -> Iterator[str]:
    """Every reference that a document of CycloneDX defines."""
    if isinstance(value, dict) and "bom-ref" in value:
        yield value["bom-ref"]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from bom_refs(each)


def resource_refs(value: object) -> Iterator[str]:
    """Every reference that a formulation uses."""
    if isinstance(value, dict) and isinstance(value.get("ref"), str):
        yield value["ref"]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from resource_refs(each)


@functools.lru_cache
def spdx_schema_validator() -> jsonschema.Validator:
    text = importlib.resources.files("lib4sbom").joinpath("schemas/spdx/2.3-schema.json").read_text()
    schema = json.loads(text)
    made = jsonschema.validators.validator_for(schema)
    return made(schema, format_checker=made.FORMAT_CHECKER)


@functools.lru_cache
def cyclonedx_validator(version: str) -> JsonStrictValidator:
    return JsonStrictValidator(SchemaVersion.from_version(version))
