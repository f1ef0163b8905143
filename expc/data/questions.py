"""A file of questions in, each with its answer and its choices out; all that is wrong with it in one error.

Lines of JSON (`.jsonl`), or a table with commas or tabs. An answer to a question with choices is written as one of
them, as its letter (A is the first), or as its place (0 is the first)."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from expc.data import table
from expc.data.problems import broken
from expc.errors import ExpcError, nearest

LETTERS = string.ascii_uppercase
COLUMNS: Mapping[str, Any] = {"question": "question", "answer": "answer"}

Question = dict[str, Any]


class _Wrong(Exception):  # noqa: N818 - a line is wrong, and said with the others
    """What is wrong with a line, in words."""


def read_questions(content: bytes, name: str, columns: Mapping[str, Any] | None) -> list[Question]:
    """`{"id", "question", "answer", "choices", "letter"}` of each; the last two are null where there are no choices."""
    columns = {**COLUMNS, **(columns or {})}
    found: list[Question] = []
    problems: list[str] = []
    for line, fields in _records(content, name, columns):
        try:
            found.append(_question(fields(), str(len(found))))
        except _Wrong as error:
            problems.append(f"{name}:{line}: {error}")
    if problems:
        raise broken(problems)
    if not found:
        raise ExpcError(f"{name} holds no question")
    _check_ids(found, name)
    return found


def problem(path: Path, name: str, columns: Mapping[str, Any] | None) -> tuple[tuple[str, ...], str, str] | None:
    """(key, message, hint) of what a look at the first line shows; None if it shows nothing wrong."""
    columns = {**COLUMNS, **(columns or {})}
    if _is_table(name):
        first = table.first_record(path, name)
        if not first:
            return (), f"{name} is empty", ""
        wanted = [(key, one) for key, stated in columns.items() for one in _listed(stated)]
        faults = ((key, table.fault(column, first, name)) for key, column in wanted)
        return next(((("columns", key), *fault) for key, fault in faults if fault), None)
    with path.open("rb") as file:
        line = file.readline().decode("utf-8-sig", errors="replace")
    try:
        fields = _object(line)
    except _Wrong as error:
        return (), f"{name}:1: {error}", 'a line is such as {"question": "2 + 2?", "answer": "4"}'
    for key, stated in columns.items():
        for one in _listed(stated):
            if one not in fields:
                return ("columns", key), f"{name}:1: there is no {one!r}", nearest(str(one), map(str, fields))
    return None


def _is_table(name: str) -> bool:
    return not name.lower().endswith((".jsonl", ".ndjson"))


def _listed(stated: Any) -> list[Any]:
    return stated if isinstance(stated, list) else [stated]


def _records(
    content: bytes, name: str, columns: Mapping[str, Any]
) -> Iterator[tuple[int, Callable[[], dict[str, Any]]]]:
    """The line of each record, and what gives its fields by our own names, or raises _Wrong."""
    if _is_table(name):
        records = list(table.records(content, name))
        flat = {f"{key} {n}": one for key, stated in columns.items() for n, one in enumerate(_listed(stated))}
        first = records[0][1] if records else []
        for column in flat.values():
            if fault := table.fault(column, first, name):
                raise ExpcError("; ".join(fault))
        places = {key: [table.position(one, first) for one in _listed(stated)] for key, stated in columns.items()}
        for line, cells in records[1:] if table.has_header(flat) else records:
            yield line, partial(_cells, cells, places, len(first))
        return
    for line, text in enumerate(table.decoded(content, name).split("\n"), start=1):
        if text.strip():
            yield line, partial(_fields, text, columns)


def _cells(cells: Sequence[str], places: Mapping[str, Sequence[int]], width: int) -> dict[str, Any]:
    """The last choices may be left out; what is more than the first line has is a comma that nobody quoted."""
    if len(cells) > width:
        raise _Wrong(f"{len(cells)} fields, and the first line has {width}; quote a text that holds what parts them")
    found = {key: [cells[place] for place in at if place < len(cells)] for key, at in places.items()}
    single = {key: values[0] for key, values in found.items() if key != "choices" and values}
    return single | {"choices": [choice for choice in found.get("choices", ()) if choice]}


def _question(fields: Mapping[str, Any], number: str) -> Question:
    question, answer, choices = fields.get("question"), fields.get("answer"), fields.get("choices")
    if not isinstance(question, str) or not question.strip():
        raise _Wrong(f"the question must be a text that isn't empty, not {_said(question)}")
    if not isinstance(answer, str | int | float) or isinstance(answer, bool) or not str(answer).strip():
        raise _Wrong(f"the answer must be a text or a number, not {_said(answer)}")
    identity = fields.get("id", number)
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise _Wrong(f"the id must be a text or a whole number, not {_said(identity)}")
    given = _choices(choices) if choices else []
    place = _place(answer, given) if given else None
    return {
        "id": str(identity),
        "question": question,
        "answer": str(answer).strip() if place is None else given[place],
        "choices": given or None,
        "letter": LETTERS[place] if place is not None else None,
    }


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _Wrong(f"isn't JSON: {error}") from None
    if not isinstance(found, dict):
        raise _Wrong(f"a line must hold an object, not {_said(found)}")
    return found


def _fields(text: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """By our own names. Where no column is named for the choices and the id, those of that name are meant."""
    line = _object(text)
    stated = {"choices": "choices", "id": "id", **columns}
    return {
        key: [line[one] for one in column if line.get(one) is not None] if isinstance(column, list) else line[column]
        for key, column in stated.items()
        if isinstance(column, list) or column in line
    }


def _choices(choices: Any) -> list[str]:
    if not isinstance(choices, list) or not all(isinstance(choice, str) and choice.strip() for choice in choices):
        raise _Wrong(f"the choices must be a list of texts, not {_said(choices)}")
    if not 2 <= len(choices) <= len(LETTERS):
        raise _Wrong(f"there must be 2 to {len(LETTERS)} choices, and there are {len(choices)}")
    if len(set(choices)) < len(choices):
        raise _Wrong("two of the choices are the same")
    return choices


def _place(answer: str | float, choices: Sequence[str]) -> int:
    """Which choice an answer means."""
    said = str(answer).strip()
    meant = {
        "as a choice": choices.index(said) if said in choices else None,
        "as a letter": LETTERS.find(said) if len(said) == 1 and said in LETTERS[: len(choices)] else None,
        "as a place": int(said) if said.isdecimal() and int(said) < len(choices) else None,
    }
    if isinstance(answer, int):  # in JSON a number is no text
        meant = {"as a place": meant["as a place"]}
    found = {way: place for way, place in meant.items() if place is not None}
    if not found:
        raise _Wrong(f"the answer {_said(answer)} is none of the choices, nor a letter or a place (from 0) of one")
    if len(set(found.values())) > 1:
        raise _Wrong(f"the answer {_said(answer)} means two choices: one {' and one '.join(found)}")
    return next(iter(found.values()))


def _check_ids(found: Sequence[Question], name: str) -> None:
    met: set[str] = set()
    for question in found:
        if question["id"] in met:
            raise ExpcError(f"{name}: two questions have the id {question['id']!r}; an id names one")
        met.add(question["id"])


def _said(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"
