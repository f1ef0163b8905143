"""The schema in, the language's reference as a Markdown page out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from expc.compiler.reading.schema import expected, resolve, schema

_INTRODUCTION = """\
# The language, version 1

<!-- Made from schemas/spec.schema.json by expc.compiler.reference: change the descriptions there. -->

A spec is a YAML 1.2 file of at most 1 MB: `1e-3` is a number, `no` a text, `010` ten, and quotes make a text of
anything ([what programs get of it](own-programs.md#the-command)). A key that stands twice, a key that is not on this
page and a value of another kind are errors, with line and column; `expc explain E201` says more of a code. Paths are
relative to the spec.

Names of factors, parameters, data sets, methods and stages have letters, digits, `_`, `.` and `-`, and begin with a
letter or `_` (those of data sets also with a digit). A level's name is any text on one line, of at most 100 characters;
one that was written as a value, such as `0.5` or `[3, 4]`, goes by that.

Editors complete and check a spec whose first line names the schema, which `expc schema` prints:

```yaml
# yaml-language-server: $schema=spec.schema.json
```
"""


def language_page() -> str:
    """A section for each key at the top of a spec, in the schema's order."""
    keys = schema()["properties"]
    links = " · ".join(f"[{name}](#{name})" for name in keys)
    sections = [_section(name, part) for name, part in keys.items()]
    return "\n".join([_INTRODUCTION, f"{links}\n", *sections])


def _section(name: str, part: Mapping[str, Any]) -> str:
    whole = resolve(part)
    lines = [f"## {name}", "", str(whole["description"]), "", _facts(name, whole), ""]
    lines += _table(_rows(whole))
    sources = _sources(whole)
    shared = _shared(sources)
    for source in sources:
        lines += [f"With `{source['title']}`:", "", *_table(_rows(source, "<name>", shared=shared))]
    for (reference, key), titles in shared.items():
        rows = _rows(resolve({"$ref": reference}), f"<name>.{key}")
        lines += [f"`{key}` with {', '.join(f'`{title}`' for title in titles)}:", "", *_table(rows)]
    for example in whole.get("examples", []):
        lines += ["```yaml", *_yaml({name: example}), "```", ""]
    return "\n".join(lines)


def _facts(name: str, part: Mapping[str, Any]) -> str:
    facts = [_value(part)]
    if name in schema()["required"]:
        facts.append("required")
    if "default" in part:
        facts.append(f"default `{flow(part['default'])}`")
    if "maxLength" in part:
        facts.append(f"at most {part['maxLength']} characters")
    return f"*{'; '.join(facts)}*"


def _value(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return " · ".join(f"`{word}`" for word in part["enum"])
    return f"`{part['const']}`" if "const" in part else expected(part)


def _table(rows: Iterator[str]) -> list[str]:
    found = list(rows)
    return ["| key | what it is | value |", "|---|---|---|", *found, ""] if found else []


def _sources(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What data sets have besides their source: it depends on that."""
    entry = resolve(part.get("additionalProperties"))
    return [target for variant in entry.get("allOf", []) if "title" in (target := resolve(variant.get("then")))]


def _shared(sources: list[Mapping[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """What several sources have, with keys below it: (reference, key) -> the sources' titles."""
    titles: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        for key, inner in source["properties"].items():
            if "properties" in resolve(inner) and "$ref" in inner:
                titles.setdefault((inner["$ref"], key), []).append(source["title"])
    return {place: found for place, found in titles.items() if len(found) > 1}


def _rows(part: Mapping[str, Any], path: str = "", shared: Collection[tuple[str, str]] = ()) -> Iterator[str]:
    """A row for each key below a part, where `<name>` stands for a name that the user chooses.

    What has a section of its own, such as a stage's `params`, isn't shown in every place again; nor is what lies below
    a part that is `shared`: (reference, key)."""
    for name, inner in part.get("properties", {}).items():
        if inner is True:
            continue
        whole, key = resolve(inner), f"{path}.{name}" if path else name
        yield _row(key, whole, required=name in part.get("required", []))
        if name not in schema()["properties"] and (whole.get("$ref"), name) not in shared:
            yield from _rows(whole, key)
    if isinstance(each := part.get("additionalProperties"), Mapping):
        yield from _rows(resolve(each), f"{path}.<name>" if path else "<name>")
    if isinstance(each := part.get("items"), Mapping):
        yield from _rows(resolve(each), path)


def _row(path: str, part: Mapping[str, Any], *, required: bool) -> str:
    value = _value(part)
    if required:
        value += "; required"
    if "default" in part:
        value += f"; default `{flow(part['default'])}`"
    return f"| `{path}` | {part['description']} | {value} |".replace("\n", " ")


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A mapping in block style as far as its entries are mappings of mappings, and in flow style below."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and any(isinstance(item, Mapping | list) for item in inner.values()):
            yield f"{indent}{flow(key)}:"
            yield from _yaml(inner, indent + "  ")
        elif isinstance(inner, list) and any(isinstance(item, Mapping) for item in inner):
            yield f"{indent}{flow(key)}:"
            yield from (f"{indent}  - {flow(item)}" for item in inner)
        else:
            yield f"{indent}{flow(key)}: {flow(inner)}"


def flow(value: Any) -> str:
    match value:
        case str():
            return value if _is_plain(value) else json.dumps(value, ensure_ascii=not value.isprintable())
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case _:
            return json.dumps(value)


def _is_plain(text: str) -> bool:
    """Whether YAML reads the text as text, without quotes."""
    special = re.fullmatch(r"(?i)[-+.0-9_]+(e[-+0-9]+)?|0[xob].*|\.inf|\.nan|true|false|null", text)
    begun = re.fullmatch(r"[A-Za-z0-9./][^:#,\[\]{}\"'\n]*", text) is not None
    return begun and not special and text.isprintable() and not text.endswith(" ")
