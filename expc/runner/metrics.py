"""What a program wrote into metrics.jsonl in, rows that every reader can trust out."""

import json
import math
import os
import sys

from .files import write_text

SPLITS = ("train", "validation", "test")


class Unsound(Exception):  # noqa: N818 - a row is unsound, not in error
    """A row that is none; the message says which and why."""


class NotFinite(float):
    """NaN or an infinity, which JSON can't say."""


def begin(path, *, resuming):
    """Make the file ready for an attempt: without a torn last line; empty, if there is nothing to go on from."""
    if not os.path.exists(path):
        return
    if not resuming:
        os.unlink(path)
        return
    with open(path, "rb+") as file:
        text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            file.truncate(len(whole))


def settle(path):
    """The rows of the file, which is rewritten if it held repeated rows or values that aren't finite."""
    return settled(path, sound, key)


def settled(path, sound, key):
    """The rows of a file of JSON lines: each `sound`, and of those with the same `key` the last."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise Unsound(f"{os.path.basename(path)} isn't UTF-8: {error}") from None
    found = latest(judged(text, os.path.basename(path), sound), key)
    if found_text(found) != text:
        write(path, found)
    return found


def write(path, found):
    write_text(path, found_text(found))


def found_text(found):
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in found)


def parsed(text, name):
    """Rows out of lines of JSON. `name` is the file's, for messages."""
    return judged(text, name, sound)


def judged(text, name, sound):
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(sound(decoded(line), f"{name}, line {number}"))
        except ValueError as error:
            raise Unsound(f"{name}, line {number} isn't JSON: {error}") from None
        except RecursionError:
            raise Unsound(f"{name}, line {number} is nested too deeply") from None
    return found


def decoded(text):
    return json.loads(text, parse_constant=NotFinite, parse_int=whole)


def whole(digits):
    """A whole number; an infinity where no float is as large, as of `1e400`."""
    return int(digits) if len(digits) <= sys.float_info.max_10_exp else float(digits)


def sound(row, place):
    """The row with every key that a row has; Unsound says what is wrong with it."""
    if not isinstance(row, dict):
        raise Unsound(f'{place}: a row is an object such as {{"name": "loss", "value": 0.3}}, not {shown(row)}')
    name, value = row.get("name"), row.get("value")
    if not isinstance(name, str) or not name:
        raise Unsound(f'{place}: "name" must be a text, not {shown(name)}')
    if "value" not in row or not (value is None or is_number(value)):
        raise Unsound(f'{place}: "value" of {name!r} must be a number or null, not {shown(value)}')
    split, on, step = row.get("split", "test"), row.get("on"), row.get("step")
    if split not in SPLITS:
        raise Unsound(f'{place}: "split" of {name!r} must be one of {", ".join(SPLITS)}, not {shown(split)}')
    if not (on is None or isinstance(on, str)):
        raise Unsound(f'{place}: "on" of {name!r} must be a data set\'s name or null, not {shown(on)}')
    if not (step is None or (is_number(step) and math.isfinite(step))):
        raise Unsound(f'{place}: "step" of {name!r} must be a number or null, not {shown(step)}')
    whole = {"name": name, "value": value, "split": split, "on": on, "step": step}
    if value is not None and not math.isfinite(value):
        whole.update(value=None, reason=str(float(value)))
    whole.update((key, clean(rest)) for key, rest in row.items() if key not in whole)
    return whole


def deduplicated(found):
    return latest(found, key)


def latest(found, key):
    """A later row replaces an earlier one, in whose place it stands."""
    by_key = {}
    for row in found:
        by_key[key(row)] = row
    return list(by_key.values())


def key(row):
    return row["name"], row["split"], row["on"], row["step"]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def clean(value):
    """A further value of a row, with null for what JSON can't say."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
