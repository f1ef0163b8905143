"""A data set as the spec writes it in, what is wrong with its source out. Cheap: no numpy, no reading to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.data import folders, idx, lines, npz, saved, table
from expc.data.beginning import Pointer, Problem, problems_at_beginning
from expc.data.tree import files_in, tree_hash, visible_files
from expc.errors import ExpcError, nearest

# Which kinds of examples a source can give.
KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "csv": ("texts", "tables"),
    "jsonl": ("texts",),
    "huggingface": ("texts",),
    "npz": ("images",),
    "folder": ("images",),
    "idx": ("images",),
    "sklearn": ("images", "tables"),
    "questions": ("questions",),
}

# Those that scikit-learn ships: the others would need a network.
_BUILTIN: Mapping[str, tuple[str, ...]] = {
    "images": ("digits",),
    "texts": (),
    "tables": ("iris", "wine", "breast_cancer", "diabetes"),
    "questions": (),
}
_OF_NUMBERS = ("diabetes",)
"""Those whose target is a number."""

_PARTS = ("file", "train", "validation", "test")
_FOLDERS = ("folder", "huggingface")
"""Sources whose `path` is a folder."""


def builtin_names(kind: str) -> tuple[str, ...]:
    """The names that `source: sklearn` knows for a kind of examples: `images`, `texts` or `tables`."""
    return _BUILTIN[kind]


def stated_paths(entry: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """The files and folders that an entry names, by the place below it where it does."""
    found: dict[tuple[str, ...], str] = {}
    for key in (*_PARTS, "path"):
        value = entry.get(key)
        if isinstance(value, Mapping):  # images and their labels
            found |= {(key, inner): str(path) for inner, path in value.items()}
        elif value is not None:
            found[key,] = str(value)
    return found


def names_folder(entry: Mapping[str, Any]) -> bool:
    """Whether what the entry names is a folder, and not files."""
    return entry["source"] in _FOLDERS


def folder_hash(path: Path, sha256: Callable[[Path], str]) -> str:
    """That of a folder that trials are given, with every file in it that isn't hidden."""
    return tree_hash(path, visible_files(path), sha256)


def holds_files(path: Path) -> bool:
    """Whether a folder has anything that trials could be given."""
    return bool(visible_files(path))


def content_hash(entry: Mapping[str, Any], path: Path, sha256: Callable[[Path], str]) -> str:
    """The sha256 of what lies at one of an entry's paths; of a folder, that of all files in it."""
    return tree_hash(path, files_in(path), sha256) if names_folder(entry) else sha256(path)


