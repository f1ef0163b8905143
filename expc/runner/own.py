"""A user's command and a trial's parameters in, the arguments of its process out; and its results as rows."""

import contextlib
import errno
import hashlib
import json
import os
import re
from typing import Any, Dict, List

from .files import anything_in, copy_folder, fingerprint, make, remove
from .metrics import SPLITS, Unsound, decoded, deduplicated, is_number, parsed, sound


class Tampered(Exception):  # noqa: N818 - a file was tampered with
    """A protected file of the code that the trial has changed."""


class Unfilled(Exception):  # noqa: N818 - it is a placeholder that is unfilled
    """The command names something that the trial doesn't have."""


PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
SWITCH = re.compile(r"\{(?!args:)([^{}:]+):([^{}]*)\}")
"""A word of the command that stands for a parameter being true, or false: `{amp:--amp}`, `{amp:--amp|--no-amp}`."""
ELEMENTS = re.compile(r"\{([^{}:]+)\.\.\.\}")
"""What stands for each element of a list: `{layers...}`. Its argument is written once for each of them."""
HYDRA_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
HYDRA_VALUES = ("true", "false", "null", "inf", "nan")
CALLED = dict({split: split for split in SPLITS}, val="validation", valid="validation", dev="validation")
"""The splits, by what programs call them."""
UNFINISHED = (".tmp", ".new", ".part", ".partial", ".incomplete")
"""Endings of a checkpoint that is still being written, or was when its writer was killed."""


def arguments(command, trial, places):
    """The arguments of a trial's process. `places` are the placeholders besides parameters and seed.

    Only the command's own braces are read, once: what a value holds reaches the program as it is. A parameter that the
    command says as a switch, or element by element, is none of `{args}`."""
    values = dict(trial["params"], **places, seed=trial["seed"])
    said = {name for argument in command for name in (*dict(switches(argument)), *elements(argument))}
    given = [(name, value) for name, value in trial["params"].items() if name not in said] + [("seed", trial["seed"])]
    found: List[str] = []
    for argument in command:
        if argument in WHOLE:
            found.extend(WHOLE[argument](given))
        elif elements(argument):
            found.extend(repeated(argument, values))
        else:
            word = filled(argument, values)
            if word or not SWITCH.fullmatch(argument):  # a switch that is off is no argument, not an empty one
                found.append(word)
    return found


def options(given):
    """`--name=value` for each parameter and the seed; null is left out."""
    return [f"--{name}={text(value)}" for name, value in given if value is not None]


def overrides(given):
    """`name=value` for each parameter and the seed, as Hydra reads it; null is said, for Hydra has defaults."""
    return [f"{name}={hydra(value)}" for name, value in given]


WHOLE = {"{args}": options, "{args:hydra}": overrides}


def hydra(value):
    """A value in the words of Hydra's overrides, where a text that looks like something else stands in quotes."""
    if isinstance(value, list):
        return "[" + ",".join(map(hydra, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if HYDRA_WORD.fullmatch(value) and value.lower() not in HYDRA_VALUES:
        return value
    literal = re.sub(r"(\\*)\$\{", r"\1\1\\${", value)  # or it would be an interpolation
    escaped = re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), literal)
    return f"'{escaped}'"


def repeated(argument, values):
    """One argument for each element of a list, `--layer={layers...}` as `--layer=128 --layer=64`; none for null."""
    name = elements(argument)[0]
    held = values.get(name)
    if name not in values or not isinstance(held, (list, type(None))):
        said = text(held) if name in values else "not set"
        raise Unfilled(f"{{{name}...}} in the command is for a list, and {name} is {said}")
    return [filled(argument, {**values, f"{name}...": element}) for element in held or ()]


def elements(argument):
    """The lists of whose elements an argument speaks; what stands in two braces is none."""
    found = (ELEMENTS.fullmatch(match.group()) for match in PLACEHOLDER.finditer(argument))
    return [match.group(1) for match in found if match]


def filled(argument, values):
    """One argument with its placeholders replaced."""

    def replacement(match):
        name = match.group(1)
        if name is None:
            return match.group()[0]
        if SWITCH.fullmatch(match.group()):
            return switched(match, values)
        if name not in values:
            raise Unfilled(f"{match.group()} in the command is no placeholder; allowed: {{args}}, {', '.join(values)}")
        return text(values[name])

    return PLACEHOLDER.sub(replacement, argument)


def switches(argument):
    """(parameter, words) of each switch of an argument; what stands in two braces is none."""
    found = (SWITCH.fullmatch(match.group()) for match in PLACEHOLDER.finditer(argument))
    return [match.groups() for match in found if match]


