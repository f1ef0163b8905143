"""A data set of the plan in, its prepared folder out: train, validation, test, and data.json last.

What is given is kept as it is given. What is missing is made from what is given for training (`train`, or `file`),
and taken out of it, as the entry's rule of the split says: each part gets its fraction of that file's examples, by
default 0.2 for test and 0.1 for validation, stratified by label; or the test data are one of several folds. So 100
lines without further files become 70, 10 and 20; with a test file of their own 90 and 10; with a validation file of
their own 80 and 20; of ten folds 81, 9 and 10. The order of the examples stays."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from expc.data.divide import divide
from expc.data.examples import Examples, classes_of, numbers, only
from expc.data.familiar import digests, familiar
from expc.data.hub import read_hub
from expc.data.images import builtin_images, read_idx, read_images
from expc.data.npz import PARTS
from expc.data.questions import read_questions
from expc.data.sizes import check_sizes
from expc.data.sources import predicts_numbers
from expc.data.tabular import arrays_of, builtin_table, numeric_columns, read_table, targets_of
from expc.data.texts import read_lines, read_texts
from expc.errors import ExpcError
from expc.whole import replacing

DIGESTED = ("train", "test")
MOST = 1_000_000
"""Training examples up to which it is kept what they are: tables compare them with other sets' test data."""


def prepare(entry: Mapping[str, Any], target: Path, project: Path) -> None:
    """Write what docs/contracts.md says of `results/data/<id>/` into the folder `target`.

    The bytes depend on nothing but `entry`. Files must have the sha256 that they had when the plan was made."""
    if entry["kind"] == "questions":
        _prepare_questions(entry, target, project)
        return
    given = _read(entry, project)
    classes = None if predicts_numbers(entry, entry["name"] or "") else classes_of(given["train"], entry["labels"])
    if entry["labels"] is not None and classes is not None:
        given = {part: only(examples, classes) for part, examples in given.items()}
    parts = _whole_set(given, classes, entry["split"])
    numeric = _numeric(given, parts) if entry["kind"] == "tables" else ()
    more = _described(entry["kind"], parts, numeric)
    y = {part: _answers(examples, classes) for part, examples in parts.items()}
    target.mkdir(parents=True, exist_ok=True)
    for part, examples in parts.items():
        _write_part(target, part, examples, y[part], numeric)
    for part in DIGESTED if len(parts["train"]) <= MOST else ():
        with _whole(target / f"{part}.digests") as file:
            file.write(digests(parts[part]))
    summary = {
        "id": entry["id"],
        "kind": entry["kind"],
        "classes": classes,
        "examples": {part: len(examples) for part, examples in parts.items()},
    }
    with _whole(target / "data.json") as file:
        file.write(_line({**summary, **_tested(y["test"], classes), **more, **_known(parts), "sizes": _sizes(target)}))


def _tested(answers: NDArray[Any], classes: Sequence[str] | None) -> dict[str, Any]:
    """How many test examples each class has."""
    return {} if classes is None else {"tested": np.bincount(answers, minlength=len(classes)).tolist()}


def _known(parts: Mapping[str, Examples]) -> dict[str, Any]:
    """Which test examples are no new ones; nothing where all are."""
    found = familiar(parts)
    return {"familiar": found} if any(found.values()) else {}


def _described(kind: str, parts: Mapping[str, Examples], numeric: Sequence[bool]) -> dict[str, Any]:
    """What only data of this kind have."""
    if kind == "images":
        return {"shape": _image_shape(parts)}
    if kind == "tables":
        columns = list(zip(parts["train"].columns, numeric, strict=True))
        kinds = {"numbers": True, "categories": False}
        return {
            "columns": {kind: [name for name, is_one in columns if is_one == wanted] for kind, wanted in kinds.items()}
        }
    return {}


def _answers(examples: Examples, classes: Sequence[str] | None) -> NDArray[Any]:
    """What is to be predicted: numbers of classes, or the numbers themselves."""
    return targets_of(examples) if classes is None else numbers(examples, classes)


def _numeric(given: Mapping[str, Examples], parts: Mapping[str, Examples]) -> tuple[bool, ...]:
    """Which columns hold numbers, by all that was given for training, so that the folds of a set agree."""
    training = given["train"]
    for examples in parts.values():
        if examples.columns != training.columns:
            here, there = (", ".join(each.columns) for each in (examples, training))
            raise ExpcError(f"{examples.file}: the columns {here}, but {there} in {training.file}; make them alike")
    return numeric_columns(training)


def _prepare_questions(entry: Mapping[str, Any], target: Path, project: Path) -> None:
    """All of them are for the test: nothing is learned."""
    stated = entry["files"]["file"]
    with _unchanged(project, stated["path"], stated["sha256"]) as file:
        found = read_questions(file.read(), stated["path"], entry["columns"])
    target.mkdir(parents=True, exist_ok=True)
    with _whole(target / "test.jsonl") as file:
        file.writelines(map(_line, found))
    with _whole(target / "data.json") as file:
        summary = {"id": entry["id"], "kind": "questions", "examples": {"test": len(found)}}
        file.write(_line({**summary, "sizes": _sizes(target)}))


