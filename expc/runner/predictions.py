"""What a program wrote into predictions.jsonl in, rows that every reader can trust out: one for each example."""

import math

from .metrics import Unsound, clean, is_number, settled, shown

FILE = "predictions.jsonl"


def settle(path):
    """The rows of the file, which is rewritten if it held an example twice or a score that isn't finite."""
    return settled(path, sound, key)


def key(row):
    return row["id"], row["on"]


def sound(row, place):
    """The row with every key that a row has; Unsound says what is wrong with it."""
    if not isinstance(row, dict):
        raise Unsound(f'{place}: a row is an object such as {{"id": "7", "prediction": "B"}}, not {shown(row)}')
    identity, on, score = row.get("id"), row.get("on"), row.get("score")
    if not (isinstance(identity, str) or (is_number(identity) and math.isfinite(float(identity or 0)))):
        raise Unsound(f'{place}: "id" must be a text or a number, not {shown(identity)}')
    if not (on is None or isinstance(on, str)):
        raise Unsound(f'{place}: "on" of {identity!r} must be a data set\'s name or null, not {shown(on)}')
    if "prediction" not in row:
        raise Unsound(f'{place}: "prediction" of {identity!r} is missing; null says that there is none')
    if not (score is None or is_number(score)):
        raise Unsound(f'{place}: "score" of {identity!r} must be a number or null, not {shown(score)}')
    whole = {"id": identity, "on": on, "prediction": clean(row["prediction"]), "score": score}
    if score is not None and not math.isfinite(score):
        whole.update(score=None, reason=str(float(score)))
    whole.update((name, clean(rest)) for name, rest in row.items() if name not in whole)
    return whole
