"""A user's command and a trial's parameters in, the arguments of its process out; and its results as rows."""

import json
import os
import re
import shutil
from typing import Any, Dict, List

from .files import remove
from .metrics import SPLITS, Unsound, decoded, deduplicated, parsed, sound


class Unfilled(Exception):  # noqa: N818 - it is a placeholder that is unfilled
    """The command names something that the trial doesn't have."""


PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def arguments(command, trial, places):
    """The arguments of a trial's process. `places` are the placeholders besides parameters and seed.

    Only the command's own braces are read, once: what a value holds reaches the program as it is."""
    values = {name: text(value) for name, value in trial["params"].items()}
    values.update(places, seed=text(trial["seed"]))
    found: List[str] = []
    for argument in command:
        found.extend(options(trial) if argument == "{args}" else [filled(argument, values)])
    return found


def options(trial):
    """`--name=value` for each parameter and the seed; null is left out."""
    given = [*trial["params"].items(), ("seed", trial["seed"])]
    return [f"--{name}={text(value)}" for name, value in given if value is not None]


def filled(argument, values):
    """One argument with its placeholders replaced."""

    def replacement(match):
        name = match.group(1)
        if name is None:
            return match.group()[0]
        if name not in values:
            raise Unfilled(f"{match.group()} in the command is no placeholder; allowed: {{args}}, {', '.join(values)}")
        return values[name]

    return PLACEHOLDER.sub(replacement, argument)


def text(value):
    """A value as a program gets it: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def prepare(code, work, *, resuming):
    """A fresh copy of the code, unless there is something to go on from. It appears whole."""
    if resuming and os.path.isdir(work):
        return
    remove(work)
    remove(work + ".tmp")
    shutil.copytree(
        code, work + ".tmp", symlinks=True, ignore=lambda folder, _: ["variant.json"] if folder == code else []
    )
    os.rename(work + ".tmp", work)


def results(path, shown_as):
    """The rows that a program's results file means."""
    try:
        with open(path, encoding="utf-8") as file:
            content = file.read()
    except FileNotFoundError:
        raise Unsound(f"the program ended without its results file {shown_as}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unsound(f"{shown_as} can't be read: {error}") from None
    if path.endswith(".jsonl"):
        return deduplicated(parsed(content, shown_as))
    try:
        return deduplicated(from_json(decoded(content), shown_as))
    except ValueError as error:
        raise Unsound(f"{shown_as} isn't JSON: {error}") from None


def from_json(found, name):
    """Rows out of `{"accuracy": 0.9, "validation.loss": 0.3, "train": {"loss": 0.1}}` or a list of rows."""
    if isinstance(found, list):
        return [sound(row, f"{name}, row {number}") for number, row in enumerate(found, start=1)]
    if not isinstance(found, dict):
        raise Unsound(f"{name} must hold an object of numbers or a list of rows")
    rows: List[Dict[str, Any]] = []
    for key, value in found.items():
        if isinstance(value, dict):
            rows.extend(
                sound({"name": inner, "value": item, "split": key}, f"{name}, {key}") for inner, item in value.items()
            )
        else:
            split, _, rest = key.partition(".")
            told = {"name": rest, "split": split} if split in SPLITS and rest else {"name": key}
            rows.append(sound(dict(told, value=value), name))
    return rows
