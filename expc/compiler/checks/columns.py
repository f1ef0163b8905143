"""Tables that specs name in, what a look at their beginnings tells of columns that are not meant so, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from expc.compiler.checks.rule import Context, Finding, check
from expc.data.headers import header_among_rows
from expc.data.identifiers import Identifiers, identifiers
from expc.data.quotes import quoted
from expc.data.repeats import repeats
from expc.data.sources import kinds_given
from expc.spec import Source

NAMED = 8
"""Columns of a table that a hint names."""

SHOWN = 40
"""Characters of a field that a message shows."""


@check("R018")
def column_that_only_tells_rows_apart(context: Context) -> Iterator[Finding]:
    kinds = {
        stage.template.data.kind for stage in context.scope.stages.values() if stage.template and stage.template.data
    }
    for source in context.scope.spec.data.values() if "tables" in kinds else ():
        entry = source.entry
        file = entry.get("file", entry.get("train"))
        if source.source != "csv" or "tables" not in kinds_given(entry, source.name):
            continue
        columns, split = context.written(("data", source.name, "columns")), entry.get("split", {})
        group = split.get("group") if isinstance(split, Mapping) else None
        looked = identifiers(context.base / str(file), str(file), columns, group)
        if looked and looked.found:
            yield Finding(("data", source.name, "columns"), *_idle(looked), key=True)


def _idle(looked: Identifiers) -> tuple[str, str]:
    names = " and ".join(map(repr, looked.found))
    message = (
        f"{names} {'differ' if looked.found[1:] else 'differs'} in each of {looked.rows} rows,"
        f" and so {'say' if looked.found[1:] else 'says'} nothing of others"
    )
    listed = ", ".join(looked.others[:NAMED]) + (", …" if looked.others[NAMED:] else "")
    return message, f"learn from the rest: `features: [{listed}]`"


@check("R023")
def header_that_is_read_as_an_example(context: Context) -> Iterator[Finding]:
    for source, columns, file in _files(context):
        if not columns or _by_header(columns):
            continue
        header = header_among_rows(context.base / file, file, columns)
        if header:
            named = ", ".join(header[:NAMED])
            message = f"the first row of {file!r} looks like a header ({named}), and is read as an example"
            yield Finding(("data", source.name, "columns"), message, _by_name(columns, header), key=True)


@check("R024")
def rows_of_one_on_both_sides(context: Context) -> Iterator[Finding]:
    """Where the file is one, and so divided by us, and nothing says what belongs together."""
    for source, columns, file in _files(context):
        split = source.entry.get("split", {})
        if "test" in source.entry or not isinstance(split, Mapping) or "group" in split or not _by_header(columns):
            continue
        found = repeats(context.base / file, file, columns)
        if found:
            whose = f"the {found.rows} rows of {file!r} are of {found.values} values of {found.column!r}"
            hint = f"`split: {{…, group: {found.column}}}` keeps those of one together"
            pointer = ("data", source.name, "split") if split else ("data", source.name)
            message = f"{whose}, and those of one may be learned from and tested on"
            yield Finding(pointer, message, hint, key=True)


@check("R028")
def quotes_that_stay(context: Context) -> Iterator[Finding]:
    for source, _, _ in _files(context):
        for part in ("file", "train", "validation", "test"):
            file = str(source.entry.get(part, ""))
            field = quoted(context.base / file, file)
            if field:
                shown = field if len(field) <= SHOWN else f"{field[:SHOWN]}…"
                message = f"{file!r} is written with quotes, {shown}, and a .tsv is read as it stands"
                hint = "save it with commas, as .csv, where quotes are taken away; or write its fields without them"
                yield Finding(("data", source.name, part), message, hint)


def _files(context: Context) -> Iterator[tuple[Source, Mapping[str, int | str | list[int | str]], str]]:
    """The tables of the spec, each with its columns as they are written and its first file."""
    kinds = {
        stage.template.data.kind for stage in context.scope.stages.values() if stage.template and stage.template.data
    }
    for source in context.scope.spec.data.values() if kinds & {"tables", "texts"} else ():
        if source.source == "csv":
            columns = context.written(("data", source.name, "columns")) or {}
            yield source, columns, str(source.entry.get("file", source.entry.get("train")))


def _by_header(columns: Mapping[str, int | str | list[int | str]]) -> bool:
    """Whether any is given by its name, so that the file has a header."""
    flat = (one for value in columns.values() for one in (value if isinstance(value, list) else [value]))
    return any(isinstance(column, str) for column in flat)


def _by_name(columns: Mapping[str, int | str | list[int | str]], header: Sequence[str]) -> str:
    entries = (f"{key}: {_named(value, header)}" for key, value in columns.items())
    return f"name the columns by it: `columns: {{{', '.join(entries)}}}`"


def _named(value: int | str | list[int | str], header: Sequence[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_named(one, header) for one in value)}]"
    return header[value] if isinstance(value, int) else value