def switched(match, values):
    """What stands before `|` for true, what stands after it for false; nothing for null, as in `{args}`. A list is true
    where it has elements."""
    ((name, words),) = switches(match.group())
    on, _, off = words.partition("|")
    held = values.get(name)
    if name not in values or not isinstance(held, (bool, list, type(None))):
        said = text(held) if name in values else "not set"
        raise Unfilled(f"{match.group()} in the command is for true and false, and {name} is {said}")
    return "" if held is None else on if held else off


def text(value):
    """A value as a program gets it: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def prepare(code, work, *, resuming, results=None):
    """A fresh copy of the code, unless there is something to go on from. It appears whole: with the folder of the
    `results` file, and without such a file, which would be of another run.

    Raises OSError if another start makes the code anew meanwhile: a build begins with an empty folder."""
    if resuming and os.path.isdir(work):
        return
    remove(work)
    remove(work + ".tmp")
    made = finished(code)
    try:
        copy_folder(
            code, work + ".tmp", symlinks=True, ignore=lambda folder, _: ["variant.json"] if folder == code else []
        )
    except OSError:
        if made and finished(code) == made:
            raise
    if not made or finished(code) != made:
        raise OSError(errno.ESTALE, "another start makes this code anew", code)
    if results:
        clear(os.path.join(work + ".tmp", results))
    os.rename(work + ".tmp", work)


def clear(path):
    """Make room for a file: nothing is there but the folder in which it will stand, if there can be one."""
    remove(path)
    with contextlib.suppress(FileExistsError, NotADirectoryError):  # the program says better what is in its way
        make(os.path.dirname(path))


def finished(code):
    """Which making of the code is there, by its last file, which goes first; None while none is."""
    try:
        found = os.stat(os.path.join(code, "variant.json"))
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def resumption(resume, checkpoints, trial, places):
    """The arguments that are added when there is a checkpoint, the newest of which `{checkpoint}` names."""
    found = newest(checkpoints)
    return arguments(resume, trial, {**places, "checkpoint": found}) if found else []


def goes_on(variant, checkpoints):
    """Whether there is something to go on from. A program that is told from what can do nothing with half a file."""
    return newest(checkpoints) is not None if variant.get("resume") else anything_in(checkpoints)


def newest(folder):
    """The file or folder that changed last; of a folder, what is in it counts. None if there is none that is whole."""
    whole = [name for name in os.listdir(folder) if not (name.startswith(".") or name.endswith(UNFINISHED))]
    moments = ((changed(os.path.join(folder, name)), name) for name in whole)
    found = max(((moment, name) for moment, name in moments if moment is not None), default=None)
    return os.path.join(folder, found[1]) if found else None


def changed(path):
    """When a file changed, or the last one of a folder; None of an empty folder, and of a link that leads nowhere."""
    if os.path.isdir(path):
        return max((time for _, _, time, _ in fingerprint(path)), default=None)
    return os.stat(path).st_mtime_ns if os.path.exists(path) else None


def untouched(work, protected):
    """Tampered if a protected file isn't what the code has."""
    for name, expected in sorted(protected.items()):
        if sha256(os.path.join(work, name)) != expected:
            raise Tampered(f"the program has changed {name}, which is protected")


def sha256(path):
    """Of a file's content; None if there is no file to read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def results_files(variant, folder):
    """The results file in a trial's folder, if the program has one."""
    return [os.path.join(folder, "work", variant["results"])] if variant.get("results") else []


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
    except RecursionError:
        raise Unsound(f"{shown_as} is nested too deeply") from None


def from_json(found, name):
    """Rows out of `{"accuracy": 0.9, "validation.loss": 0.3, "train": {"loss": 0.1}}` or a list of rows.

    What else an object holds, such as the settings of the run, is passed over."""
    if isinstance(found, list):
        return [sound(row, f"{name}, row {number}") for number, row in enumerate(found, start=1)]
    if not isinstance(found, dict):
        raise Unsound(f"{name} must hold an object of numbers or a list of rows")
    rows: List[Dict[str, Any]] = []
    for key, value in found.items():
        if isinstance(value, dict):
            rows.extend(
                sound({"name": inner, "value": item, "split": CALLED[key]}, f"{name}, {key}")
                for inner, item in value.items()
                if key in CALLED and may_be_meant(item)
            )
        elif may_be_meant(value):
            split, _, rest = key.partition(".")
            told = {"name": rest, "split": CALLED[split]} if split in CALLED and rest else {"name": key}
            rows.append(sound(dict(told, value=value), name))
    return rows


def may_be_meant(value):
    """Whether it is a number, or a text that says one: that should be said, and not look as if nothing was written."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return value is None or is_number(value)
