"""What a trial has left in, the same without the values of secrets out."""

import json
import os
from dataclasses import replace

from .files import write_bytes

KEPT = ("log.txt", "metrics.jsonl", "predictions.jsonl")
HIDDEN = "***"
WORTH = 6  # letters; a shorter secret would be found everywhere, and is no secret


def hidden(text, values):
    """A text without the values of secrets."""
    for value in worth_hiding(values):
        text = text.replace(value, HIDDEN)
    return text


def worth_hiding(values):
    """As they are, and as JSON writes them. The longest first: one may hold another."""
    worth = [value for value in values if len(value) >= WORTH]
    in_json = [json.dumps(value, ensure_ascii=plain)[1:-1] for value in worth for plain in (True, False)]
    return sorted({*worth, *in_json}, key=len, reverse=True)


def hide(folder, ended, values, more=()):
    """How a process ended, without secrets in what it printed last; and none in the files of its trial's folder, nor in
    `more` files, which are absolute: those that we take rows from and quote."""
    found = worth_hiding(values)
    if not found:
        return ended
    for name in (*KEPT, *more):
        scrub(os.path.join(folder, name), found)
    return replace(ended, printed=hidden(ended.printed, values))


def scrub(path, values):
    try:
        with open(path, "rb") as file:
            before = after = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    for value in values:
        after = after.replace(os.fsencode(value), HIDDEN.encode())
    if after != before:
        write_bytes(path, after)
