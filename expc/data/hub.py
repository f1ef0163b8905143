"""A data set of the `datasets` library in, from a hub or as it was saved on disk, its texts and labels out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np

from expc.data.examples import Examples
from expc.data.lines import class_name
from expc.data.problems import broken
from expc.data.saved import WHOLE, chosen_splits, column_fault, saved_splits
from expc.data.table import COLUMNS
from expc.data.tree import file_hash, files_in, tree_hash
from expc.errors import ExpcError

CACHE = Path("results/.cache/huggingface")
"""Where what was fetched lies: what expc writes stays in the project."""


def read_hub(entry: Mapping[str, Any], project: Path) -> dict[str, Examples]:
    """The parts that the set has, or that `splits` names."""
    name, rule = entry["name"] or entry["files"]["path"]["path"], entry["split"]
    splits = _fetched(entry, project) if entry["name"] else _saved(entry, project)
    chosen = chosen_splits(entry.get("splits") or {}, splits, name)
    if "folds" in rule and "test" in chosen:
        raise ExpcError(
            f"{name} comes with test data, which `folds` would make; choose with `splits: {{train: train}}`"
        )
    return {
        part: _examples(
            splits[split], f"{name} ({split})", entry["columns"], rule.get("group") if part == "train" else None
        )
        for part, split in chosen.items()
    }


def _library() -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import datasets
    except ImportError as error:
        needs = "`source: huggingface` needs the package datasets"
        raise ExpcError(f"{needs}; install it: pip install 'expc[huggingface]'") from error
    datasets.disable_progress_bars()
    return datasets


def _saved(entry: Mapping[str, Any], project: Path) -> Mapping[str, Any]:
    stated = entry["files"]["path"]
    folder, name = project / stated["path"], stated["path"]
    if tree_hash(folder, files_in(folder), file_hash) != stated["sha256"]:
        raise ExpcError(f"{name} has changed since `expc compile`; compile again")
    saved_splits(folder, name)  # says what is missing, before the library says it in its words
    datasets = _library()
    try:
        # In memory: then it leaves no files of its own beside the user's.
        found = datasets.load_from_disk(str(folder), keep_in_memory=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExpcError(f"{name} can't be loaded ({_first_line(error)}); save the data set again") from error
    return found if isinstance(found, datasets.DatasetDict) else {WHOLE: found}


def _fetched(entry: Mapping[str, Any], project: Path) -> Mapping[str, Any]:
    datasets, name, cache = _library(), entry["name"], (project / CACHE).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    try:
        with chdir(cache):  # if a folder beside us were called like the set, the library would take its files
            found: Mapping[str, Any] = datasets.load_dataset(
                name, entry.get("config"), revision=entry["revision"], cache_dir=str(cache)
            )
    except (OSError, ValueError) as error:
        hint = "look at its name, revision and config, and whether there is a network here"
        raise ExpcError(f"the data set {name} can't be fetched ({_first_line(error)}); {hint}") from error
    return found


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _examples(table: Any, name: str, columns: Mapping[str, Any] | None, group: str | None) -> Examples:
    columns = {**(columns or {}), **({} if group is None else {"group": group})}
    fault = column_fault(table.features.to_dict(), columns)
    if fault:
        _, problem, hint = fault
        raise ExpcError(f"{name}: {problem}; {hint}")
    named = {**COLUMNS, **columns}
    texts, labels = table[named["text"]][:], _labels(table, named["label"])
    groups = [] if group is None else _labels(table, group)
    lone = [(row, "there is no group; leave the example out") for row, each in enumerate(groups) if each in (None, "")]
    problems = [f"{name}: example {row}: {problem}" for row, problem in (*_problems(texts, labels), *lone)]
    if problems:
        raise broken(problems)
    classes = np.array([class_name(label) for label in labels], dtype=object)
    together = None if group is None else np.array(list(map(str, groups)), dtype=object)
    return Examples(name, np.array(texts, dtype=object), classes, groups=together)


def _labels(table: Any, column: str) -> list[Any]:
    """By their names where the set has names for them. -1 stands for a label that is kept secret."""
    names, found = getattr(table.features[column], "names", None), list(table[column][:])
    if names is None:
        return found
    return [names[number] if number is not None and 0 <= number < len(names) else None for number in found]


def _problems(texts: Iterable[Any], labels: Iterable[Any]) -> Iterable[tuple[int, str]]:
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if not isinstance(text, str) or not text.strip():
            yield row, "the text is empty"
        elif label is None or label == "":
            hint = "if the labels of this split are kept secret, choose another one with `splits: {test: …}`"
            yield row, f"there is no label; {hint}"
        else:
            try:
                class_name(label)
            except ValueError as error:
                yield row, str(error)
