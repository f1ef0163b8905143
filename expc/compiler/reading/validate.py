"""A document in, every way in which its shape isn't the language's out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators

from expc.compiler.reading.imports import with_imports
from expc.compiler.reading.load import Document, read
from expc.compiler.reading.nodes import Pointer
from expc.compiler.reading.schema import schema
from expc.compiler.reading.wording import Finding, Violation, findings
from expc.errors import Diagnostic, SpecError


def check_shape(path: str, project: Path = Path()) -> tuple[Document | None, list[Diagnostic]]:
    """The document with its imports, if there is enough of one to go on with, and all that E1 and E2 say of it."""
    try:
        alone = read(path)
        if is_site(alone):
            return None, [_site_file(alone)]
        document = with_imports(alone, project)
    except SpecError as error:
        return None, list(error.diagnostics)
    return document, sorted([*document.findings, *validate(document)])


def is_site(document: Document) -> bool:
    """Whether a file describes a cluster, where a spec was meant."""
    return "site" in document.value and not {"expc", "task", "stages"} & set(document.value)


def _site_file(document: Document) -> Diagnostic:
    message = "this is a site file: it describes a cluster, and is no spec"
    hint = f"name it beside a spec, `expc check SPEC --site {document.path}`, or `expc doctor --site {document.path}`"
    return document.diagnostic("E201", ("site",), message, hint, key=True)


def validate(document: Document, language: str = "spec") -> list[Diagnostic]:
    """What the schema has against the document, sorted, apart from places where `document.findings` has something."""
    taken = {finding.place for finding in document.findings}
    diagnostics = {
        document.diagnostic(found.code, found.pointer, found.message, found.hint, key=found.at_key)
        for found in _without_noise(shape_findings(document.value, language))
    }
    return sorted(found for found in diagnostics if found.place not in taken)


NO_SPEC = ("expc", "name", "task")
NOTHING_OF_A_SPEC = Finding(
    *((), True, "E202", "this is no spec: it has no `expc`, no `name` and no `task`"),
    "begin it with `expc: 1`; if specs import it, check these, and it is checked with them",
)


@cache
def validator(language: str = "spec") -> Any:
    """Of the whole language; its `evolve` gives one of a part."""
    whole = Draft7Validator.TYPE_CHECKER.redefine("integer", _is_whole)
    keywords = {"uniqueItems": _unique_items, "pattern": _pattern}
    strict = validators.extend(Draft7Validator, keywords, type_checker=whole)  # type: ignore[no-untyped-call]  # its stubs say nothing
    return strict(schema(language))


def shape_findings(value: Any, language: str = "spec") -> Iterator[Finding]:
    """All that the schema has against a value; of one place it may say several things."""
    for error in validator(language).iter_errors(value):
        at_key = "propertyNames" in error.absolute_schema_path
        pointer = (*error.absolute_path, error.instance) if at_key else tuple(error.absolute_path)
        part = error.schema if isinstance(error.schema, dict) else {}
        yield from findings(
            Violation(pointer, at_key, str(error.validator), error.validator_value, error.instance, part)
        )


def _without_noise(found: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for each value: its type, before what only values of that type can have. A key that is missing
    because it is misspelt is not missing as well."""
    worst: dict[tuple[Pointer, bool], Finding] = {}
    missing: list[Finding] = []
    misspelt: dict[Pointer, list[str]] = {}
    for finding in found:
        place = (finding.pointer, finding.at_key)
        if finding.code == "E202":
            missing.append(finding)
            continue
        if finding.code == "E201":
            meant = re.findall("^write `([a-z]+)`", finding.hint)
            misspelt.setdefault(finding.pointer[:-1], []).extend([str(finding.pointer[-1]), *meant])
        if place not in worst or finding.code < worst[place].code:
            worst[place] = finding
    yield from worst.values()
    if {finding.missing for finding in missing if not finding.pointer} >= set(NO_SPEC) and () not in misspelt:
        missing = [NOTHING_OF_A_SPEC, *(one for one in missing if one.pointer)]
    for finding in missing:
        if not get_close_matches(finding.missing, misspelt.get(finding.pointer, []), cutoff=0.6):
            yield finding


def _is_whole(_checker: Any, value: object) -> bool:
    """1.0 isn't: who reads the value later would get a float."""
    return isinstance(value, int) and not isinstance(value, bool)


def _unique_items(_validator: Any, wanted: bool, items: Any, _schema: Any) -> Iterator[ValidationError]:
    """An error for each repeated item; jsonschema has one for all, and takes quadratic time to find it."""
    first: dict[Any, int] = {}
    for index, item in enumerate(items if wanted and isinstance(items, list) else []):
        before = first.setdefault(_identity(item), index)
        if before != index:
            yield ValidationError("repeated", path=[index], instance=item, validator_value=items[before])


def _identity(value: Any) -> Any:
    """Equal for values that are the same in YAML: 1 and 1.0 are, 1 and true are not."""
    match value:
        case bool():
            return "boolean", value
        case list():
            return tuple(map(_identity, value))
        case dict():
            return frozenset((key, _identity(item)) for key, item in value.items())
        case _:
            return value


def _pattern(_validator: Any, wanted: str, text: Any, _schema: Any) -> Iterator[ValidationError]:
    """Python's `$` also stands before a line break at the end, where that of JSON Schema doesn't."""
    if isinstance(text, str) and not _compiled(wanted).search(text):
        yield ValidationError("malformed")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern)
