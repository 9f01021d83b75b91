#!/usr/bin/env python3
"""Judge provenance.json by libraries that nobody here wrote.

in-toto-attestation reads it as an in-toto Statement v1 and its predicate as SLSA provenance v1, where an unknown field is
an error; packageurl reads every package URL and must write the same text. What those libraries leave out, the fields that
SLSA requires, is checked here. Then the document is broken in one place after the other, and each time must be refused.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path

import google.protobuf.json_format as protobuf
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from packageurl import PackageURL

PREDICATE = "https://slsa.dev/provenance/v1"
EXIT_CODES = "exit codes: 0 it is accepted and what is broken is refused; 1 otherwise"


class Refused(Exception):
    """A document that is not what it should be, and why."""


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    made.add_argument("file", type=Path, help="provenance.json of a release")
    document = json.loads(made.parse_args().file.read_bytes())
    try:
        subjects, dependencies, purls = judge(document)
    except Refused as refused:
        print(f"error: the provenance is refused: {refused}", file=sys.stderr)
        return 1
    accepted = [name for name, change in DEFECTS.items() if not refuses(document, change)]
    for name in accepted:
        print(f"error: a provenance with {name} is accepted", file=sys.stderr)
    print(f"provenance: {subjects} subjects, {dependencies} dependencies, {purls} package URLs; {len(DEFECTS)} defects")
    return 1 if accepted else 0


def judge(document: dict) -> tuple[int, int, int]:
    """Number of subjects, of dependencies, and of package URLs among them."""
    try:
        statement = protobuf.ParseDict(document, statement_pb2.Statement())
        Statement.copy_from_pb(statement).validate()
        predicate = protobuf.ParseDict(document["predicate"], provenance_pb2.Provenance())
        definition = predicate.build_definition
        for resource in definition.resolved_dependencies:
            ResourceDescriptor.copy_from_pb(resource).validate()
        purls = [one.uri for one in definition.resolved_dependencies if one.uri]
        for purl in purls:
            require(PackageURL.from_string(purl).to_string() == purl, f"{purl} is not canonical")
    except (ValueError, protobuf.ParseError) as error:
        raise Refused(str(error)) from error
    require(statement.predicate_type == PREDICATE, f"the predicate is {statement.predicate_type}")
    require(":" in definition.build_type, "there is no buildType")
    require(len(definition.external_parameters) > 0, "there are no externalParameters")
    require(":" in predicate.run_details.builder.id, "there is no builder.id")
    names = [subject.name for subject in statement.subject]
    require(len(set(names)) == len(names), "two subjects have one name")
    for resource in [*statement.subject, *definition.resolved_dependencies]:
        require(len(resource.digest) > 0, f"{resource.name} has no digest")
        for algorithm, digest in resource.digest.items():
            require(
                set(digest) <= set("0123456789abcdef"), f"{resource.name}: {algorithm} is not lower-case hexadecimal"
            )
    return len(names), len(definition.resolved_dependencies), len(purls)


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)


def refuses(document: dict, change: Callable[[dict], object]) -> bool:
    broken = copy.deepcopy(document)
    change(broken)
    try:
        judge(broken)
    except Refused:
        return True
    return False


def _definition(document: dict) -> dict:
    return document["predicate"]["buildDefinition"]


# Each with one thing wrong.
DEFECTS: dict[str, Callable[[dict], object]] = {
    "a digest in base 64": lambda it: it["subject"][0]["digest"].update(
        sha256="n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
    ),
    "a field that SLSA does not know": lambda it: it["predicate"].update(materials=[]),
    "a malformed package URL": lambda it: _definition(it)["resolvedDependencies"][-1].update(uri="pkg:cargo"),
    "a package URL that is not canonical": lambda it: _definition(it)["resolvedDependencies"][-1].update(
        uri="pkg:PyPI/A_b@1"
    ),
    "a subject without digest": lambda it: it["subject"][0].pop("digest"),
    "another statement type": lambda it: it.update(_type="https://in-toto.io/Statement/v0.1"),
    "another predicate type": lambda it: it.update(predicateType="https://slsa.dev/provenance/v0.2"),
    "no build type": lambda it: _definition(it).pop("buildType"),
    "no builder": lambda it: it["predicate"]["runDetails"].pop("builder"),
    "no external parameters": lambda it: _definition(it).pop("externalParameters"),
    "no subject": lambda it: it["subject"].clear(),
    "the same subject twice": lambda it: it["subject"].append(it["subject"][0]),
}

if __name__ == "__main__":
    sys.exit(main())