def kinds_given(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The kinds of examples that an entry gives; none if it is a built-in set that isn't known."""
    match entry["source"]:
        case "csv":
            return ("texts",) if "text" in (entry.get("columns") or table.COLUMNS) else ("tables",)
        case "sklearn":
            return tuple(kind for kind, names in _BUILTIN.items() if entry.get("name", name) in names)
        case source:
            return KINDS_OF[source]


def predicts_numbers(entry: Mapping[str, Any], name: str) -> bool:
    """Whether what is to be predicted is a number, and no class."""
    if entry["source"] == "sklearn":
        return entry.get("name", name) in _OF_NUMBERS
    return "target" in (entry.get("columns") or {})


def check_source(entry: Mapping[str, Any], kind: str | None, base: Path, *, name: str) -> list[Problem]:
    """(pointer below the entry, message, hint) of each problem.

    `kind` is what the task reads, None if it reads any. `base` is the folder to which paths are relative, and
    `name` the entry's own, which is that of a built-in set unless the entry says otherwise."""
    source = entry["source"]
    if kind is not None and kind not in KINDS_OF[source]:
        gives = " or ".join(KINDS_OF[source])
        return [(("source",), f"source {source} gives {gives}, and the task reads {kind}", _sources(kind))]
    if source == "sklearn":
        return list(_unknown_set(entry.get("name", name), (kind,) if kind else KINDS_OF[source]))
    if kind is not None and kind not in kinds_given(entry, name):
        return [_other_columns(kind)]
    if source in _FOLDERS and "path" in entry:
        return _look(("path",), base / entry["path"], entry["path"], lambda path: _folder_problems(entry, path))
    if source == "idx":
        return [problem for part in _PARTS if part in entry for problem in _pair_problems(entry, part, base)]
    problems: list[Problem] = []
    for part in _PARTS:
        if part in entry:
            problems += _file_problems(entry, part, base / entry[part])
    return problems


def parts_given(entry: Mapping[str, Any], base: Path) -> set[str]:
    """Which of train, validation and test the source comes with, and expc need not make. Its files can be read."""
    given = {part for part in npz.PARTS if part in entry}
    if entry["source"] == "npz" and "file" in entry:
        names = npz.array_names(base / entry["file"], entry["file"])
        given |= set(npz.layout("file", names, {**npz.COLUMNS, **entry.get("columns", {})}, entry["file"]))
    if entry["source"] == "folder":
        given |= set(folders.layout(base / entry["path"], entry["path"]))
    if entry["source"] == "huggingface":
        given |= set(_splits(entry, base))
    return given


def _splits(entry: Mapping[str, Any], base: Path) -> Mapping[str, str]:
    """Part -> split, as far as it can be told: which splits a set on the hub has, nobody knows here."""
    stated = entry.get("splits") or {}
    if "path" not in entry:
        return stated
    return saved.chosen_splits(stated, saved.saved_splits(base / entry["path"], entry["path"]), entry["path"])


def has_groups(entry: Mapping[str, Any]) -> bool:
    """Whether the source has columns, one of which can say what belongs together."""
    return "texts" in KINDS_OF[entry["source"]]


def fault_of_group(column: str | int, entry: Mapping[str, Any], base: Path) -> tuple[str, str] | None:
    """Why the training data have no such column (message, hint); None if they have, or if nobody knows here."""
    role = next((role for role in ("file", "train", "path") if role in entry), None)
    if role is None:
        return None
    name, path = entry[role], base / entry[role]
    if entry["source"] == "huggingface":
        columns = saved.saved_splits(path, name)[_splits(entry, base)["train"]]
        return None if column in columns else (f"{name}: no column {column!r}", nearest(str(column), columns))
    if entry["source"] == "jsonl":
        first = lines.first_row(path, {**(entry.get("columns") or {}), "group": column})
        message, _, hint = (first.problem if first else "").partition("; ")
        return (f"{name}:{first.line}: {message}", hint) if first and message else None
    return table.fault(column, table.first_record(path, name), name)


def predicted_among_features(entry: Mapping[str, Any], base: Path) -> Iterator[int]:
    """The indices of the features that are the label or target, by whatever name. Its file can be read."""
    columns = entry.get("columns") or {}
    role = next((role for role in ("file", "train") if role in entry), None)
    if entry["source"] != "csv" or role is None or "features" not in columns:
        return
    first = table.first_record(base / entry[role], entry[role])
    wanted = [columns["target" if "target" in columns else "label"], *columns["features"]]
    places = [None if table.fault(each, first, "") else table.position(each, first) for each in wanted]
    yield from (index for index, place in enumerate(places[1:]) if place is not None and place == places[0])


def _sources(kind: str) -> str:
    return "allowed: " + ", ".join(source for source, gives in KINDS_OF.items() if kind in gives)


def _unknown_set(name: str, kinds: Iterable[str]) -> Iterator[Problem]:
    known = [each for kind in kinds for each in builtin_names(kind)]
    if name not in known:
        yield ("name",), f"scikit-learn ships no set of {' or '.join(kinds)} named {name!r}", nearest(name, known)


def _other_columns(kind: str) -> Problem:
    if kind == "texts":
        return ("columns",), "`columns` names no text, and the task reads texts", "add `text: …`, the text's column"
    hint = "leave it out: what is predicted is the `label` or the `target`, and all other columns are read"
    return ("columns", "text"), "the task reads the columns of a table, and `text` names one of texts", hint


def _file_problems(entry: Mapping[str, Any], part: str, path: Path) -> list[Problem]:
    name, columns = entry[part], entry.get("columns") or {}
    return _look((part,), path, name, lambda path: problems_at_beginning(entry["source"], part, path, name, columns))


def _look(pointer: Pointer, path: Path, name: str, check: Callable[[Path], Iterable[Problem]]) -> list[Problem]:
    """What a check finds, or why it can't even look."""
    try:
        if not path.exists():
            return [(pointer, f"no file {name}", "paths are relative to the spec's folder")]
        if not path.is_file() and pointer != ("path",):
            return [(pointer, f"{name} is not a file", "give the file itself, not a folder or a device")]
        return list(check(path))
    except OSError as error:
        return [(pointer, f"{name} can't be read: {error.strerror}", "")]
    except ExpcError as error:
        return [(pointer, str(error), "")]


def _pair_problems(entry: Mapping[str, Any], part: str, base: Path) -> list[Problem]:
    """Of a file of images and the file of their labels."""
    headers: list[idx.Header] = []
    problems: list[Problem] = []
    for key in ("images", "labels"):

        def check(path: Path, name: str = entry[part][key]) -> list[Problem]:
            headers.append(idx.first_header(path, name))
            return []

        problems += _look((part, key), base / entry[part][key], entry[part][key], check)
    if not problems:
        fault = idx.fault(headers[0], headers[1], (entry[part]["images"], entry[part]["labels"]))
        problems += [((part,), fault, "")] if fault else []
    return problems


def _folder_problems(entry: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    name = entry["path"]
    if entry["source"] == "folder":
        found = folders.layout(path, name)
        for part, label in [] if "labels" in entry else folders.strange_classes(found):
            known = sorted({each for _, each in found["train"]})
            yield ("path",), f"{name} ({part}): class {label!r} is not in the training data", nearest(label, known)
        return
    splits, stated = saved.saved_splits(path, name), entry.get("splits") or {}
    unknown = {part: split for part, split in stated.items() if split not in splits}
    for part, split in unknown.items():
        yield ("splits", part), f"{name} has no split {split!r}", nearest(split, splits)
    for split in () if unknown else saved.chosen_splits(stated, splits, name).values():
        fault = saved.column_fault(splits[split], entry.get("columns"))
        if fault:
            key, message, hint = fault
            at = ("columns", key) if key in (entry.get("columns") or {}) else ("path",)
            yield at, f"{name} ({split}): {message}", hint
            return