def _read(entry: Mapping[str, Any], project: Path) -> dict[str, Examples]:
    """The parts that are given; a file for all counts as training, of which the others are made."""
    match entry["source"]:
        case "sklearn":
            read = builtin_table if entry["kind"] == "tables" else builtin_images
            return {"train": read(entry["name"])}
        case "huggingface":
            return read_hub(entry, project)
        case "folder":
            return _pictures(entry, project)
        case "idx":
            return _pairs(entry, project)
    given: dict[str, Examples] = {}
    for part, stated in entry["files"].items():
        with _unchanged(project, stated["path"], stated["sha256"]) as file:
            group = entry["split"].get("group") if _counts_as(part) == "train" else None
            match entry["source"]:
                case "csv" if entry["kind"] == "tables":
                    given[_counts_as(part)] = _table(file, stated["path"], entry, part)
                case "csv":
                    given[_counts_as(part)] = read_texts(file, stated["path"], entry["columns"], group)
                case "jsonl":
                    given[_counts_as(part)] = read_lines(file, stated["path"], entry["columns"], group)
                case _:
                    given |= read_images(file, part, stated["path"], entry["columns"])
    return given


def _counts_as(part: str) -> str:
    return "train" if part == "file" else part


def _table(file: BinaryIO, name: str, entry: Mapping[str, Any], part: str) -> Examples:
    of_training = _counts_as(part) == "train"
    return read_table(file, name, entry["columns"], entry["split"].get("group"), of_training=of_training)


def _pictures(entry: Mapping[str, Any], project: Path) -> dict[str, Examples]:
    from expc.data.pictures import read_pictures

    return read_pictures(entry, project)


def _pairs(entry: Mapping[str, Any], project: Path) -> dict[str, Examples]:
    """`files` has the images and the labels of a part as `train.images` and `train.labels`."""
    given: dict[str, Examples] = {}
    for part in dict.fromkeys(role.partition(".")[0] for role in entry["files"]):
        images, labels = (entry["files"][f"{part}.{each}"] for each in ("images", "labels"))
        with (
            _unchanged(project, images["path"], images["sha256"]) as x,
            _unchanged(project, labels["path"], labels["sha256"]) as y,
        ):
            given[_counts_as(part)] = read_idx(x, y, (images["path"], labels["path"]))
    return given


@contextmanager
def _unchanged(project: Path, path: str, sha256: str) -> Iterator[BinaryIO]:
    """A file opened once, so that what was hashed is what is read, even if another takes its place meanwhile."""
    try:
        file = (project / path).open("rb")
    except OSError as error:
        raise ExpcError(f"{path} can't be read ({error.strerror}); put it back, or change the spec") from error
    with file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise ExpcError(f"{path} has changed since `expc compile`; compile again")
        file.seek(0)
        yield file


def _whole_set(
    given: Mapping[str, Examples], classes: tuple[str, ...] | None, rule: Mapping[str, Any]
) -> dict[str, Examples]:
    """All three parts, those that are missing taken out of training."""
    training = given["train"]
    missing = [part for part in ("test", "validation") if part not in given]
    if not missing:
        return {part: given[part] for part in PARTS}
    strata = numbers(training, classes) if classes and rule["stratify"] else np.zeros(len(training), dtype=np.int64)
    drawn = [part for part in missing if rule.get(part) != 0]
    check_sizes(training, strata, classes or () if rule["stratify"] else (), drawn, rule)
    nothing = np.empty(0, dtype=np.int64)
    made = {**dict.fromkeys(missing, nothing), **divide(strata, training.groups, drawn, rule)}
    return {part: training.take(made[part]) if part in made else given[part] for part in PARTS}


def _image_shape(parts: Mapping[str, Examples]) -> tuple[int, ...]:
    """Channels, height and width, which all parts share, as they do the pixels' type."""
    first = parts["train"]
    for examples in parts.values():
        for what, here, there in (
            ("shape", examples.inputs.shape[1:], first.inputs.shape[1:]),
            ("pixels' type", examples.inputs.dtype, first.inputs.dtype),
        ):
            if here != there:
                raise ExpcError(f"{examples.file}: {what} {here}, but {there} in {first.file}; make them alike")
    return first.inputs.shape[1:]


def _write_part(target: Path, part: str, examples: Examples, y: NDArray[Any], numeric: Sequence[bool]) -> None:
    if numeric:
        with _whole(target / f"{part}.npz") as file:
            np.savez(file, allow_pickle=False, **arrays_of(examples, numeric), y=y)
    elif examples.inputs.dtype == object:
        with _whole(target / f"{part}.jsonl") as file:
            file.writelines(
                _line({"text": text, "label": label}) for text, label in zip(examples.inputs, y.tolist(), strict=True)
            )
    else:
        with _whole(target / f"{part}.npz") as file:
            np.savez(file, x=examples.inputs, y=y)  # not compressed: it is read in every trial


def _sizes(target: Path) -> dict[str, int]:
    """The bytes of each file, so that one that was torn or left behind is known before a trial reads it."""
    made = (path for path in target.iterdir() if path.suffix in (".npz", ".jsonl", ".digests"))
    return {path.name: path.stat().st_size for path in sorted(made)}


def _line(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n").encode()


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when it is complete and on the disk."""
    with replacing(path) as staged, staged.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
